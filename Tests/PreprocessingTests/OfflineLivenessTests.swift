import FieldArithmetic
import InsecureDealer
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Synchronization
import Testing

@testable import CheatingParties
@testable import Transport

/// What a party does from one frame on that it should have sent.
enum OfflineFault: String, CaseIterable, Sendable {
  /// Sends nothing any more, not even an abort.
  case silence
  /// Sends random bytes of the right length.
  case garbage
  /// Sends half of the payload, and says so.
  case truncated
  /// Closes its links.
  case gone
}

/// A fault at the first frame of a kind, or at a later one.
struct OfflineFaultCase: Sendable, CustomTestStringConvertible {
  let program: LivenessProgram
  let kind: UInt16
  let fault: OfflineFault
  let isLast: Bool
  let count: Int

  var testDescription: String {
    "\(program.rawValue): \(fault) at \(isLast ? "the last" : "the first") frame of kind \(kind)"
  }

  /// All kinds of frames that an honest party sends, so that a new kind of message is covered without being listed.
  static let all: [OfflineFaultCase] = LivenessProgram.allCases.flatMap { program in
    program.kinds.flatMap { kind, count in
      OfflineFault.allCases.flatMap { fault in
        // What comes after the last frame of a kind differs from what comes after the first one.
        (fault == .silence && count > 1 ? [false, true] : [false]).map {
          OfflineFaultCase(program: program, kind: kind, fault: fault, isLast: $0, count: count)
        }
      }
    }
  }
}

/// Programs that together send every kind of message of the offline phase.
enum LivenessProgram: String, CaseIterable, Sendable, OfflineProgram {
  case setUpAndTagProducts
  case classicTriples
  case bits
  case packedTriples
  case boundedMasks

