internal import FieldArithmetic
public import MPCCore
public import SecretSharing
internal import Synchronization

/// What a cheater does to its own share of preprocessed material: a wrong store, or a cursor that others do not have.
public enum MaterialMisuse: Hashable, Sendable {
  /// Adds an error to its shares of the c of multiplication triples.
  case tripleProduct(error: UInt64)
  /// Adds an error to its MAC shares of the c of multiplication triples.
  case tripleTag(error: UInt64)
  /// Adds an error to its shares of the C of matrix triples.
  case matrixProduct(error: UInt64)
  /// Adds an error to its shares of random bits: they are no bits any more.
  case bit(error: UInt64)
  /// Adds an error to its shares of r0 of truncation masks.
  case truncationMask(error: UInt64)
  /// Adds an error to its MAC shares of its own input masks.
  case inputMaskTag(error: UInt64)
  /// Uses its first triples for every product of the same size.
  case reusedTriples
  /// Uses its first input masks for every input of the same size.
  case reusedInputMasks
  /// Is one input mask ahead of the others.
  case skippedInputMask
}

/// Dishonest inputs into honest code: a source that alters what an honest source hands out.
///
/// Give it to the session of a cheater; the protocol above it stays honest.
public final class DishonestMaterial<S: SharingScheme>: PreprocessingSource {
  private struct State {
    var triples: (a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>)?
    var inputMasks: (r: SharedVector<S>, clear: [S.F]?)?
  }

  private let honest: any PreprocessingSource<S>
  private let misuse: MaterialMisuse
  private let me: PartyID
  private let deviated: @Sendable () -> Void
  private let state = Mutex(State())

  /// Alters what `honest` hands out.
  /// - Parameters:
  ///   - me: the cheater.
  ///   - deviated: called whenever something was altered.
  public init(
    _ honest: any PreprocessingSource<S>, misuse: MaterialMisuse, me: PartyID,
    deviated: @escaping @Sendable () -> Void = {}
  ) {
    self.honest = honest
    self.misuse = misuse
    self.me = me
    self.deviated = deviated
  }

  /// The cheater's own key share, untouched.
  public var key: S.Key { honest.key }
  /// As the honest source says.
  public var trustModel: TrustModel { honest.trustModel }
  /// As the honest source says.
  public var consumption: MaterialCount { honest.consumption }
  /// Destroys the honest source.
  public func destroy() { honest.destroy() }

  /// Triples, misused if that is the plan.
  public func triples(_ count: Int) async throws(ProtocolAbort) -> MultiplicationTriples<S> {
    let (a, b, c) = try await honest.triples(count).spend()
    switch misuse {
    case .tripleProduct(let error):
      deviated()
      return MultiplicationTriples(a: a, b: b, c: c.withValueError(S.F(error)))
    case .tripleTag(let error):
      deviated()
      return MultiplicationTriples(a: a, b: b, c: c.withTagError(S.F(error)))
    case .reusedTriples:
      let first = state.withLock { state in
        if state.triples == nil { state.triples = (a, b, c) } else { deviated() }
        return state.triples
      }
      guard let first, first.a.count == count else { return MultiplicationTriples(a: a, b: b, c: c) }
      return MultiplicationTriples(a: first.a, b: first.b, c: first.c)
    default: return MultiplicationTriples(a: a, b: b, c: c)
    }
  }

  /// Input masks, misused if that is the plan and they are the cheater's own.
  public func inputMasks(_ count: Int, for party: PartyID) async throws(ProtocolAbort) -> InputMasks<S> {
    let (r, clear) = try await honest.inputMasks(count, for: party).spend()
    guard party == me else { return InputMasks(r: r, clear: clear) }
    switch misuse {
    case .inputMaskTag(let error):
      deviated()
      return InputMasks(r: r.withTagError(S.F(error)), clear: clear)
    case .reusedInputMasks:
      let first = state.withLock { state in
        if state.inputMasks == nil { state.inputMasks = (r, clear) } else { deviated() }
        return state.inputMasks
      }
      guard let first, first.r.count == count else { return InputMasks(r: r, clear: clear) }
      return InputMasks(r: first.r, clear: first.clear)
    case .skippedInputMask:
      deviated()
      return try await honest.inputMasks(count, for: party)
    default: return InputMasks(r: r, clear: clear)
    }
  }

  /// Bits, misused if that is the plan.
  public func bits(_ count: Int) async throws(ProtocolAbort) -> RandomBits<S> {
    let bits = try await honest.bits(count).spend()
    guard case .bit(let error) = misuse else { return RandomBits(bits) }
    deviated()
    return RandomBits(bits.withValueError(S.F(error)))
  }

  /// Truncation masks, misused if that is the plan.
  public func truncationMasks(_ count: Int, droppedBits: Int, highBits: Int) async throws(ProtocolAbort)
    -> TruncationMasks<S>
  {
    let masks = try await honest.truncationMasks(count, droppedBits: droppedBits, highBits: highBits)
    guard case .truncationMask(let error) = misuse else { return masks }
    let (offset, bound) = (masks.highOffset, masks.highBoundBits)
    let (low, high) = masks.spend()
    deviated()
    return TruncationMasks(
      droppedBits: droppedBits, highBits: highBits, highOffset: offset, highBoundBits: bound,
      low: low.withValueError(S.F(error)), high: high)
  }

  /// A matrix triple, misused if that is the plan.
  public func matrixTriple(_ shape: MatrixShape) async throws(ProtocolAbort) -> MatrixTriple<S> {
    let (a, b, c) = try await honest.matrixTriple(shape).spend()
    guard case .matrixProduct(let error) = misuse else { return MatrixTriple(shape: shape, a: a, b: b, c: c) }
    deviated()
    return MatrixTriple(shape: shape, a: a, b: b, c: c.withValueError(S.F(error)))
  }

  /// Untouched.
  public func squares(_ count: Int) async throws(ProtocolAbort) -> SquarePairs<S> { try await honest.squares(count) }
  /// Untouched.
  public func randoms(_ count: Int) async throws(ProtocolAbort) -> UniformMask<S> { try await honest.randoms(count) }
  /// Untouched.
  public func convolutionTriple(_ shape: ConvolutionShape) async throws(ProtocolAbort) -> ConvolutionTriple<S> {
    try await honest.convolutionTriple(shape)
  }
  /// Untouched.
  public func comparisonMasks(_ count: Int, form: ComparisonMasks<S>.Form) async throws(ProtocolAbort)
    -> ComparisonMasks<S>
  {
    try await honest.comparisonMasks(count, form: form)
  }
}
