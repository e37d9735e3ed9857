public import MPCCore
internal import Synchronization

/// Hands out what lies in a stock in memory: generated material of the running process.
public final class StockSource<S: SharingScheme>: BlockSource {
  /// This party's key share.
  public let key: S.Key
  /// Who has to be trusted for what is deposited here.
  public let trustModel: TrustModel
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var stock = MaterialStock<S>()
    var consumption = MaterialCount()
    var isDestroyed = false
  }

  /// An empty stock of material under `key`.
  public init(key: S.Key, trustModel: TrustModel) {
    self.key = key
    self.trustModel = trustModel
    state = Mutex(State())
  }

  /// What was handed out.
  public var consumption: MaterialCount { state.withLock { $0.consumption } }
  /// What is there.
  public var contents: [MaterialKind: Int] { state.withLock { $0.stock.contents } }
  /// How many items of `kind` are there.
  public func count(of kind: MaterialKind) -> Int { state.withLock { $0.stock.count(of: kind) } }

  /// Adds a block.
  public func deposit(_ block: consuming sending MaterialBlock<S>) {
    let block = SendingOnce(block)
    state.withLock { state in
      if let block = block.take(), !state.isDestroyed { state.stock.deposit(block) }
    }
  }

  /// Takes `count` items if there are as many, without counting them as handed out: for a generator's own use.
  package func withdraw(_ kind: MaterialKind, count: Int) throws(ProtocolAbort) -> MaterialBlock<S> {
    try remove(kind, count, counting: false)
  }

  public func take(_ kind: MaterialKind, count: Int) async throws(ProtocolAbort) -> MaterialBlock<S> {
    try remove(kind, count, counting: true)
  }

  private func remove(_ kind: MaterialKind, _ count: Int, counting: Bool) throws(ProtocolAbort) -> MaterialBlock<S> {
    let (block, left): (SendingOnce<MaterialBlock<S>>?, Int) = state.withLock { state in
      guard !state.isDestroyed else { return (nil, 0) }
      guard let block = state.stock.take(kind, count: count) else { return (nil, state.stock.count(of: kind)) }
      if counting { state.consumption.add(count, of: kind.description) }
      return (SendingOnce(block), 0)
    }
    guard let block = block?.take() else {
      throw .preprocessingExhausted(kind: kind.description, needed: count, left: left)
    }
    return block
  }

  /// Forgets everything and the key.
  public func destroy() {
    state.withLock { state in
      state.stock.removeAll()
      state.isDestroyed = true
    }
    key.destroy(because: .cancelled(during: StepLabel("StockSource", 1)))
  }
}

/// Carries one noncopyable value out of or into a critical section.
package final class SendingOnce<Value: ~Copyable & Sendable>: Sendable {
  private let value: Mutex<Value?>

  package init(_ value: consuming sending Value) { self.value = Mutex(value) }

  package func take() -> sending Value? { value.withLock { $0.take() } }
}
