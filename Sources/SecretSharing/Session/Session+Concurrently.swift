internal import Cryptography
public import MPCCore
internal import Synchronization

extension Session {
  /// Runs one body per source in parallel, each with a fork of this session: the same keys, its own channel, its own
  /// material. All parties call this at the same point with as many sources.
  ///
  /// Everything opened before is checked first, and each fork ends with a check, before any result is returned. Without
  /// that an error in an unchecked opening on one channel would turn a statistically masked opening on another into a
  /// leak (`Papers/MODEL.md`, "What must be checked before what", rule 2), as shares do not know where they come from. So
  /// do not carry shares from one body to another.
  ///
  /// The forks' checks pass one gate, one at a time: `Papers/MODEL.md`, rule 4.
  /// - Parameters:
  ///   - sources: one a fork, under the same key; a source of its own for each keeps the order of draws fixed.
  ///   - body: gets the number of the fork.
  /// - Returns: the results in the order of the sources.
  /// - Throws: the first abort on any channel; then all channels are dead.
  public mutating func concurrently<R: Sendable>(
    _ sources: [any PreprocessingSource<S>],
    _ body: @escaping @Sendable (Int, inout Session) async throws(ProtocolAbort) -> R
  ) async throws(ProtocolAbort) -> [R] {
    if SecurityCheck.checkBeforeForks.isKept { try await verify() }
    let wasOrdered = context.ordersChecks
    var forks: [SendingOnce<Session>] = []
    for source in sources { forks.append(SendingOnce(try fork(preprocessing: source))) }
    let results = await withTaskGroup(of: (Int, Result<R, ProtocolAbort>).self) { group in
      for (index, handover) in forks.enumerated() {
        group.addTask {
          guard var fork = handover.take() else { preconditionFailure("a fork is handed over once") }
          do throws(ProtocolAbort) {
            let result = try await body(index, &fork)
            if SecurityCheck.checkAtForkEnd.isKept { try await fork.verify() }
            return (index, .success(result))
          } catch {
            return (index, .failure(fork.end(error)))
          }
        }
      }
      var results: [Int: Result<R, ProtocolAbort>] = [:]
      for await (index, result) in group { results[index] = result }
      return results
    }
    var values: [R] = []
    for index in forks.indices {
      switch results[index] {
      case .success(let value): values.append(value)
      case .failure(let abort): throw end(key.gate.closedBecause ?? abort)
      case nil: preconditionFailure("every fork has a result")
      }
    }
    try ensureAlive()
    context.ordersChecks = wasOrdered
    return values
  }
}

/// The randomness of a fork: derived from one seed of its parent, so that forks in parallel do not race for the parent's
/// next seed and a seeded run repeats.
final class ForkedRandom: RandomSource {
  private let root: [UInt8]
  private let drawn = Atomic<UInt64>(0)

  init(of parent: any RandomSource) { root = parent.seed(label: "fork", context: []) }

  func seed(label: String, context: [UInt64]) -> [UInt8] {
    let count = drawn.wrappingAdd(1, ordering: .relaxed).oldValue
    return PRG.deriveSeed(root, label: label, context: [count] + context)
  }
}
