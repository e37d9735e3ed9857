import Foundation
import Testing

@testable import BenchmarkKit

/// Rows of one workload with two layers: passive layers take `time` ms, active ones three times that, in `repeats`
/// repeats of two parties, party 1 slower by half.
func syntheticRows(time: [Double], bytes: Int = 1_000, parties: Int = 2) -> [ResultRow] {
  var rows: [ResultRow] = []
  for (repetition, milliseconds) in time.enumerated() {
    for mode in ["passive", "active"] {
      var common = ResultRow()
      (common.runID, common.preset, common.op, common.mode) = ("r1", "test", "net<1>", mode)
      (common.partyCount, common.fieldBits, common.k, common.f, common.sigma) = (parties, 127, 48, 16, 40)
      (common.size, common.batch, common.repetition, common.linkProfile, common.transport) = (
        4, 2, repetition, "lan", "tcp"
      )
      common.trustModel = "\(mode) & nobody_trusted"
      for party in 0..<parties {
        for layer in 0...1 {
          for phase in Phase.allCases {
            var row = common
            (row.party, row.layerIndex, row.layerKind) = (party, layer, ["dense", "relu"][layer])
            let factor = (mode == "active" ? 3.0 : 1) * (party == 1 ? 1.5 : 1)
            let wall = phase == .online ? Int(milliseconds * factor * 1e6) : 0
            row.setCost(PhaseCost(wallNanoseconds: wall, bytesSent: bytes, rounds: 2), phase: phase.rawValue)
            rows.append(row)
          }
        }
      }
      var used = common
      (used.phase, used.preprocessingKind, used.preprocessingUsed) = ("offline", "triples", 7)
      var accuracy = common
      (accuracy.phase, accuracy.unit, accuracy.value) = ("result", "accuracy", 0.975)
      rows += [used, accuracy]
    }
  }
  return rows
}

private func resultSet(_ rows: [ResultRow], tail: String = "") throws(ReportError) -> ResultSet {
  let text = rows.map { $0.jsonLine + "\n" }.joined() + tail
  return try ResultSet(text: Data(text.utf8), path: "nowhere/results.jsonl")
}

@Suite("Reports")
struct ReportTests {
  @Test func `figures are those of the slowest party, sums of bytes, and ratios of pairs`() throws {
    let figures = try #require(WorkloadFigures.all(in: syntheticRows(time: [1, 2, 3])).first)
    #expect(figures.modes == ["passive", "active"])
    #expect(figures.layers.map(\.kind) == ["dense", "relu"])
    let total = try #require(figures.costs["active"]?[nil as WorkloadFigures.Layer?])
    #expect(total.total?.median == 2 * 2 * 3 * 1.5 * 1e6)
    #expect(total.bytes[.online] == 4_000 && total.onlineRounds == 8)
    let ratio = try #require(figures.ratio(figures.layers[0]))
    #expect(ratio.count == 3 && ratio.minimum == 3 && ratio.maximum == 3)
  }

  @Test(arguments: [Report.Format.md, .latex, .html])
  func `every figure carries trust model, parties, link, field, k and f`(format: Report.Format) throws {
    let text = Report([try resultSet(syntheticRows(time: [1, 2, 3]))]).rendered(format)
    let captions: [Substring] =
      switch format {
      case .md: text.split(separator: "\n").filter { $0.hasPrefix("*") }
      case .latex: text.split(separator: "\n").filter { $0.contains("\\caption") }
      case .html: text.split(separator: "<figcaption>").dropFirst().map { $0.prefix { $0 != "<" } }
      }
    #expect(captions.count == (format == .html ? 4 : 2))
    for caption in captions {
      for part in ["trusted", "2 parties", "link lan", "127-bit field", "k = 48", "f = 16"] {
        #expect(caption.contains(part), "\(part) in \(caption)")
      }
    }
    #expect(text.contains("97.5"))
  }

  @Test func `totals of several runs stand in one table, inputs told from layers, empty columns left out`() throws {
    var rows = syntheticRows(time: [1, 2, 3])
    for index in rows.indices where rows[index].layerIndex == 0 {
      (rows[index].layerIndex, rows[index].layerKind) = (-1, "input-rows")
    }
    var others = syntheticRows(time: [4])
    for index in others.indices { (others[index].preset, others[index].op) = ("more", "relu 10") }
    others.removeAll { $0.party == 1 || $0.unit == "accuracy" }
    let report = Report([try resultSet(rows), try resultSet(others)], totalsOnly: true)
    let text = report.rendered(.md)
    #expect(text.hasPrefix("# test and more\n"))
    #expect(!text.contains("## ") && text.contains("single operations of the party that sends most"))
    let (columns, table) = report.overview()
    #expect(!columns.contains("largest error") && columns.contains("accuracy"))
    let layers = try #require(columns.firstIndex(of: "layers ms"))
    let mega = try #require(columns.firstIndex(of: "MB"))
    #expect(table.map { $0[layers] } == ["3.000 [2.250, 3.750]", "9.000 [6.750, 11.25]", "", ""])
    #expect(table.map { $0[mega] } == ["0.012", "0.012", "0.006", "0.006"])
    #expect(table.map { $0[layers + 1] } == ["0.006", "0.006", "", ""])
  }

