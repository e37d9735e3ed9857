internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// Every kind of message there is, and how the grid covers it: the rows of the grid.
///
/// A test compares the codes with the declarations in `Sources`: a new kind of message without a row fails it.
public struct MessageKindRow: Sendable {
  /// The code in the frame header.
  public let code: UInt16
  /// The message, for people.
  public let name: String
  /// In which program the grid attacks it; `nil`: not by the grid, for the reason given.
  public let scenario: GridScenario?
  /// Deviations of the content after which honest parties may finish, all with the same result, and why; empty: none.
  public let allowance: GridAllowance
  /// Only these parties send it; `nil`: all.
  let senders: [Int]?
  /// Needs at least so many parties to occur.
  let minimumPartyCount: Int
  /// Why it is not in the grid, if it is not.
  public let exemption: String?

  private init(
    _ code: UInt16, _ name: String, _ scenario: GridScenario?, allow allowance: GridAllowance = .nothing,
    senders: [Int]? = nil, parties minimumPartyCount: Int = 2, exemption: String? = nil
  ) {
    self.code = code
    self.name = name
    self.scenario = scenario
    self.allowance = allowance
    self.senders = senders
    self.minimumPartyCount = minimumPartyCount
    self.exemption = exemption
  }

  /// The table.
  public static let all: [MessageKindRow] = [
    // Control frames of the link.
    MessageKindRow(1, "abort", nil, exemption: "sent only by who stops: A13-abort, A21, A13-retry"),
    MessageKindRow(
      2, "heartbeat", nil, exemption: "sent only over TCP in long computations: FrameTests, DeadlineTests"),
    MessageKindRow(
      3, "close", .online, allow: .sameResult("the work is done; who fails from here on takes nothing back")),
    MessageKindRow(4, "hello", nil, exemption: "before the session: C6-*, C7, FrameTests"),
    // Online.
    MessageKindRow(0x100, "CoinToss.Commitment", .online),
    MessageKindRow(0x101, "CoinToss.Opening", .online),
    MessageKindRow(0x102, "MACCheck.Commitment", .online),
    MessageKindRow(0x103, "MACCheck.Opening", .online),
    MessageKindRow(0x104, "GateTurn", .online, senders: [0]),
    MessageKindRow(0x105, "TranscriptDigest", .tagProduct, parties: 3),
    MessageKindRow(0x110, "Opening.UniformShares", .online),
    MessageKindRow(0x111, "Opening.StatisticalShares", .online),
    MessageKindRow(0x112, "Opening.OutputShares", .online),
    MessageKindRow(0x120, "MaskedInput", .online),
    // Stores.
    MessageKindRow(
      0x130, "StoreGreeting", .store,
      allow: .anotherInput("a nonce and a counter of the cheater's own; nothing of others depends on their value")),
    MessageKindRow(
      0x131, "StoreRecords", .store,
      allow: .anotherInput("who reports too high a cursor costs the others material, nothing else")),
    // Offline.
    MessageKindRow(0x140, "ParameterBlock", .tagProduct),
    MessageKindRow(0x141, "PublicKey (epoch)", .tagProduct),
    MessageKindRow(0x142, "KeyProof (epoch)", .tagProduct),
    MessageKindRow(0x143, "Operand", .tagProduct),
    MessageKindRow(0x144, "OperandProof", .tagProduct),
    MessageKindRow(0x145, "Reply (epoch)", .tagProduct),
    MessageKindRow(0x146, "PublicKey (session)", .tagProduct),
    MessageKindRow(0x147, "KeyProof (session)", .tagProduct),
    MessageKindRow(0x148, "Reply (session)", .tagProduct),
    MessageKindRow(
      0x149, "SeededOperand", .passive, allow: .anotherInput("passive: nothing is claimed against active cheaters")),
    MessageKindRow(0x14a, "MACKey", .tagProduct),
    MessageKindRow(0x14b, "MACKeyProof", .tagProduct),
    MessageKindRow(0x14c, "EpochRetired", .tagProduct),
    MessageKindRow(0x14d, "MaskedSum", .tagProduct),
    MessageKindRow(0x14e, "SacrificeOpening", .classic),
    MessageKindRow(0x150, "BoundedValues.Verdict", .bounded),
    // Between real parties.
    MessageKindRow(0x1f0, "ManifestDigest", .agreement),
    MessageKindRow(0x1f1, "ManifestText", .disagreement),
    MessageKindRow(
      0x1f2, "LinkSalt", nil,
      exemption: "one's own random bytes for the salt of audit trails: any value is legal, AuditTests compare both ends"
    ),
    MessageKindRow(0x1f3, "MachineFacts", nil, exemption: "doctor: a party's word about its own machine, no session"),
    MessageKindRow(0x1f4, "ClockReading", nil, exemption: "doctor: a party's word about its own clock, no session"),
    MessageKindRow(0x1f5, "Ballast", nil, exemption: "doctor: filling for a measurement of bandwidth, no session"),
    // Tools, above this target.
    MessageKindRow(
      0x8000 | 0x7f00, "StartLine", nil, exemption: "spdz-bench micro: starts the clock of a measurement, no protocol"),
    MessageKindRow(
      0x8000 | 0x7f01, "FeatureCounts", nil, exemption: "public facts about one's own model: any value is legal"),
    MessageKindRow(
      0x8000 | 0x7f02, "RowCounts", nil, exemption: "public facts about one's own rows: any value is legal"),
    MessageKindRow(
      0x8000 | 0x7f03, "Standardizations", nil, exemption: "public facts about one's own model: any value is legal"),
    MessageKindRow(
      0x8000 | 0x7f04, "TrainingRowCounts", nil, exemption: "public facts about one's own rows: any value is legal"),
    MessageKindRow(
      0x8000 | 0x7f10, "StorePresence", nil,
      exemption: "a party's word about its own store: all must say the same, or nothing is computed (StoredPartyTests)"),
    MessageKindRow(
      0x8000 | 0x7f11, "PartCount", nil,
      exemption: "a party's word about its own memory: more parts cost time, and the largest number is used by all"),
  ]
}

/// After which deviations of its content a message may go unnoticed.
public enum GridAllowance: Sendable, Hashable {
  /// After none.
  case nothing
  /// The result is the right one, for this reason.
  case sameResult(String)
  /// The result is as if the cheater had another input, or the right one, for this reason.
  case anotherInput(String)

  /// The reason, if there is one.
  public var reason: String? {
    switch self {
    case .nothing: nil
    case .sameResult(let reason), .anotherInput(let reason): reason
    }
  }
}
