public import FieldArithmetic
public import MPCCore
internal import Synchronization

/// Handle of a party's MAC key share α_i: one a session, shared by its forks, wiped on every abort.
public final class MACKey<F: PrimeField>: SharingKey {
  private let share: Mutex<SecretBuffer<F>>
  private let destroyed = Atomic<Bool>(false)

  /// One MAC check per key at a time; see ``CheckGate``.
  public let gate = CheckGate()

  /// Takes over α_i.
  public init(share alpha: F) {
    share = Mutex(SecretBuffer(copying: [alpha]))
  }

  /// Wipes α_i and refuses everything that waits for the gate.
  public func destroy(because reason: ProtocolAbort) {
    destroyed.store(true, ordering: .sequentiallyConsistent)
    // First: whoever reads a wiped share finds the gate closed afterwards.
    if SecurityCheck.gateClosedByAbort.isKept { gate.close(because: reason) }
    if SecurityCheck.macKeyWipedByAbort.isKept { share.withLock { $0.wipe() } }
  }

  /// Whether α_i is gone. A destroyed key reads as 0; nothing computed with it may be sent any more: a σ_i made with it
  /// would be γ_i itself, see ``MACCheck``.
  public var isDestroyed: Bool { destroyed.load(ordering: .sequentiallyConsistent) }

  /// Lends α_i to `body`.
  package func withShare<R>(_ body: (F) -> R) -> R {
    let alpha = share.withLock { buffer in buffer.withSpan { $0[0] } }
    return body(alpha)
  }
}
