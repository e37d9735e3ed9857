public import FieldArithmetic
public import MPCCore

/// The three kinds of openings. Each has its own message type, so that a frame shows which rule it obeys.
public enum Opening {
  /// Shares of uniformly masked values; may precede their check.
  public struct UniformShares<F: PrimeField>: FieldVectorMessage {
    public static var step: StepLabel { StepLabel("Open", 1) }
    public static var kind: MessageKind { MessageKind(library: 0x110) }
    public var values: [F]
    public init(values: [F]) { self.values = values }
  }

  /// Shares of statistically masked values; sent only after a check of everything before.
  public struct StatisticalShares<F: PrimeField>: FieldVectorMessage {
    public static var step: StepLabel { StepLabel("OpenMasked", 2) }
    public static var kind: MessageKind { MessageKind(library: 0x111) }
    public var values: [F]
    public init(values: [F]) { self.values = values }
  }

  /// Shares of outputs; sent only after a check of everything before, used only after another check.
  public struct OutputShares<F: PrimeField>: FieldVectorMessage {
    public static var step: StepLabel { StepLabel("Reveal", 2) }
    public static var kind: MessageKind { MessageKind(library: 0x112) }
    public var values: [F]
    public init(values: [F]) { self.values = values }
  }
}

extension ProtocolContext {
  /// One round: all send their shares to all; the sum. The shares are summed up in place.
  package func openShares<M: FieldVectorMessage>(_ type: M.Type, _ shares: consuming [M.F]) async throws(ProtocolAbort)
    -> [M.F]
  {
    channel.beginRound()
    try channel.broadcast(M(values: copy shares))
    var sum = shares
    for peer in channel.peers {
      let theirs = try await channel.receiveBroadcast(M.self, shape: sum.count, from: peer)
      var span = sum.mutableSpan
      M.F.add(&span, theirs.values.span)
    }
    return sum
  }
}

extension Session {
  /// Opens uniformly masked values: 1 round, one element a value to each party. Unchecked.
  public mutating func open(_ masked: UniformlyMasked<S>) async throws(ProtocolAbort) -> Unchecked<[S.F]> {
    let shares = masked.shares
    let values = shares.values
    let opened = try await step { (context) throws(ProtocolAbort) in
      try await context.openShares(Opening.UniformShares<S.F>.self, values)
    }
    return record(opened, opened: opened, tags: shares.tags)
  }

  /// Opens the differences x − a of vectors with fresh uniform masks, one after the other: 1 round.
  ///
  /// The same as opening `UniformlyMasked` differences, without computing their tags before the check needs them.
  package mutating func openDifferences(_ pairs: [(x: SharedVector<S>, mask: SharedVector<S>)])
    async throws(ProtocolAbort) -> [S.F]
  {
    precondition(pairs.allSatisfy { $0.x.count == $0.mask.count }, "one mask a value")
    let total = pairs.reduce(0) { $0 + $1.x.count }
    let opened = try await step { (context) throws(ProtocolAbort) in
      let differences = S.F.uninitialized(total) { span in
        var start = 0
        for pair in pairs {
          let (x, mask) = (pair.x.values, pair.mask.values)
          var part = span._mutatingExtracting(start..<(start + x.count))
          S.F.difference(&part, x.span, mask.span)
          start += x.count
        }
      }
      return try await context.openShares(Opening.UniformShares<S.F>.self, differences)
    }
    record(opened: opened, differences: pairs.map { ($0.x.tags, $0.mask.tags) })
    return opened
  }

  /// Opens statistically masked values: checks everything opened before, then 1 round. Unchecked.
  ///
  /// The order is not optional: an error in an earlier Beaver opening makes the secret part of this opening
  /// (`Papers/MODEL.md`, "What must be checked before what").
  public mutating func open(_ masked: StatisticallyMasked<S>) async throws(ProtocolAbort) -> Unchecked<[S.F]> {
    if SecurityCheck.checkBeforeMaskedOpening.isKept { try await verify() }
    let shares = masked.shares
    let values = shares.values
    let opened = try await gatedStep { (context) throws(ProtocolAbort) in
      try await context.openShares(Opening.StatisticalShares<S.F>.self, values)
    }
    return record(opened, opened: opened, tags: shares.tags)
  }

  /// Outputs values to all parties: check, open, check. The only way a secret leaves the library.
  /// - Throws: `macCheckFailed`; then nothing is returned.
  public mutating func reveal(_ x: SharedVector<S>) async throws(ProtocolAbort) -> [S.F] {
    let values = try await revealed(x)
    channel.note(.disclosed(Opening.OutputShares<S.F>.step, count: x.count, to: nil))
    return values
  }

  /// ``reveal(_:)`` of values that say nothing by themselves: nothing is noted as disclosed.
  mutating func revealed(_ x: SharedVector<S>) async throws(ProtocolAbort) -> [S.F] {
    if SecurityCheck.checkBeforeOutput.isKept { try await verify() }  // 1
    let values = x.values
    let opened = try await gatedStep { (context) throws(ProtocolAbort) in  // 2
      try await context.openShares(Opening.OutputShares<S.F>.self, values)
    }
    return try await verified(record(opened, opened: opened, tags: x.tags))  // 3, 4
  }
}
