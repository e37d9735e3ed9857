import ArgumentParser
import BenchmarkKit
import Foundation

/// `spdz-bench report`: results as tables and figures.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the results of a run as Markdown, LaTeX or HTML with figures.",
    discussion: """
      Every table and figure carries trust model, parties, link, field, k and f. HTML is one file with inline SVG. Works \
      on incomplete runs too, and says so.

      EXAMPLES
        spdz-bench report results/quickstart-20260101T120000Z-1a2b
        spdz-bench report results/links --format html --output links.html
        spdz-bench report results/links/results.jsonl --format latex > table.tex
      """)

  /// Output formats.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case md, latex, html
  }

  @Argument(help: "A results folder, or its results.jsonl.") var results: String
  @Option(help: "md, latex or html.") var format = Format.md
  @Option(help: "File to write; default: standard output.") var output: String?

  func run() throws {
    do {
      let report = Report(try ResultSet(path: results))
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
