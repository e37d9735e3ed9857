import ArgumentParser
import BenchmarkKit
import PartyRuntime

/// `spdz-bench audit`: what parties wrote down.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Check the audit trails that parties kept with 'party --audit'.",
    subcommands: [AuditVerify.self])
}

/// `spdz-bench audit verify`.
struct AuditVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check chains and signatures, and that what one party sent the other received.",
    discussion: """
      One trail a party; with --session also that each is signed under the certificate pinned there. A trail that ends \
      without its closing line is of a process that was killed; that alone is no finding. Exit code 1: findings.

      EXAMPLE
        spdz-bench audit verify p0.jsonl p1.jsonl p2.jsonl --session session.json
      """)

  @Argument(help: "The trails.") var trails: [String]
  @Option(help: "The session file whose certificates must have signed.") var session: String?

  func run() throws {
    let verification: AuditVerification
    do {
      verification = try AuditVerification(trails, session: try session.map { try SessionFile.load(path: $0) })
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
    for trail in verification.summaries {
      print(
        "P\(trail.party)  \(trail.file): \(trail.lines) lines, \(trail.runs) runs, \(trail.messages) messages, "
          + "\(trail.checks) checks passed, \(trail.disclosures) values disclosed, signed under \(trail.fingerprint)"
          + (trail.isClosed ? "" : "; ends without its closing line"))
    }
    print("\(verification.matched) messages found at both ends")
    for finding in verification.findings { print("FINDING \(finding.file):\(finding.line) \(finding.what)") }
    if !verification.findings.isEmpty { throw ExitCode(RunExitCode.unexpectedVerdict.rawValue) }
    print("no findings")
  }
}
