internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing

/// A spent block of one party, taken apart: for checks in clear and for export, nothing else.
struct PartyShares<F: PrimeField>: Sendable {
  let party: PartyID
  let kind: MaterialKind
  let count: Int
  let highBoundBits: Int
  /// By column, then by component: value shares, and MAC shares if there are any.
  let columns: [[[F]]]
  /// This party's own masks.
  let clear: [F]?
  /// α_i, nothing in the passive scheme.
  let keyShare: F?

  init<S: SharingScheme>(_ block: consuming MaterialBlock<S>, party: PartyID, keyShare: F?) where S.F == F {
    self.party = party
    self.keyShare = keyShare
    kind = block.kind
    count = block.count
    highBoundBits = block.highBoundBits
    columns = block.columns.map(\.components)
    clear = block.clear
  }
}

/// What takes the shares of all parties, in any order of the parties.
protocol ShareSink<F>: Sendable {
  associatedtype F: PrimeField
  /// Takes one party's block.
  func accept(_ shares: PartyShares<F>) throws(PrepError)
  /// Everything has come.
  func finish() throws(PrepError)
}