  var options: OfflineOptions {
    switch self {
    case .classicTriples: OfflineOptions(triples: .classic)
    case .boundedMasks: OfflineOptions(security: SecurityParameters(statisticalSecurity: 8))
    default: OfflineOptions()
    }
  }

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    switch self {
    case .setUpAndTagProducts, .classicTriples: try await MadeTriples(options: options).run(&party)
    case .bits: try await MadeBits().run(&party)
    case .packedTriples: try await MadeConvolutions().run(&party)
    case .boundedMasks: try await party.generate([.truncationMasks(droppedBits: 0, highBits: 4): 2])
    }
  }

  /// Kinds of frames that P_1 sends to P_0 in an honest run, with their counts; of a kind that several programs send, each
  /// position is tested in the first of them.
  var kinds: [(kind: UInt16, count: Int)] {
    let counts = Self.framesSent[self] ?? [:]
    let earlier = Self.allCases.prefix { $0 != self }.flatMap { (Self.framesSent[$0] ?? [:]).keys }
    return counts.filter { !earlier.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private static let framesSent: [LivenessProgram: [UInt16: Int]] = allCases.reduce(into: [:]) { all, program in
    let counts = Mutex<[UInt16: Int]>([:])
    _ = program.simulate { bytes, _, _ in
      let kind: UInt16 = bytes.littleEndianInteger(at: 51)
      if kind >= ControlKind.limit { counts.withLock { $0[kind, default: 0] += 1 } }
      return [bytes]
    }
    all[program] = counts.withLock { $0 }
  }

  /// A run in which P_1's frames go through `frames`.
  func simulate(_ frames: @escaping FrameTampering) -> (outcome: AttackOutcome<[P127]>, elapsed: Duration) {
    typealias S = AuthenticatedSharing<P61>
    let run = OfflineRun<S>(
      setting: AttackSetting(partyCount: 2, cheater: PartyID(1)), suite: InsecureOfflineSuite.suite(S.self, .short),
      program: self, armament: OfflineArmament(frames: frames))
    return run.simulated()
  }
}

@Suite("Faults at every kind of message of the offline phase")
struct OfflineLivenessTests {
  @Test(
    "The honest party ends with a typed abort by the deadline, and nothing is left", arguments: OfflineFaultCase.all)
  func fault(_ fault: OfflineFaultCase) throws {
    let seen = Mutex(0)
    let hasFired = Mutex(false)
    let (outcome, elapsed) = fault.program.simulate { bytes, _, _ in
      let kind: UInt16 = bytes.littleEndianInteger(at: 51)
      if hasFired.withLock({ $0 }) { return fault.fault == .silence || fault.fault == .gone ? [] : [bytes] }
      guard kind == fault.kind else { return [bytes] }
      let number = seen.withLock { seen in
        seen += 1
        return seen
      }
      guard number == (fault.isLast ? fault.count : 1) else { return [bytes] }
      hasFired.withLock { $0 = true }
      switch fault.fault {
      case .silence: return []
      case .garbage:
        let header = bytes.prefix(FrameHeader.byteCount)
        let noise = bytes.dropFirst(FrameHeader.byteCount).indices.map { UInt8(truncatingIfNeeded: $0 &* 151 ^ 0x5A) }
        return [Array(header) + noise]
      case .truncated:
        return [Attack.shortened(bytes, by: max(1, (bytes.count - FrameHeader.byteCount) / 2))]
      case .gone:
        return [
          FrameHeader(
            session: .demonstration, channel: 0, round: 0, sender: 1, kind: ControlKind.close.rawValue, length: 0
          ).encoded()
        ]
      }
    }
    #expect(hasFired.withLock { $0 })
    let honest = try #require(outcome.honestParties.first)
    #expect(outcome.honestAbortsAreClean)
    guard case .failure(let abort) = honest.result else {
      Issue.record("the honest party finished")
      return
    }
    switch (fault.fault, abort) {
    case (.silence, .timedOut(PartyID(1), _)), (.gone, .peerLost(PartyID(1), _)),
      (.truncated, .malformedMessage(_, PartyID(1), .wrongLength)):
      break
    case (.garbage, _) where abort.group == .cheating || Self.isConfiguration(abort): break
    case (.silence, _), (.gone, _), (.truncated, _), (.garbage, _): Issue.record("\(abort)")
    }
    #expect(elapsed <= TransportLimits().receiveDeadline * 2)
  }

  private static func isConfiguration(_ abort: ProtocolAbort) -> Bool {
    if case .configurationMismatch = abort { true } else { false }
  }

  @Test("Every message of the offline phase is among the faults")
  func coverage() {
    let kinds = Set(OfflineFaultCase.all.map(\.kind))
    // From 0x140 on; 0x149 is passive.
    let declared: [MessageKind] = [
      PublicKeyMessage<EpochKey>.kind, KeyProofMessage<EpochKey>.kind, PublicKeyMessage<SessionKey>.kind,
      KeyProofMessage<SessionKey>.kind, OperandMessage.kind, OperandProofMessage.kind, ReplyMessage<EpochKey>.kind,
      ReplyMessage<SessionKey>.kind, MACKeyMessage.kind, MACKeyProofMessage.kind, EpochRetiredMessage.kind,
      MaskedSum<P61>.kind, SacrificeOpening<P61>.kind, CoinToss.Commitment.kind, CoinToss.Opening.kind,
      MACCheck.Commitment.kind, MACCheck.Opening.kind, MessageKind(library: 0x140), MessageKind(library: 0x150),
    ]
    for kind in declared { #expect(kinds.contains(kind.code), "\(kind)") }
  }

  @Test("Parties that choose other protocols name the difference")
  func disagreement() throws {
    typealias S = AuthenticatedSharing<P61>
    let suite = InsecureOfflineSuite.suite(S.self, .short)
    let report = runSimulated(partyCount: 2, seed: 1) { (channel) throws(ProtocolAbort) -> Bool in
      _ = try await LowGear<S, WireChannel>.setUp(
        over: channel, suite: suite, random: InsecureSeededRandom(seed: 1, party: channel.me),
        options: OfflineOptions(triples: channel.me.index == 0 ? .tagProduct : .classic))
      return true
    }
    #expect(
      throws: ProtocolAbort.configurationMismatch(
        field: "triple protocol (1 = classic)", mine: "0", theirs: "1", with: PartyID(1))
    ) { _ = try report.run.results[0].get() }
  }
}
