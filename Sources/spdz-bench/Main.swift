import ArgumentParser

@main
struct SPDZBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "spdz-bench")
}
