public import CheatingParties
internal import MPCCore

/// The verdict on one attack at one position, over all repeats.
public struct CheatRow: Codable, Sendable {
  /// Number and variant of the attack.
  public var attack: String
  /// Its name.
  public var name: String
  /// The part of the protocol it is on.
  public var phase: AttackPhase
  /// n.
  public var parties: Int
  /// Which party cheated.
  public var position: Int
  /// How many deliveries deviated, over all repeats.
  public var fired: Int
  /// The ends that are right, of any honest party.
  public var expected: [String]
  /// The ends seen, each with how often, of any honest party.
  public var detected: [String: Int]
  /// What must stop it.
  public var check: String
  /// Upper bound on the probability that it escapes.
  public var bound: String
  /// Messages that honest parties sent although they must not, or after their abort.
  public var messagesAfter: Int
  /// Whether no honest party returned a value; `nil` where the attack is no breach and must not be stopped.
  public var outputsWithheld: Bool?
  /// Whether the honest parties' MAC key shares are gone; `nil` where none aborted or none had one.
  public var keysDestroyed: Bool?
  /// How many runs.
  public var repeats: Int
  /// How many of them an honest party finished although the attack must be caught.
  public var escapes: Int
  /// Whether every run ended as it must.
  public var asExpected: Bool
  /// What the same attack does in the passive scheme.
  public var passive: String
  /// What carried the messages.
  public var transport: CheatTransport
  /// What to make of the run.
  public var trustModel = CheatRow.trustModel

  /// All rows are of this kind.
  public static let trustModel =
    "INSECURE by design: seeded randomness, trusted dealer, toy ring for the offline phase; all parties in one process"

  enum CodingKeys: String, CodingKey {
    case attack, name, phase, parties, position, fired, expected, detected, check, bound
    case messagesAfter = "messages_after"
    case outputsWithheld = "outputs_withheld"
    case keysDestroyed = "keys_destroyed"
    case repeats, escapes
    case asExpected = "as_expected"
    case passive, transport
    case trustModel = "trust_model"
  }

  init(_ place: CheatRequest.Place, verdicts: [AttackVerdict], passive: AttackVerdict, transport: CheatTransport) {
    let attack = place.attack
    self.attack = attack.id
    name = attack.name
    phase = attack.phase
    parties = place.partyCount
    position = place.cheater
    fired = verdicts.reduce(0) { $0 + $1.fired }
    var ends: [String] = []
    for end in verdicts.flatMap({ $0.expected.flatMap { $0 } }).map(Self.name) where !ends.contains(end) {
      ends.append(end)
    }
    expected = ends
    detected = verdicts.flatMap(\.detected).reduce(into: [:]) { $0[Self.name($1), default: 0] += 1 }
    check = attack.caughtBy
    bound = attack.escapeBound
    messagesAfter = verdicts.reduce(0) { $0 + $1.forbiddenCount + $1.sentAfterAbort }
    let isBreach = verdicts.allSatisfy { $0.expected.allSatisfy { !$0.contains(nil) } }
    outputsWithheld = isBreach ? verdicts.allSatisfy(\.revealed.isEmpty) : nil
    let keys = verdicts.compactMap(\.keysDestroyed)
    keysDestroyed = keys.isEmpty ? nil : keys.allSatisfy { $0 }
    repeats = verdicts.count
    escapes = verdicts.count { $0.hasEscaped }
    asExpected = verdicts.allSatisfy { $0.isAsExpected && $0.fired > 0 } && outputsWithheld != false
    self.passive = Self.passiveEnd(passive)
    self.transport = transport
  }

  /// An end in a few words; "finished" is an orderly one.
  static func name(_ end: ProtocolAbort?) -> String {
    switch end {
    case nil: "finished"
    case .macCheckFailed(let openings): "macCheckFailed(\(openings))"
    case .commitmentMismatch(let step, let party): "commitmentMismatch(\(step), \(party))"
    case .transcriptMismatch(let step, let party): "transcriptMismatch(\(step), \(party))"
    case .rangeCheckFailed(let step, let party): "rangeCheckFailed(\(step), \(party))"
    case .proofRejected(let step, let party): "proofRejected(\(step), \(party))"
    case .sacrificeFailed(let step): "sacrificeFailed(\(step))"
    case .malformedMessage(let step, let party, let reason): "malformedMessage(\(step), \(party): \(reason))"
    case .abortedByPeer(let party, let step): "abortedByPeer(\(step), \(party))"
    case .peerLost(let party, let step): "peerLost(\(step), \(party))"
    case .timedOut(let party, let step): "timedOut(\(step), \(party))"
    case .cancelled(let step): "cancelled(\(step))"
    case .configurationMismatch(let field, _, _, let party): "configurationMismatch(\(field), \(party))"
    case .preprocessingExhausted(let kind, _, _): "preprocessingExhausted(\(kind))"
    case .localFailure(let step, let detail): "localFailure(\(step): \(detail))"
    }
  }

  private static func passiveEnd(_ verdict: AttackVerdict) -> String {
    if verdict.fired == 0 { return "no such step" }
    if let leak = verdict.leak { return "unnoticed, secret read: \(leak)" }
    let ends = verdict.detected.compactMap { $0 }
    if ends.isEmpty { return verdict.isHonestRun ? "unnoticed, no effect" : "unnoticed, wrong result" }
    return "noticed: \(name(ends[0]))"
  }
}
