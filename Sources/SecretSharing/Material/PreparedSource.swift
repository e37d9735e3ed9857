public import MPCCore
internal import Synchronization

/// A source in front of another one: draws a list of material beforehand and hands it out in that order, so that the
/// offline phase of a step ends before its online phase begins. What is asked beyond the prepared list is drawn on
/// demand. Every demand is recorded: one run of a program yields the list for the next.
public final class PreparedSource<S: SharingScheme>: PreprocessingSource {
  private let base: any PreprocessingSource<S>

  private struct State {
    var prepared: [any PreparedBatch] = []
    var next = 0
    var demands: [MaterialDemand] = []
  }

  private let state = Mutex(State())

  /// Puts itself before `base`.
  public init(_ base: any PreprocessingSource<S>) { self.base = base }

  /// The key of the source behind.
  public var key: S.Key { base.key }
  /// The trust model of the source behind.
  public var trustModel: TrustModel { base.trustModel }
  /// What the source behind handed out.
  public var consumption: MaterialCount { base.consumption }

  /// Everything asked for since the last call, in order; then forgets it.
  public func takeDemands() -> [MaterialDemand] {
    state.withLock { state in
      defer { state.demands = [] }
      return state.demands
    }
  }

  /// Destroys what was prepared and the source behind.
  public func destroy() {
    state.withLock {
      $0.prepared = []
      $0.next = 0
    }
    base.destroy()
  }

  /// Draws `demands` now; later calls get them in this order.
  public func prepare(_ demands: [MaterialDemand]) async throws(ProtocolAbort) {
    for demand in demands {
      let batch: any PreparedBatch =
        switch demand {
        case .triples(let count): Prepared(demand, try await base.triples(count))
        case .squares(let count): Prepared(demand, try await base.squares(count))
        case .bits(let count): Prepared(demand, try await base.bits(count))
        case .randoms(let count): Prepared(demand, try await base.randoms(count))
        case .inputMasks(let count, let party): Prepared(demand, try await base.inputMasks(count, for: party))
        case .matrixTriple(let shape): Prepared(demand, try await base.matrixTriple(shape))
        case .convolutionTriple(let shape): Prepared(demand, try await base.convolutionTriple(shape))
        case .truncationMasks(let count, let dropped, let high):
          Prepared(demand, try await base.truncationMasks(count, droppedBits: dropped, highBits: high))
        case .comparisonMasks(let count, let low, let high, let width):
          Prepared(
            demand,
            try await base.comparisonMasks(
              count, form: ComparisonMasks<S>.Form(lowBits: low, highBits: high, digitWidth: width)))
        }
      state.withLock { $0.prepared.append(batch) }
    }
  }

  /// The next prepared batch if there is one; it must be what is asked for.
  private func take<M: ~Copyable & Sendable>(_ demand: MaterialDemand, _ type: M.Type) throws(ProtocolAbort)
    -> Prepared<M>?
  {
    let batch: (any PreparedBatch)? = state.withLock { state in
      state.demands.append(demand)
      guard state.next < state.prepared.count else { return nil }
      let batch = state.prepared[state.next]
      state.next += 1
      if state.next == state.prepared.count {
        state.prepared = []
        state.next = 0
      }
      return batch
    }
    guard let batch else { return nil }
    guard batch.demand == demand, let prepared = batch as? Prepared<M> else {
      throw .localFailure(
        step: StepLabel("PreparedSource", 1),
        detail: "the program asks for \(demand) where \(batch.demand) was prepared; prepare the program's own demand")
    }
    return prepared
  }

  public func triples(_ count: Int) async throws(ProtocolAbort) -> MultiplicationTriples<S> {
    if let ready = try take(.triples(count), MultiplicationTriples<S>.self)?.take() { return ready }
    return try await base.triples(count)
  }

  public func squares(_ count: Int) async throws(ProtocolAbort) -> SquarePairs<S> {
    if let ready = try take(.squares(count), SquarePairs<S>.self)?.take() { return ready }
    return try await base.squares(count)
  }

  public func bits(_ count: Int) async throws(ProtocolAbort) -> RandomBits<S> {
    if let ready = try take(.bits(count), RandomBits<S>.self)?.take() { return ready }
    return try await base.bits(count)
  }

  public func randoms(_ count: Int) async throws(ProtocolAbort) -> UniformMask<S> {
    if let ready = try take(.randoms(count), UniformMask<S>.self)?.take() { return ready }
    return try await base.randoms(count)
  }

  public func inputMasks(_ count: Int, for party: PartyID) async throws(ProtocolAbort) -> InputMasks<S> {
    if let ready = try take(.inputMasks(count, party), InputMasks<S>.self)?.take() { return ready }
    return try await base.inputMasks(count, for: party)
  }

  public func matrixTriple(_ shape: MatrixShape) async throws(ProtocolAbort) -> MatrixTriple<S> {
    if let ready = try take(.matrixTriple(shape), MatrixTriple<S>.self)?.take() { return ready }
    return try await base.matrixTriple(shape)
  }

  public func convolutionTriple(_ shape: ConvolutionShape) async throws(ProtocolAbort) -> ConvolutionTriple<S> {
    if let ready = try take(.convolutionTriple(shape), ConvolutionTriple<S>.self)?.take() { return ready }
    return try await base.convolutionTriple(shape)
  }

  public func truncationMasks(_ count: Int, droppedBits: Int, highBits: Int) async throws(ProtocolAbort)
    -> TruncationMasks<S>
  {
    let demand = MaterialDemand.truncationMasks(count, droppedBits: droppedBits, highBits: highBits)
    if let ready = try take(demand, TruncationMasks<S>.self)?.take() { return ready }
    return try await base.truncationMasks(count, droppedBits: droppedBits, highBits: highBits)
  }

  public func comparisonMasks(_ count: Int, form: ComparisonMasks<S>.Form) async throws(ProtocolAbort)
    -> ComparisonMasks<S>
  {
    let demand = MaterialDemand.comparisonMasks(
      count, lowBits: form.lowBits, highBits: form.highBits, digitWidth: form.digitWidth)
    if let ready = try take(demand, ComparisonMasks<S>.self)?.take() { return ready }
    return try await base.comparisonMasks(count, form: form)
  }
}

/// A prepared batch of any kind.
private protocol PreparedBatch: AnyObject, Sendable {
  var demand: MaterialDemand { get }
}

/// One prepared batch; handed out once.
private final class Prepared<M: ~Copyable & Sendable>: PreparedBatch {
  let demand: MaterialDemand
  private let content: Mutex<M?>

  init(_ demand: MaterialDemand, _ material: consuming sending M) {
    self.demand = demand
    content = Mutex(consume material)
  }

  func take() -> M? {
    content.withLock { content -> M? in content.take() }
  }
}
