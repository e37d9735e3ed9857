internal import Foundation

/// The rows of several processes' parties in one table, as a run in one process would have written them.
struct MergedRows {
  private let folder: String
  private let partyCount: Int
  private(set) var rows: [ResultRow] = []

  /// Reads `folder`/P0 … : what belongs to a party is taken from it, what belongs to the run once: material from P_0,
  /// results from the row owner.
  /// - Throws: ``ProcessesError/unreadableResults(path:)``.
  init(folder: String, partyCount: Int) throws {
    self.folder = folder
    self.partyCount = partyCount
    for party in 0..<partyCount {
      let path = "\(folder)/P\(party)/results.jsonl"
      guard let data = FileManager.default.contents(atPath: path) else {
        throw ProcessesError.unreadableResults(path: path)
      }
      for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
        guard let row = try? JSONDecoder().decode(ResultRow.self, from: Data(line.utf8)) else {
          throw ProcessesError.unreadableResults(path: path)
        }
        if row.party == party || (row.party == nil && (row.preprocessingKind == nil || party == 0)) { rows.append(row) }
      }
    }
  }

  var jsonLines: String { rows.map { $0.jsonLine + "\n" }.joined() }

  /// Writes `results.jsonl` and `results.csv`; the manifest is that of P_0.
  func write(allowDebug: Bool) throws {
    let writer = try ResultWriter(folder: folder, allowDebug: allowDebug)
    for row in rows { try writer.append(row) }
    try? FileManager.default.copyItem(atPath: "\(folder)/P0/manifest.json", toPath: "\(folder)/manifest.json")
  }

  /// Medians over the repeats: time of the slowest party, bytes of all.
  func rendered() -> String {
    var table = TextTable([
      ("workload", .left), ("mode", .left), ("total ms", .right), ("sent kB", .right), ("rounds", .right),
      ("accuracy", .right),
    ])
    var seen: [String] = []
    for row in rows where row.phase == "total" {
      let (op, mode) = (row.op ?? "", row.mode ?? "")
      if seen.contains("\(op) \(mode)") { continue }
      seen.append("\(op) \(mode)")
      let own = rows.filter { $0.op == op && $0.mode == mode }
      let repeats = Set(own.compactMap(\.repetition)).sorted()
      func median(_ value: ([ResultRow]) -> Int) -> Double {
        RunStatistics(
          repeats.map { number in Double(value(own.filter { $0.phase == "total" && $0.repetition == number })) }
        )?.median ?? 0
      }
      let accuracy = own.last { $0.unit == "accuracy" }?.value
      table.append([
        op, mode, milliseconds(median { $0.compactMap(\.wallNanoseconds).max() ?? 0 }),
        kilobytes(median { $0.compactMap(\.bytesSent).reduce(0, +) }),
        fixed(median { $0.compactMap(\.rounds).max() ?? 0 }, 0), percent(accuracy),
      ])
    }
    return "\(partyCount) parties, one process each, TLS over loopback\n\n" + table.rendered()
  }
}
