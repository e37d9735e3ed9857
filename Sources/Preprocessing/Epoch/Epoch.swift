internal import LatticeEncryption
internal import MPCCore
public import SecretSharing

/// A key epoch in which key A lives: tuples are made, nothing made may be used or opened.
///
/// Why: if a batch check of this epoch fails later, its published σ is a linear form of *all* plaintexts ever encrypted
/// under the key. A value masked by one of them and opened before would be read (attack B25). ``LowGear/retire(_:)``
/// is the only way to the tuples; forgetting an epoch destroys them. Source: `Papers/LowGear.md`, "Key epochs".
public struct LiveEpoch<S: OfflineSharing>: ~Copyable, Sendable {
  /// From 1 on a session's own channel; a worker's numbers begin behind (channel number)·2^20.
  public let number: Int
  let keys: KeyRing<EpochKey>
  var operandExchanges = 0
  private var locked = LockedMaterial<S>()

  init(number: Int, keys: KeyRing<EpochKey>) {
    self.number = number
    self.keys = keys
  }

  /// Keeps checked material until the epoch is retired.
  mutating func lock(_ block: consuming MaterialBlock<S>) { locked.stock.deposit(block) }

  /// How many items wait for the retirement.
  public func lockedCount(of kind: MaterialKind) -> Int { locked.stock.count(of: kind) }

  /// The next label of an exchange of operands.
  mutating func nextLabel() -> OperandLabel {
    operandExchanges += 1
    return OperandLabel(epoch: number, batch: operandExchanges)
  }

  /// Erases the secret key; what was locked comes out under the key of ``RetiredEpoch`` only.
  consuming func end() -> LockedMaterial<S> { locked }
}

/// Material of an epoch whose key may still live.
struct LockedMaterial<S: OfflineSharing>: ~Copyable, Sendable {
  fileprivate(set) var stock = MaterialStock<S>()

  /// The material, for who can show that the epoch is over.
  consuming func unlock(_ proof: borrowing RetiredEpoch) -> MaterialStock<S> { stock }
}

/// Proof that every party has said to have erased its key of an epoch and to reply under no key of it any more.
///
/// Made by ``LowGear/retire(_:)`` only, after n − 1 confirmations.
public struct RetiredEpoch: ~Copyable, Sendable {
  /// Number of the epoch.
  public let number: Int

  init(confirmed number: Int) { self.number = number }
}
