internal import FieldArithmetic
internal import LatticeEncryption
public import MPCCore
public import SecretSharing

/// What has to be made for a demand, before batches are rounded up: the cost of a program in raw tuples.
///
/// A truncation mask takes `droppedBits` bits; a comparison mask its low bits and the products of the bits of each digit.
/// Their high parts take one input a party and the range proof's masks, or bits. A bit takes a square.
public struct GenerationPlan: Sendable, Hashable {
  /// What was asked for, by kind.
  public private(set) var demand: [MaterialKind: Int] = [:]
  /// Triples, those for products of bits included.
  public private(set) var triples = 0
  /// Squares, those for bits included.
  public private(set) var squares = 0
  /// Bits, those in masks included.
  public private(set) var bits = 0
  /// Uniform values.
  public private(set) var randoms = 0
  /// Input masks by party, those of range proofs included.
  public private(set) var inputs: [PartyID: Int] = [:]

  /// Squares beyond the bits asked for, so that pairs with s = 0 do not make a batch short: none for a large field.
  private let spareSquares: Int

  /// The plan for `demand` among `parties` parties.
  public init<S: OfflineSharing>(
    _ demand: [MaterialKind: Int], parties: Int, options: OfflineOptions, _: S.Type
  ) {
    self.demand = demand.filter { $0.value > 0 }
    spareSquares = S.F.modulusBits > 40 ? 0 : 8
    for (kind, count) in self.demand {
      switch kind {
      case .triples: triples += count
      case .squares: squares += count
      case .bits: bits += count
      case .randoms: randoms += count
      case .inputMasks(let party): inputs[party, default: 0] += count
      case .matrixTriple, .convolutionTriple: break
      case .truncationMasks(let dropped, let high):
        bits += count * dropped
        addHighParts(count, bits: high, lowBits: dropped, parties, options, S.self)
      case .comparisonMasks(let form):
        bits += count * form.lowBits
        triples += count * form.productCount
        addHighParts(count, bits: form.highBits, lowBits: form.lowBits, parties, options, S.self)
      }
    }
    squares += bits + (bits > 0 ? spareSquares + bits / 64 * spareSquares : 0)
  }

  private mutating func addHighParts<S: OfflineSharing>(
    _ count: Int, bits high: Int, lowBits: Int, _ parties: Int, _ options: OfflineOptions, _: S.Type
  ) {
    guard options.masks == .bounded else {
      bits += count * high
      return
    }
    let s = options.security.statisticalSecurity
    let run =
      BoundedValueProof.runLength(
        lowBits: lowBits, bits: high, parties: parties, statisticalSecurity: s, S.F.self) ?? 1
    let runs = (count + run - 1) / run
    // One run in eight needs another attempt; this many in all are exceeded with probability below 2^−48.
    let attempts = S.adversary == .active ? runs + runs / 2 + BoundedValueProof.attemptLimit - 1 : 0
    let proof = BoundedValueProof(count: 1, bits: high, statisticalSecurity: s)
    for party in 0..<parties { inputs[PartyID(party), default: 0] += count + attempts * proof.repetitions }
  }

  /// The products of matrices and convolutions, by kind.
  public var bilinear: [(kind: MaterialKind, count: Int)] {
    demand.compactMap { kind, count in
      switch kind {
      case .matrixTriple, .convolutionTriple: (kind, count)
      default: nil
      }
    }.sorted { $0.kind.description < $1.kind.description }
  }
}
