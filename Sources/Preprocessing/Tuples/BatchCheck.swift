internal import Cryptography
public import FieldArithmetic
public import MPCCore
public import SecretSharing

/// A value that masks a batch check: uniform, from step 3 (authenticated under session keys only), used nowhere else.
///
/// Only ``LowGear`` makes one, from authenticated vectors. A mask made under an epoch key would be a break: who uses a
/// wrong α_j throughout a batch shifts such a mask by exactly what makes the check pass (attack B22).
public struct CheckMask<S: OfflineSharing>: ~Copyable, Sendable {
  let share: SharedVector<S>

  init(stepThree share: SharedVector<S>) {
    precondition(share.count == 1, "one mask")
    self.share = share
  }
}

/// The batch check of tag-product tuples: z = mask + Σ χ_k·x_k over all values of the batch is opened and its MAC
/// checked; values that must be zero enter the MAC check as values of their own, with the public value 0.
///
/// Two coins: χ after all replies of the batch have come, the MAC check's own after z (a zero that entered z would be
/// corrected there by a rushing party). Soundness error 3/p. Source: `Papers/LowGear.md`, "Batch check".
public struct BatchCheck<S: OfflineSharing>: ~Copyable, Sendable {
  /// Every value of the batch but the mask and what is discarded with it.
  let values: [SharedVector<S>]
  /// Values that are zero if the parties were honest: declared zeros of packed operands, τ of the classic sacrifice.
  let zeros: [SharedVector<S>]
  let mask: CheckMask<S>

  init(values: [SharedVector<S>], zeros: [SharedVector<S>] = [], mask: consuming CheckMask<S>) {
    self.values = values
    self.mask = mask
    #if KILL_MATRIX
    if !SecurityCheck.zeroRule.isKept {
      self.zeros = []
      return
    }
    #endif
    self.zeros = zeros
  }
}

extension AuthenticatedSharing {
  /// Opens the masked combination and checks its MAC and those of the zeros.
  /// - Throws: `sacrificeFailed`; then keys and material have to go.
  public static func checkBatch<C: Channel>(
    _ batch: borrowing BatchCheck<Self>, key: MACKey<F>, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {
    let seed = try await context.coinToss()  // χ, after everything of the batch
    var ledger = OpenedValues<F>()
    for vector in batch.values { ledger.record(opened: vector.values, tags: vector.tags) }
    let (value, tag) = MACCheck.combine(ledger, seed: seed)
    let share = batch.mask.share
    let z = try await context.openShares(MaskedSum<F>.self, [share.values[0] + value])
    var opened = OpenedValues<F>()
    opened.record(opened: z, tags: [share.tags[0] + tag])
    for zero in batch.zeros { opened.record(opened: F.filled(zero.count, with: .zero), tags: zero.tags) }
    try await check(opened, as: .batchCheck, of: MaskedSum<F>.step, key: key, context: &context)
  }

  /// MAC check of ρ and of τ with the public value 0.
  public static func checkSacrifice<C: Channel>(
    opened rho: [F], _ shares: SharedVector<Self>, zero tau: SharedVector<Self>, key: MACKey<F>,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {
    var opened = OpenedValues<F>()
    opened.record(opened: rho, tags: shares.tags)
    opened.record(opened: F.filled(tau.count, with: .zero), tags: tau.tags)
    try await check(opened, as: .sacrifice, of: SacrificeOpening<F>.step, key: key, context: &context)
  }

  /// A MAC check whose failure means that a batch of tuples is wrong.
  private static func check<C: Channel>(
    _ opened: OpenedValues<F>, as name: SecurityCheck, of step: StepLabel, key: MACKey<F>,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {
    do throws(ProtocolAbort) {
      try await MACCheck.run(opened: opened, key: key, context: &context)
    } catch {
      guard case .macCheckFailed = error else { throw error }
      guard name.holds(false) else { throw .sacrificeFailed(step: step) }
    }
  }

  /// They are.
  public static var checksBatches: Bool { true }
}

extension AdditiveSharing {
  /// Checks nothing.
  public static func checkBatch<C: Channel>(
    _ batch: borrowing BatchCheck<Self>, key: NoKey, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {}

  /// Checks nothing.
  public static func checkSacrifice<C: Channel>(
    opened rho: [F], _ shares: SharedVector<Self>, zero tau: SharedVector<Self>, key: NoKey,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {}

  /// They are not.
  public static var checksBatches: Bool { false }
}

/// A share of z.
public struct MaskedSum<F: PrimeField>: FieldVectorMessage {
  public static var step: StepLabel { StepLabel("LowGear.BatchCheck", 2) }
  public static var kind: MessageKind { MessageKind(library: 0x14d) }
  public var values: [F]
  public init(values: [F]) { self.values = values }
}
