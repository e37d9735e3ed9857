internal import FieldArithmetic
public import MPCCore

/// Where a session's correlated randomness comes from, with this party's MAC key share.
///
/// Every call hands out fresh material exactly once: a source advances its cursor, durably if it has a disk, *before* it
/// returns. All parties make the same calls in the same order.
/// - Throws (all calls): `preprocessingExhausted`, or what making the material throws.
public protocol PreprocessingSource<S>: AnyObject, Sendable {
  associatedtype S: SharingScheme

  /// This party's key share.
  var key: S.Key { get }
  /// Who has to be trusted for this material; printed in every report.
  var trustModel: TrustModel { get }
  /// What was handed out so far.
  var consumption: MaterialCount { get }

  /// Beaver triples.
  func triples(_ count: Int) async throws(ProtocolAbort) -> MultiplicationTriples<S>
  /// Square pairs.
  func squares(_ count: Int) async throws(ProtocolAbort) -> SquarePairs<S>
  /// Random bits.
  func bits(_ count: Int) async throws(ProtocolAbort) -> RandomBits<S>
  /// Uniform values nobody knows.
  func randoms(_ count: Int) async throws(ProtocolAbort) -> UniformMask<S>
  /// Uniform values `party` knows.
  func inputMasks(_ count: Int, for party: PartyID) async throws(ProtocolAbort) -> InputMasks<S>
  /// A matrix triple.
  func matrixTriple(_ shape: MatrixShape) async throws(ProtocolAbort) -> MatrixTriple<S>
  /// A convolution triple.
  func convolutionTriple(_ shape: ConvolutionShape) async throws(ProtocolAbort) -> ConvolutionTriple<S>
  /// Masks r0 + 2^f r1 with r1 of at least `highBits` random bits.
  func truncationMasks(_ count: Int, droppedBits: Int, highBits: Int) async throws(ProtocolAbort) -> TruncationMasks<S>
  /// Masks with shared low bits.
  func comparisonMasks(_ count: Int, form: ComparisonMasks<S>.Form) async throws(ProtocolAbort) -> ComparisonMasks<S>

  /// Destroys key and material (abort). Idempotent.
  func destroy()
}

/// Who has to be trusted for preprocessed material.
public enum TrustModel: Hashable, Sendable, CustomStringConvertible {
  /// One process knows every key and mask: measurements of the online phase only.
  case insecureDealer
  /// The parties made it with each other, secure against up to n−1 active cheaters.
  case dishonestMajorityActive(assumption: String)
  /// The parties made it with each other, secure if they follow the protocol.
  case dishonestMajorityPassive

  /// As printed in reports.
  public var description: String {
    switch self {
    case .insecureDealer: "INSECURE DEALER: online phase only"
    case .dishonestMajorityActive(let assumption): "active, dishonest majority (\(assumption))"
    case .dishonestMajorityPassive: "passive, dishonest majority"
    }
  }
}

/// Amounts of material by kind.
public struct MaterialCount: Hashable, Sendable, Codable {
  /// Amounts under "triples", "squares", "bits", "randoms", "inputs", "matrix 2x3x4", "conv …", "truncation", "comparison".
  public private(set) var amounts: [String: Int]

  /// Nothing.
  public init() { amounts = [:] }

  /// Adds `count` of `kind`.
  public mutating func add(_ count: Int, of kind: String) { amounts[kind, default: 0] += count }

  /// What this holds beyond `earlier`.
  public func since(_ earlier: MaterialCount) -> MaterialCount {
    var difference = MaterialCount()
    for (kind, count) in amounts {
      let more = count - (earlier.amounts[kind] ?? 0)
      if more != 0 { difference.amounts[kind] = more }
    }
    return difference
  }
}
