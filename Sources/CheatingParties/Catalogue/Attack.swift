public import FieldArithmetic
public import MPCCore
public import SecretSharing
internal import Transport

/// The part of the protocol that an attack is on.
public enum AttackPhase: String, Sendable, CaseIterable, Codable {
  /// Making material: encryption, proofs, replies, batch checks, the store.
  case offline
  /// Computing on material.
  case online
  /// Frames, links and identities.
  case transport
}

/// One named attack of the catalogue: who deviates how, and what honest parties must do about it.
public struct Attack: Sendable, Identifiable {
  /// Number in the catalogue and variant, for example "A8-coin-value".
  public let id: String
  /// The part of the protocol it is on.
  public let phase: AttackPhase
  /// Name under which the attack is known, for example "mac-open-bad".
  public let name: String
  /// What the cheater alters.
  public let summary: String
  /// The step of the protocol it deviates in.
  public let step: String
  /// The check that must stop it; "nothing" where it is no breach.
  public let caughtBy: String
  /// Upper bound on the probability that it escapes.
  public let escapeBound: String
  /// Attacks that tell parties different things need three.
  public let minimumPartyCount: Int
  /// Whether the passive scheme under the same attack ends without an abort and with a wrong or leaked value.
  public let foolsPassive: Bool

  let stage: @Sendable (AttackSetting) async -> AttackVerdict

  /// Runs the attack once.
  public func run(_ setting: AttackSetting) async -> AttackVerdict {
    precondition(setting.partyCount >= minimumPartyCount, "\(id) needs \(minimumPartyCount) parties")
    return await stage(setting)
  }
}

/// Who plays in a run of an attack.
public struct AttackSetting: Sendable {
  /// n.
  public var partyCount: Int
  /// Which party cheats.
  public var cheater: PartyID
  /// Seed of all randomness and of the order of events.
  public var seed: UInt64
  /// `false`: the control run, in which the channel is wrapped and does nothing.
  public var isArmed: Bool
  /// The scheme.
  public var mode: SecurityMode
  /// What carries the messages; by default the simulation of the seed.
  public var transport: AttackTransport?

  /// Creates a setting; armed, active.
  public init(
    partyCount: Int, cheater: PartyID, seed: UInt64 = 1, isArmed: Bool = true, mode: SecurityMode = .active,
    transport: AttackTransport? = nil
  ) {
    precondition(cheater.index < partyCount, "the cheater is one of the parties")
    self.partyCount = partyCount
    self.cheater = cheater
    self.seed = seed
    self.isArmed = isArmed
    self.mode = mode
    self.transport = transport
  }

  /// The honest parties, in order.
  public var honest: [PartyID] { (0..<partyCount).map(PartyID.init).filter { $0 != cheater } }

  /// The first honest party: whose secrets the attacks are after.
  public var victim: PartyID { cheater.index == 0 ? PartyID(1) : PartyID(0) }
}

/// What a run of an attack showed.
public struct AttackVerdict: Sendable {
  /// How many deliveries deviated.
  public var fired: Int
  /// Which ends are right for each honest party, in order; `nil` is an orderly end.
  public var expected: [[ProtocolAbort?]]
  /// How they ended.
  public var detected: [ProtocolAbort?]
  /// What the honest programs returned.
  public var revealed: [[P127]]
  /// What they return when nobody cheats.
  public var honestResult: [P127]
  /// How many messages honest parties sent that must not have been sent.
  public var forbiddenCount: Int
  /// Whether every honest abort wiped the key, stays, and sent one abort frame and nothing more.
  public var abortsAreClean: Bool
  /// A secret of an honest party as the cheater reads it off, if it can.
  public var leak: String?
  /// What else the cheater found out or did, in words; empty if nothing worth telling.
  public var remark: String
  /// How many messages honest parties sent after they had ended the session; 0 is right.
  public var sentAfterAbort = 0
  /// Whether the MAC key share of every honest party that aborted is gone; `nil` where no party has one yet.
  public var keysDestroyed: Bool?

  /// Whether every honest party ended as it must, and nothing got out that must not.
  public var isAsExpected: Bool {
    expected.count == detected.count && zip(expected, detected).allSatisfy { $0.contains($1) } && forbiddenCount == 0
      && abortsAreClean && sentAfterAbort == 0 && keysDestroyed != false
  }

  /// Whether an honest party finished although the attack must be caught, or told the cheater a secret.
  public var hasEscaped: Bool {
    zip(expected, detected).contains { !$0.contains(nil) && $1 == nil }
      || leak != nil && !expected.allSatisfy { $0.contains(nil) }
  }

  /// Whether all honest parties finished with the right result.
  public var isHonestRun: Bool {
    detected.allSatisfy { $0 == nil } && revealed.allSatisfy { $0 == honestResult } && leak == nil
  }
}

/// A computation that is attacked; written once over the scheme and the channel.
public protocol AttackedComputation: Sendable {
  /// What every party runs, and what it outputs.
  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127

  /// The output when nobody cheats.
  var honestResult: [P127] { get }
}

/// What a cheater brings into one run.
struct Armament: Sendable {
  var plan = AttackPlan()
  /// What other parties do who cheat with it.
  var allies: [PartyID: AttackPlan] = [:]
  var frames: FrameTampering?
  /// Another sink below the frames; a run with one is simulated whatever the transport.
  var sink: (@Sendable (any FrameSink, PartyID, any TransportClock) -> any FrameSink)?
  /// What is run instead of the honest computation: honest code with dishonest inputs.
  var computation: (any AttackedComputation)?
  /// The secret it reads off afterwards, if it can.
  var leak: @Sendable () -> String? = { nil }
  var remark: @Sendable () -> String = { "" }
}

/// A message that honest parties may not send (more often than `allowed` times in all) once the attack is under way.
struct Forbidden: Sendable {
  let count: @Sendable (AttackOutcome<[P127]>) -> Int

  /// A message that may be sent on one channel only.
  static func onSecondChannel<M: Message>(_ type: M.Type) -> Forbidden {
    Forbidden { outcome in
      let channels = outcome.honestParties.flatMap { $0.log.sent }.filter { $0.kind == M.kind }.map(\.channel)
      return max(0, Set(channels).count - 1)
    }
  }

  static func any<M: Message>(_ type: M.Type, on channel: ChannelID? = nil, beyond allowed: Int = 0) -> Forbidden {
    Forbidden { max(0, $0.honestlySent(type, on: channel) - allowed) }
  }
}
