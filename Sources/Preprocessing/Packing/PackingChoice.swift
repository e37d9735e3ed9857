public import LatticeEncryption
internal import SecretSharing

/// What a choice of packing minimises.
public enum PackingObjective: Hashable, Sendable {
  /// Bytes on the wire; ties by time.
  case bytes
  /// Bytes over a link of this many bits per second, plus computation.
  case time(bitsPerSecond: Double)

  /// A network of 1 Gbit/s.
  public static let gigabit = PackingObjective.time(bitsPerSecond: 1e9)
}

extension BilinearShape {
  /// The best packing for making `count` triples of this shape.
  ///
  /// Tried are: fibre packings of all block lengths and powers of two of inner parts, either operand encrypted (a
  /// product transposed where that is cheaper), convolutions as products with patches among them; coefficient packings
  /// with tiles that halve the dimensions; convolution packings with chunks that divide channels and filters evenly.
  /// Batches hold at most `count` maps, so for one triple the best packing of one triple is found.
  ///
  /// - Parameters:
  ///   - count: how many triples are wanted, at least 1.
  ///   - parameters: the set; its noise budget limits the products of a reply.
  ///   - objective: what to minimise, over all `count` triples.
  ///   - memoryLimit: bytes for the ciphertexts of a batch; exceeded only if no packing keeps it.
  public func packing(
    count: Int, parameters: Parameters, minimising objective: PackingObjective = .gigabit,
    ciphertextMemoryLimit memoryLimit: Int = 512 << 20
  ) -> any BilinearPacking {
    precondition(count > 0, "at least one triple")
    var best: (packing: any BilinearPacking, rank: Rank)?
    for packing in candidates(count: count, parameters: parameters) {
      let rank = Rank(
        PackingCost(packing, count: count, parameters: parameters), objective, memoryLimit: memoryLimit)
      if best.map({ rank < $0.rank }) ?? true { best = (packing, rank) }
    }
    guard let best else { preconditionFailure("blocks of N slots hold every shape") }
    return best.packing
  }

  /// All packings that are tried.
  func candidates(count: Int, parameters: Parameters) -> [any BilinearPacking] {
    let n = parameters.ringDegree
    let weight = parameters.maximumReplyWeight
    var candidates: [any BilinearPacking] = []
    for operand in [Operand.left, .right] {
      if let form = MatrixForm(self, encrypting: operand) {
        for blockLength in powersOfTwo(upTo: n) {
          for innerParts in powersOfTwo(upTo: min(form.inner, n / blockLength)) {
            let whole = FibrePacking(
              self, encrypting: operand, blockLength: blockLength, innerParts: innerParts, ringDegree: n,
              maximumWeight: weight)
            guard let whole else { continue }
            candidates.append(whole.limited(to: count))
          }
        }
      }
      switch self {
      case .matrix: candidates += coefficientPackings(operand, count: count, n, weight)
      case .convolution(let shape): candidates += convolutionPackings(shape, operand, count: count, n, weight)
      }
    }
    return candidates
  }

  private func coefficientPackings(
    _ operand: Operand, count: Int, _ n: Int, _ weight: Int
  ) -> [any BilinearPacking] {
    guard let form = MatrixForm(self, encrypting: operand) else { return [] }
    var candidates: [any BilinearPacking] = []
    for a in evenParts(form.rows) where a <= n {
      for b in evenParts(form.inner) where a * b <= n {
        for c in evenParts(form.columns) where a * b * c <= n {
          let tile = CoefficientPacking.Tile(rows: a, inner: b, columns: c)
          let whole = CoefficientPacking(
            self, encrypting: operand, tile: tile, ringDegree: n, maximumWeight: weight)
          guard let whole else { continue }
          candidates.append(whole.limited(to: count))
        }
      }
    }
    return candidates
  }

  private func convolutionPackings(
    _ shape: ConvolutionShape, _ operand: Operand, count: Int, _ n: Int, _ weight: Int
  ) -> [any BilinearPacking] {
    var candidates: [any BilinearPacking] = []
    for channels in evenParts(shape.channels) {
      for filters in evenParts(shape.filters) {
        let whole = ConvolutionPacking(
          shape, encrypting: operand, channels: channels, filters: filters, ringDegree: n, maximumWeight: weight)
        guard let whole else { continue }
        candidates.append(whole.limited(to: count))
      }
    }
    return candidates
  }
}

/// Order of packings: first those that keep the memory limit (then least memory), then the objective.
private struct Rank: Comparable {
  let excess: Int
  let cost, tie: Double

  init(_ cost: PackingCost, _ objective: PackingObjective, memoryLimit: Int) {
    excess = max(0, cost.ciphertextMemoryBytes - memoryLimit)
    switch objective {
    case .bytes: (self.cost, tie) = (Double(cost.bytes), cost.seconds)
    case .time(let rate): (self.cost, tie) = (cost.seconds + 8 * Double(cost.bytes) / rate, Double(cost.bytes))
    }
  }

  static func < (a: Rank, b: Rank) -> Bool { (a.excess, a.cost, a.tie) < (b.excess, b.cost, b.tie) }
}

/// 1, 2, 4, … ≤ limit.
private func powersOfTwo(upTo limit: Int) -> [Int] {
  (0..<Int.bitWidth - limit.leadingZeroBitCount).map { 1 << $0 }
}

/// Sizes of parts when `total` is cut into 1, 2, 4, … parts of equal size up to rounding; the last is 1.
private func evenParts(_ total: Int) -> [Int] {
  var parts: [Int] = []
  var count = 1
  while count < 2 * total {
    let part = total.dividedRoundingUp(by: count)
    if parts.last != part { parts.append(part) }
    count *= 2
  }
  return parts
}
