import ArgumentParser
import BenchmarkKit
import Foundation

@main
struct SPDZBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spdz-bench",
    abstract: "Measures secure multi-party computation with SPDZ-style protocols.",
    discussion: """
      EXAMPLES
        spdz-bench run Benchmarks/quickstart.json
        spdz-bench prep generate --kind triples --count 1000000 --discard
        spdz-bench micro --op multiply --size 1000000 --insecure-dealer
        spdz-bench cheat run --all
        spdz-bench identity create --directory parties/p0 --name "hospital A"
      """,
    subcommands: [
      RunCommand.self,
      ReportCommand.self,
      CompareCommand.self,
      ReproCommand.self,
      PartyCommand.self,
      SessionCommand.self,
      DoctorCommand.self,
      AuditCommand.self,
      CostCommand.self,
      PrepCommand.self,
      MicroCommand.self,
      CheatCommand.self,
      DataCommand.self,
      ModelCommand.self,
      IdentityCommand.self,
      ParamsCommand.self,
      KernelsCommand.self,
    ])

  static func main() async {
    ProcessMemory.keepFreedPages()
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      guard exitCode(for: error) == .validationFailure, !(error is ExitCode) else { exit(withError: error) }
      // Wrong usage is one line like every other error; --help has the rest.
      let words = message(for: error).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      FileHandle.standardError.write(Data("error: \(words); see 'spdz-bench --help'\n".utf8))
      exit(withError: ExitCode.validationFailure)
    }
  }
}
