import ArgumentParser
import BenchmarkKit
import Foundation
import MPCCore
import Transport

/// `spdz-bench identity`: certificates and keys of parties.
struct IdentityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "identity", abstract: "Make and show the certificates that parties recognise each other by.",
    discussion: """
      An identity is a folder with certificate.pem (give it to the other parties) and key.pem (mode 0600, keep it). \
      There is no CA: every party pins the SHA-256 fingerprints of the others' certificates, and the party number \
      follows from the fingerprint.

      EXAMPLES
        spdz-bench identity create --directory parties/p0 --name "hospital A"
        spdz-bench identity show --directory parties/p0
        spdz-bench identity show --certificate received/p1.pem --json
        spdz-bench identity export --directory parties/p0 > p0.pem
        spdz-bench identity rotate --directory parties/p0 --statement p0-rotation.txt
      """,
    subcommands: [CreateIdentity.self, ShowIdentity.self, ExportIdentity.self, RotateIdentity.self])
}

/// `spdz-bench identity create`.
struct CreateIdentity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a key and a self-signed certificate; never overwrites one.",
    discussion: "EXAMPLE\n  spdz-bench identity create --directory parties/p0 --name \"hospital A\" --days 90")

  @Option(help: "Folder for certificate.pem and key.pem; made if missing.") var directory: String
  @Option(help: "Name in the certificate, for people.") var name: String = "spdz party"
  @Option(help: "Days until the certificate expires.") var days: Int = 365
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (1...3_650).contains(days) else { throw ValidationError("--days \(days): 1 to 3650") }
    guard !name.isEmpty, name.utf8.count <= 64 else { throw ValidationError("--name: 1 to 64 bytes") }
  }

  func run() throws {
    do {
      let identity = try Identity.create(directory: directory, name: name, validFor: .seconds(days * 86_400))
      IdentityReport(identity.certificate, directory: directory).print(json: json)
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}

/// `spdz-bench identity show`.
struct ShowIdentity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show name, fingerprint and validity; with --directory also checks the key file.",
    discussion: "EXAMPLE\n  spdz-bench identity show --certificate received/p1.pem --json")

  @Option(help: "An identity's folder.") var directory: String?
  @Option(help: "A certificate file (PEM).") var certificate: String?
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (directory == nil) != (certificate == nil) else {
      throw ValidationError("give either --directory or --certificate")
    }
  }

  func run() throws {
    do {
      let shown: Certificate
      if let directory {
        shown = try Identity.load(directory: directory).certificate
      } else {
        shown = try Certificate.load(path: certificate ?? "")
      }
      IdentityReport(shown, directory: directory).print(json: json)
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}

/// `spdz-bench identity export`.
struct ExportIdentity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Print the certificate (PEM), which is for the other parties; never the key.",
    discussion: "EXAMPLE\n  spdz-bench identity export --directory parties/p0 > p0.pem")

  @Option(help: "The identity's folder.") var directory: String

  func run() throws {
    do {
      print(try Identity.load(directory: directory).certificate.pem, terminator: "")
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}

/// `spdz-bench identity rotate`.
struct RotateIdentity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Replace key and certificate; the old ones move to a folder retired-….",
    discussion: """
      The statement is the new certificate signed with the old key: with 'spdz-bench session update' the other parties \
      take it over without comparing fingerprints again. If the old key may be stolen, make a new identity instead.

      EXAMPLE
        spdz-bench identity rotate --directory parties/p0 --statement p0-rotation.txt
      """)

  @Option(help: "The identity's folder.") var directory: String
  @Option(help: "Where the statement for the other parties goes; a new file.") var statement: String
  @Option(help: "Days until the new certificate expires.") var days: Int = 365
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (1...3_650).contains(days) else { throw ValidationError("--days \(days): 1 to 3650") }
  }

  func run() throws {
    do {
      if FileManager.default.fileExists(atPath: statement) { throw IdentityError.exists(path: statement) }
      let rotated = try Identity.rotate(directory: directory, validFor: .seconds(days * 86_400))
      do {
        try Data(rotated.statement.text.utf8).write(to: URL(filePath: statement))
      } catch {
        throw IdentityError.cannotWrite(
          path: statement, reason: "the identity is rotated, give out its new certificate")
      }
      IdentityReport(rotated.identity.certificate, directory: directory).print(json: json)
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
