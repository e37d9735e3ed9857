import FieldArithmetic
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

/// A scheme with a field, for tests that run over all of them.
enum SchemeCase: String, CaseIterable, Sendable {
  case activeP127, activeP61, passiveP127, passiveP61

  var isActive: Bool { self == .activeP127 || self == .activeP61 }
}

/// A program written once over scheme, field and channel.
protocol PartyProgram: Sendable {
  associatedtype Output: Sendable
  func run<S: SharingScheme>(_ session: inout Session<S, WireChannel>) async throws(ProtocolAbort) -> Output
}

extension SchemeCase {
  /// Runs a program in a simulation; seed of material and order of events.
  func simulate<P: PartyProgram>(_ n: Int, seed: UInt64 = 1, _ program: P) -> RunReport<P.Output> {
    switch self {
    case .activeP127: simulateSessions(n, AuthenticatedSharing<P127>.self, seed: seed, program.run)
    case .activeP61: simulateSessions(n, AuthenticatedSharing<P61>.self, seed: seed, program.run)
    case .passiveP127: simulateSessions(n, AdditiveSharing<P127>.self, seed: seed, program.run)
    case .passiveP61: simulateSessions(n, AdditiveSharing<P61>.self, seed: seed, program.run)
    }
  }
}

/// The body of a party that opens a session with dealt material and runs `program`.
func sessionBody<S: SharingScheme, R: Sendable>(
  _ scheme: S.Type, seed: UInt64 = 1,
  _ program: @escaping @Sendable (inout Session<S, WireChannel>) async throws(ProtocolAbort) -> R
) -> PartyBody<R> {
  { channel throws(ProtocolAbort) in
    var session = try startSession(scheme, over: channel, seed: seed)
    return try await program(&session)
  }
}

func startSession<S: SharingScheme>(_ scheme: S.Type, over channel: WireChannel, seed: UInt64 = 1) throws(ProtocolAbort)
  -> Session<S, WireChannel>
{
  do throws(SessionError) {
    return try Session(
      over: channel,
      preprocessing: InsecureDealer<S>(
        seed: [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 32), me: channel.me,
        partyCount: channel.partyCount),
      random: InsecureSeededRandom(seed: seed, party: channel.me))
  } catch {
    throw .localFailure(step: StepLabel("Test", 1), detail: error.description)
  }
}

/// Runs sessions of all parties in a simulation.
func simulateSessions<S: SharingScheme, R: Sendable>(
  _ n: Int, _ scheme: S.Type, seed: UInt64 = 1, options: RunOptions = RunOptions(),
  _ program: @escaping @Sendable (inout Session<S, WireChannel>) async throws(ProtocolAbort) -> R
) -> RunReport<R> {
  runSimulated(partyCount: n, seed: seed, options: options, sessionBody(scheme, seed: seed, program)).run
}

/// Field elements with the edge values first.
func samples<F: PrimeField>(_ count: Int, _ field: F.Type, seed: UInt8) -> [F] {
  let edges: [F] = [.zero, .one, -F.one, F.powerOfTwo(32)]
  return Array((edges + F.uniform(count, seed: [UInt8](repeating: seed, count: 32))).prefix(count))
}
