import ArgumentParser
import BenchmarkKit
import Foundation

/// `spdz-bench prep inspect`.
struct PrepInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "What is left in the parties' stores; changes nothing, needs no key.",
    discussion: "EXAMPLE\n  spdz-bench prep inspect material --json")
  @Argument(help: "The directory of prep generate --store, or the store of one party (party --store DIR: DIR/active).")
  var directory: String
  @Flag(help: "One JSON object a party.") var json = false

  func run() throws {
    try reporting { () throws(PrepError) in
      let stores = try PrepStores(directory: directory)
      guard json else { return print(stores.table, terminator: "") }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      for row in stores.rows {
        if let line = try? encoder.encode(row) { print(String(decoding: line, as: UTF8.self)) }
      }
    }
  }
}

/// `spdz-bench prep verify`.
struct PrepVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check stores: every seal and every byte; with --reveal every relation and MAC.",
    discussion: """
      Without --reveal each store is checked alone and nothing is used up. --reveal is for tests: it opens everything in \
      clear, which SPENDS the stores.

      EXAMPLE
        spdz-bench prep verify material
      """)
  @Argument(help: "The directory of prep generate --store.") var directory: String
  @Option(help: "For the store of one real party: the folder of its identity, where the store key is.") var identity:
    String?
  @Flag(help: "INSECURE: put all shares together in clear, check them, and spend the stores.") var reveal = false

  func run() async throws {
    do {
      let stores = try PrepStores(directory: directory, identity: identity)
      if reveal {
        let count = try await stores.reveal()
        print("INSECURE: \(count) items revealed, every relation and MAC is right; the stores are spent")
      } else {
        print(try stores.verify().joined(separator: "\n"))
      }
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}

/// `spdz-bench prep export`.
struct PrepExportCommand: AsyncParsableCommand {
  /// Formats of other programs.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case mpSPDZ = "mp-spdz"
  }

  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write what is left for another program; the stores are spent by it.",
    discussion: "EXAMPLE\n  spdz-bench prep export material --format mp-spdz --output Player-Data")
  @Argument(help: "The directory of prep generate --store.") var directory: String
  @Option(help: "mp-spdz.") var format: Format = .mpSPDZ
  @Option(help: "Where the files go; nothing is overwritten.") var output: String

  func run() async throws {
    do {
      let folder = try await PrepStores(directory: directory).exportMPSPDZ(to: output)
      print("written to \(folder); the stores and their keys are spent")
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}

/// `spdz-bench prep purge`.
struct PrepPurgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge", abstract: "Destroy keys and material of all parties' stores for ever.",
    discussion: "EXAMPLE\n  spdz-bench prep purge material --yes")
  @Argument(help: "The directory of prep generate --store.") var directory: String
  @Option(help: "For the store of one real party: the folder of its identity, where the store key is.") var identity:
    String?
  @Flag(help: "Required: it cannot be undone.") var yes = false

  func run() throws {
    try reporting { () throws(PrepError) in
      guard yes else { throw .usage("purge destroys the keys and material in \(directory); say --yes to do it") }
      try PrepStores(directory: directory, identity: identity).purge()
      print("purged \(directory): keys and material are destroyed")
    }
  }
}

/// Runs `body`; its error becomes one line and the exit code.
private func reporting(_ body: () throws(PrepError) -> Void) throws {
  do {
    try body()
  } catch {
    throw ExitCode(RunExperiment.report(error).rawValue)
  }
}
