import CheatingParties
import Foundation
import MPCCore
import Testing

@Suite("The grid: kinds of messages × deviations × positions")
struct MessageGridTests {
  /// The code of every kind that is declared in `Sources`, but for what cheaters use among themselves.
  static func declaredKinds() throws -> [UInt16: String] {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    let declaration = /MessageKind\((library|user): (0x[0-9a-fA-F]+|[0-9]+)\)/
    let control = /case (abort|heartbeat|close|hello) = ([0-9]+)/
    var kinds: [UInt16: String] = [:]
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    for case let file as URL in files
    where file.pathExtension == "swift" && !file.path.contains("Sources/CheatingParties/") {
      let isFraming = file.lastPathComponent == "FrameHeader.swift"
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        guard !line.drop(while: { $0 == " " }).hasPrefix("///") else { continue }
        if let match = line.firstMatch(of: declaration) {
          let text = String(match.2)
          let code = try #require(text.hasPrefix("0x") ? UInt16(text.dropFirst(2), radix: 16) : UInt16(text))
          kinds[match.1 == "user" ? 0x8000 | code : code] = file.lastPathComponent
        } else if isFraming, let match = line.firstMatch(of: control) {
          kinds[try #require(UInt16(match.2))] = file.lastPathComponent
        }
      }
    }
    return kinds
  }

  @Test("Every kind of message that the sources declare has a row in the grid, and every row a declaration")
  func everyKindIsCovered() throws {
    let declared = try Self.declaredKinds()
    let rows = Dictionary(grouping: MessageKindRow.all, by: \.code)
    #expect(declared.count > 30)
    for (code, file) in declared {
      #expect(
        rows[code]?.count == 1,
        "\(file) declares message kind 0x\(String(code, radix: 16)): add a row to MessageKindRow.all, with a scenario")
    }
    for row in MessageKindRow.all {
      #expect(declared[row.code] != nil, "\(row.name) is in the grid, and no source declares it")
      #expect((row.scenario == nil) == (row.exemption != nil), "\(row.name): either attacked, or exempt for a reason")
    }
  }

  /// Runs cases; every one must end as it may, and every kind must have been altered often enough to mean something.
  private func sweep(_ cases: [MessageGrid.Case], leastPerKind: Int, _ what: String) {
    let grid = MessageGrid()
    var applied: [UInt16: Int] = [:]
    var caught = 0
    for run in cases {
      let outcome = grid.run(run)
      #expect(MessageGrid.isRight(outcome, of: run), "\(run): \(outcome)")
      if outcome != .notApplicable { applied[run.row.code, default: 0] += 1 }
      if case .caught = outcome { caught += 1 }
    }
    for code in Set(cases.map(\.row.code)) {
      #expect(applied[code, default: 0] >= leastPerKind, "0x\(String(code, radix: 16))")
    }
    let total = applied.values.reduce(0, +)
    print("grid, \(what): \(cases.count) runs, \(total) with a deviation, \(caught) caught")
  }

  /// Positions in turn: every deviation of every kind once for each number of parties.
  private func sample(_ n: Int, of cases: [MessageGrid.Case], every k: Int = 1) -> [MessageGrid.Case] {
    let deviations = GridDeviation.allCases
    return cases.filter { run in
      let column = deviations.firstIndex(of: run.deviation) ?? 0
      return (column + Int(run.row.code)) % n == run.cheater.index || run.row.code == 0x104
    }.enumerated().filter { $0.offset % k == 0 }.map(\.element)
  }

  @Test("Two parties, positions in turn")
  func two() { sweep(sample(2, of: MessageGrid.cases(parties: [2])), leastPerKind: 3, "n = 2, sampled") }

  @Test("Three parties, one run in five")
  func three() { sweep(sample(3, of: MessageGrid.cases(parties: [3]), every: 5), leastPerKind: 1, "n = 3, sampled") }

  @Test("The last message of a kind instead of the first, one run in seven")
  func last() {
    sweep(sample(2, of: MessageGrid.cases(parties: [2], occurrence: .last), every: 7), leastPerKind: 0, "last, sampled")
  }

  @Test("Two of three cheat together, one run in nine")
  func coalitions() {
    sweep(sample(3, of: MessageGrid.coalitions(of: 3), every: 9), leastPerKind: 0, "two of three, sampled")
  }

  @Test(
    "Every position, two and three parties, and coalitions", .tags(.slow),
    .enabled(if: ProcessInfo.processInfo.environment["SPDZ_SLOW"] == "1"))
  func all() {
    sweep(MessageGrid.cases(parties: [2, 3]), leastPerKind: 8, "n = 2, 3, all positions")
    sweep(MessageGrid.cases(parties: [2, 3], occurrence: .last), leastPerKind: 0, "last messages, all positions")
    sweep(MessageGrid.coalitions(of: 3), leastPerKind: 8, "two of three, all")
  }

  @Test("The allowed list is short, and each entry says why")
  func allowances() {
    let allowed = MessageKindRow.all.filter { $0.allowance != .nothing }
    #expect(allowed.map(\.code) == [3, 0x130, 0x131, 0x149])
    for row in allowed { #expect(row.allowance.reason?.isEmpty == false) }
  }
}
