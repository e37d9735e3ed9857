import ArgumentParser
import BenchmarkKit
import Foundation

/// `spdz-bench report`: results as tables and figures.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the results of runs as Markdown, LaTeX or HTML with figures.",
    discussion: """
      Every table and figure carries trust model, parties, link, field, k and f. HTML is one file with inline SVG. Works \
      on incomplete runs too, and says so.

      EXAMPLES
        spdz-bench report results/quickstart-20260101T120000Z-1a2b
        spdz-bench report results/links --format html --output links.html
        spdz-bench report results/links/results.jsonl --format latex > table.tex
        spdz-bench report results/targets results/targets-operations --totals
      """)

  /// Output formats.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case md, latex, html
  }

  @Argument(help: "Results folders, or their results.jsonl.") var results: [String]
  @Option(help: "md, latex or html.") var format = Format.md
  @Option(help: "File to write; default: standard output.") var output: String?
  @Flag(help: "Only the table of totals, without the parts about each workload.") var totals = false

  func run() throws {
    do {
      let report = Report(try results.map { try ResultSet(path: $0) }, totalsOnly: totals)
      let text = report.rendered(Report.Format(rawValue: format.rawValue) ?? .md)
      guard let output else { return print(text, terminator: "") }
      do {
        try Data(text.utf8).write(to: URL(filePath: output), options: .atomic)
      } catch {
        throw ResultError.cannotWrite(path: output, reason: "the folder may be missing or the disk full")
      }
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
