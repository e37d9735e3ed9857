public import FieldArithmetic
public import MPCCore

/// Step 1 of an input: e = x − r, broadcast by the party whose input it is.
public struct MaskedInput<F: PrimeField>: FieldVectorMessage {
  public static var step: StepLabel { StepLabel("Input", 1) }
  public static var kind: MessageKind { MessageKind(library: 0x120) }
  public var values: [F]
  public init(values: [F]) { self.values = values }
}

extension Session {
  /// Inputs of one party: [x] = [r] + (x − r).
  ///
  /// Paper: [DPSZ12, Fig. 1, Input]. 1 round, one element a value. A cheater may input *any* field elements; where they
  /// can meet a bounded mask (truncation, comparison), use ``inputRange(_:count:bits:from:)``.
  /// - Parameters:
  ///   - values: the inputs at `party`, `nil` everywhere else.
  ///   - count: how many values, known to all.
  public mutating func input(_ values: [S.F]?, count: Int, from party: PartyID) async throws(ProtocolAbort)
    -> SharedVector<S>
  {
    precondition((values != nil) == (party == me), "the party whose input it is passes the values, and only it")
    precondition(values == nil || values?.count == count, "as many values as announced")
    let masks = try await draw { source throws(ProtocolAbort) in try await source.inputMasks(count, for: party) }
    let (r, clear) = masks.spend()
    var message: MaskedInput<S.F>?
    if let values, let clear { message = MaskedInput(values: S.F.subtract(values, clear)) }
    let e = try await broadcast(message, shape: count, from: party)
    return add(e.values, to: r)
  }

  /// Outputs values to one party only: check, open y − r with r known to that party, check; it adds r.
  ///
  /// Paper: [DPSZ12, section 3.2]. - Returns: the values at `party`, `nil` everywhere else.
  public mutating func revealPrivately(_ y: SharedVector<S>, to party: PartyID) async throws(ProtocolAbort) -> [S.F]? {
    let masks = try await draw { source throws(ProtocolAbort) in try await source.inputMasks(y.count, for: party) }
    let (r, clear) = masks.spend()
    let masked = try await revealed(y - r)
    channel.note(.disclosed(Opening.OutputShares<S.F>.step, count: y.count, to: party))
    guard let clear else { return nil }
    return S.F.add(masked, clear)
  }
}
