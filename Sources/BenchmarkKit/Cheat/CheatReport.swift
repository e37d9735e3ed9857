public import CheatingParties

/// Tables for people.
public enum CheatReport {
  /// The catalogue.
  public static func list(_ attacks: [Attack]) -> String {
    var table = TextTable([
      ("attack", .left), ("name", .left), ("phase", .left), ("n ≥", .right), ("step", .left), ("escapes", .left),
      ("what the cheater does → what stops it", .left),
    ])
    for attack in attacks {
      table.append([
        attack.id, attack.name, attack.phase.rawValue, "\(attack.minimumPartyCount)", attack.step, attack.escapeBound,
        "\(attack.summary) → \(attack.caughtBy)",
      ])
    }
    return table.rendered()
  }

  /// The verdicts, and what they come to.
  public static func verdicts(_ rows: [CheatRow]) -> String {
    var table = TextTable([
      ("", .left), ("attack", .left), ("name", .left), ("n", .right), ("P", .right), ("fired", .right),
      ("detected (active)", .left), ("after", .right), ("out", .left), ("keys", .left), ("escapes", .right),
      ("same attack, passive", .left),
    ])
    for row in rows {
      table.append([
        row.asExpected ? "ok" : "FAIL", row.attack, row.name, "\(row.parties)", "\(row.position)", "\(row.fired)",
        detected(row), "\(row.messagesAfter)",
        row.outputsWithheld.map { $0 ? "withheld" : "GIVEN" } ?? "allowed",
        row.keysDestroyed.map { $0 ? "gone" : "KEPT" } ?? "–", "\(row.escapes)/\(row.repeats)", row.passive,
      ])
    }
    return table.rendered() + summary(rows)
  }

  /// The most frequent end, and how many others there are.
  private static func detected(_ row: CheatRow) -> String {
    let ends = row.detected.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    guard let first = ends.first else { return "nobody finished" }
    return first.key + (ends.count > 1 ? " + \(ends.count - 1) more" : "")
  }

  /// Counts, and the bound on the rate of escapes that they support.
  public static func summary(_ rows: [CheatRow]) -> String {
    let breaches = rows.filter { $0.outputsWithheld != nil }
    let runs = breaches.reduce(0) { $0 + $1.repeats }
    let escapes = breaches.reduce(0) { $0 + $1.escapes }
    let failed = rows.count { !$0.asExpected }
    var text = "\(rows.count) verdicts of \(Set(rows.map(\.attack)).count) attacks, "
    text += failed == 0 ? "all as expected" : "\(failed) NOT as expected"
    guard runs > 0 else { return text + "\n" }
    let bound = BinomialInterval(successes: escapes, trials: runs, confidence: 0.95).upper
    text += "; \(escapes) of \(runs) runs that must be caught escaped (rate below \(rate(bound)) at 95 %)\n"
    return text
  }

  /// A bound on a rate as a percentage; small ones with more places.
  static func rate(_ bound: Double) -> String { fixed(100 * bound, bound < 0.01 ? 3 : 1) + " %" }
}