  @Test func `HTML is well formed, escaped, and loads nothing from elsewhere`() throws {
    let text = Report([try resultSet(syntheticRows(time: [1, 2]))]).rendered(.html)
    #expect(text.contains("net&lt;1&gt;") && !text.contains("net<1>"))
    #expect(!text.contains("src=") && !text.contains("href=") && !text.contains("<script"))
    for svg in text.split(separator: "<svg").dropFirst() {
      let body = svg.prefix(upTo: try #require(svg.range(of: "</svg>")).lowerBound)
      #expect(body.count { $0 == "<" } + 1 == body.count { $0 == ">" }, "the svg tag itself was cut")
      #expect(!body.contains("nan") && !body.contains("inf"))
    }
  }

  @Test func `LaTeX special characters are escaped`() throws {
    let text = Report([try resultSet(syntheticRows(time: [1]))]).rendered(.latex)
    #expect(text.contains("passive \\& nobody\\_trusted"))
    #expect(text.contains("97.5 \\%"))
    #expect(text.count { $0 == "{" } == text.count { $0 == "}" })
  }

  @Test func `a cut last line is left out and told, a broken line before it is an error with its number`() throws {
    let rows = syntheticRows(time: [1])
    let cut = try resultSet(rows, tail: "{\"schema\":1,\"run")
    #expect(cut.lastLineIsCut && cut.rows.count == rows.count)
    #expect(Report([cut]).rendered(.md).contains("cut off"))
    #expect(throws: ReportError.notARow(path: "p", line: 1, reason: "not a JSON object")) {
      try ResultSet(text: Data("{\"schema\":\n\(rows[0].jsonLine)\n".utf8), path: "p")
    }
    #expect(throws: ReportError.empty(path: "p")) { try ResultSet(text: Data(), path: "p") }
  }

  @Test(arguments: [0.7, 1.0, 9.0, 130, 0.0003])
  func `axes have a few round ticks`(_ largest: Double) throws {
    let ticks = BarChart.ticks(upTo: largest)
    #expect((3...9).contains(ticks.count), "\(ticks)")
    #expect(try #require(ticks.last) <= largest * 1.001)
    let powers = BarChart.powers(from: 0.8, upTo: max(1, largest))
    #expect(try #require(powers.first) <= 0.8 && (powers.last ?? 0) >= max(1, largest))
  }
}

@Suite("Comparing runs")
struct ComparisonTests {
  @Test func `equal runs have equal exact figures and no difference beyond the noise`() throws {
    let a = try resultSet(syntheticRows(time: [10, 11, 12]))
    let comparison = Comparison(a, a)
    #expect(comparison.isEqual && comparison.equalCount == 2 * (2 * 2 * 2 * 2 + 1))
    #expect(comparison.entries.allSatisfy { $0.exceedsNoise == false && $0.ratio == 1 })
  }

  @Test func `other bytes are listed, other times are told from noise`() throws {
    let a = try resultSet(syntheticRows(time: [10, 10.1, 10.2]))
    let slower = Comparison(a, try resultSet(syntheticRows(time: [20, 20.1, 20.2])))
    #expect(slower.isEqual)
    let total = try #require(slower.entries.first { $0.layer == "total" && $0.phase == "all" && $0.mode == "active" })
    #expect(total.exceedsNoise == true && abs(total.ratio - 2) < 0.02)
    let noisy = Comparison(a, try resultSet(syntheticRows(time: [9, 10.4, 12])))
    #expect(noisy.entries.allSatisfy { $0.exceedsNoise == false })
    let longer = Comparison(a, try resultSet(syntheticRows(time: [10, 10.1, 10.2], bytes: 1_001)))
    #expect(!longer.isEqual && longer.differences.count == 2 * 2 * 2 * 2)
    #expect(longer.differences[0].what.hasSuffix("bytes"))
    #expect(longer.rendered(all: false).contains("16 differ"))
  }

  @Test func `one repeat tells nothing about times, runs of other experiments have nothing in common`() throws {
    let a = try resultSet(syntheticRows(time: [10]))
    let slow = Comparison(a, try resultSet(syntheticRows(time: [20])))
    #expect(slow.entries.allSatisfy { $0.exceedsNoise == nil })
    #expect(slow.rendered(all: false).contains("too few repeats") && slow.isEqual)
    var others = syntheticRows(time: [10])
    for index in others.indices { others[index].op = "another" }
    let apart = Comparison(a, try resultSet(others))
    #expect(apart.remarks == ["no configuration is in both runs: are they of the same experiment?"])
    #expect(!apart.isEqual)
  }

  @Test func `what only one run has is one entry`() throws {
    let a = try resultSet(syntheticRows(time: [10]))
    let b = try resultSet(syntheticRows(time: [10]) + syntheticRows(time: [10], parties: 3))
    let comparison = Comparison(a, b)
    #expect(comparison.differences.count == 2)
    #expect(comparison.differences.allSatisfy { $0.what.contains("3 parties") && $0.what.hasSuffix("only in B") })
  }
}
