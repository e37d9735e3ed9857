import ArgumentParser
import BenchmarkKit

@main
struct SPDZBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spdz-bench",
    abstract: "Measures secure multi-party computation with SPDZ-style protocols.",
    subcommands: [
      RunCommand.self,
      MicroCommand.self,
      IdentityCommand.self,
      ParamsCommand.self,
      KernelsCommand.self,
    ])

  static func main() async {
    ProcessMemory.keepFreedPages()
    await main(nil)
  }
}
