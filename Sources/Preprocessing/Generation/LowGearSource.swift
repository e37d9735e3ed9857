internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// Hands out material that the parties make with each other when it is asked for: the real offline phase behind a
/// `Session`.
///
/// What is asked beyond the stock is generated at once; a program that knows its demand calls ``generate(_:progress:)``
/// beforehand and pays for one key epoch. Runs on a channel of its own; all parties ask for the same in the same order.
public final class LowGearSource<S: OfflineSharing, C: Channel>: BlockSource {
  private let party: PartyBox<S, C>
  private let stock: StockSource<S>

  /// Takes over a party that has been set up.
  public init(_ party: consuming LowGear<S, C>) {
    stock = party.stock
    self.party = PartyBox(party)
  }

  /// This party's key share.
  public var key: S.Key { stock.key }
  /// The assumption the material rests on.
  public var trustModel: TrustModel { stock.trustModel }
  /// What was handed out.
  public var consumption: MaterialCount { stock.consumption }
  /// What was made and not taken.
  public var contents: [MaterialKind: Int] { stock.contents }

  /// Makes what the stock lacks of a demand.
  public func generate(
    _ demand: [MaterialKind: Int], progress: (@Sendable (GenerationProgress) -> Void)? = nil
  ) async throws(ProtocolAbort) {
    try await party.generate(demand, progress: progress)
  }

  public func take(_ kind: MaterialKind, count: Int) async throws(ProtocolAbort) -> MaterialBlock<S> {
    if stock.count(of: kind) < count { try await generate([kind: count]) }
    return try await stock.take(kind, count: count)
  }

  public func destroy() { stock.destroy() }
}

/// The one owner of a party that several calls use one after the other.
private actor PartyBox<S: OfflineSharing, C: Channel> {
  private var party: LowGear<S, C>?

  init(_ party: consuming sending LowGear<S, C>) { self.party = consume party }

  func generate(
    _ demand: [MaterialKind: Int], progress: (@Sendable (GenerationProgress) -> Void)?
  ) async throws(ProtocolAbort) {
    guard var taken = party.take() else {
      throw .localFailure(
        step: StepLabel("LowGear", 0), detail: "two tasks asked one source for material at once; give each its own")
    }
    do throws(ProtocolAbort) {
      try await taken.generate(demand, progress: progress)
      party = consume taken
    } catch {
      party = consume taken
      throw error
    }
  }
}
