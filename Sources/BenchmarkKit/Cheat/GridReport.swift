public import CheatingParties
internal import MPCCore

/// What came of the grid, by kind of message.
public struct GridReport: Sendable {
  /// One run.
  public struct Row: Codable, Sendable {
    /// Code of the message kind.
    public var kind: Int
    /// The message.
    public var message: String
    /// What was done to it.
    public var deviation: String
    /// first or last of its kind on its link.
    public var occurrence: String
    /// n.
    public var parties: Int
    /// Who did it.
    public var position: Int
    /// caught, caught-by-some, harmless, another-input, not-applicable or VIOLATION.
    public var outcome: String
    /// The abort, or what is wrong.
    public var detail: String
    /// Whether that is right.
    public var asExpected: Bool

    enum CodingKeys: String, CodingKey {
      case kind, message, deviation, occurrence, parties, position, outcome, detail
      case asExpected = "as_expected"
    }

    /// Describes a run.
    public init(_ run: MessageGrid.Case, _ outcome: MessageGrid.Outcome) {
      kind = Int(run.row.code)
      message = run.row.name
      deviation = run.deviation.rawValue
      occurrence = run.occurrence.rawValue
      parties = run.partyCount
      position = run.cheater.index
      asExpected = MessageGrid.isRight(outcome, of: run)
      switch outcome {
      case .notApplicable: (self.outcome, detail) = ("not-applicable", "")
      case .caught(let abort, let all):
        (self.outcome, detail) = (all ? "caught" : "caught-by-some", CheatRow.name(abort))
      case .harmless: (self.outcome, detail) = ("harmless", run.row.allowance.reason ?? "")
      case .anotherInput: (self.outcome, detail) = ("another-input", run.row.allowance.reason ?? "")
      case .violation(let what): (self.outcome, detail) = ("VIOLATION", what)
      }
    }
  }

  private var rows: [Row] = []

  /// Nothing yet.
  public init() {}

  /// Adds a run.
  public mutating func append(_ row: Row) { rows.append(row) }

  /// Whether every run ended as it may.
  public var isAsExpected: Bool { rows.allSatisfy(\.asExpected) }

  /// Counts by kind, then every run that is not right.
  public func rendered() -> String {
    let outcomes = ["caught", "caught-by-some", "harmless", "another-input", "not-applicable", "VIOLATION"]
    var table = TextTable([("kind", .left), ("message", .left)] + outcomes.map { ($0, .right) } + [("wrong", .right)])
    for (kind, runs) in Dictionary(grouping: rows, by: \.kind).sorted(by: { $0.key < $1.key }) {
      let counts = outcomes.map { outcome in "\(runs.count { $0.outcome == outcome })" }
      table.append(
        ["0x" + String(kind, radix: 16), runs.first?.message ?? ""] + counts + ["\(runs.count { !$0.asExpected })"])
    }
    let applied = rows.filter { $0.outcome != "not-applicable" }
    let legal = applied.count { $0.asExpected && ["harmless", "another-input"].contains($0.outcome) }
    let mustBeCaught = applied.count - legal
    let missed = applied.count { !$0.asExpected }
    var text = table.rendered()
    text += "\(rows.count) runs, \(applied.count) with a deviation, \(legal) of them legal by the allowed list; "
    guard mustBeCaught > 0 else { return text + "\n" }
    let bound = BinomialInterval(successes: missed, trials: mustBeCaught, confidence: 0.95).upper
    text += "\(missed) of \(mustBeCaught) others not caught (rate below \(CheatReport.rate(bound)) at 95 %)\n"
    for row in rows where !row.asExpected {
      text +=
        "WRONG: \(row.occurrence) \(row.message), \(row.deviation), n = \(row.parties), P\(row.position): "
        + "\(row.outcome) \(row.detail)\n"
    }
    return text
  }
}
