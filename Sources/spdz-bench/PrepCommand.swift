import ArgumentParser

/// `spdz-bench prep`: the offline phase.
struct PrepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prep", abstract: "Make, look at and export preprocessed material.",
    discussion: """
      EXAMPLES
        spdz-bench prep generate --kind triples --count 1000000 --discard
        spdz-bench prep generate --kind matrix --shape 128x128x128 --count 128 --discard --json
        spdz-bench prep generate --kind triples --count 300000 --store material
        spdz-bench prep inspect material
      """,
    subcommands: [
      PrepGenerateCommand.self, PrepInspectCommand.self, PrepVerifyCommand.self, PrepExportCommand.self,
      PrepPurgeCommand.self,
    ])
}
