/// Slots in blocks of L = `blockLength`: a block holds L rows of one column of the encrypted matrix, and the
/// multiplicand is constant on it.
///
/// In bit-reversed order the slots of a block are the points with one value of X^L, so a block-constant multiplicand is
/// a polynomial in X^L: it is encoded by transforms of size N/L, and has N/L coefficients for the noise to grow with.
/// One type covers
/// - *fibre packing*: many products at once, one or more blocks each;
/// - *tall matrices*: L = N, multiplicands are constants, no encoding at all;
/// - *split inner dimension*: `innerParts` blocks of a product hold parts of the inner dimension, and the blocks of the
///   decrypted shares are added: fewer ciphertexts and less latency for one product, in emptier replies;
/// - convolutions as products of the kernels with the images' patches.
///
/// Rows that are no multiple of L leave slots empty; L is any power of two up to N, so a smaller one trades empty slots
/// for weight: L = 1 leaves none. No zeros are declared. Where the weight N/L·inner exceeds the limit, replies sum only
/// part of the inner dimension and their decryptions are added.
///
/// Cost of a batch with g groups of N/L blocks and e′ = ⌈inner/innerParts⌉: g·e′ ciphertexts, g·columns replies
/// (times the parts that the weight limit forces), g·e′·columns products.
public struct FibrePacking: BilinearPacking {
  let form: MatrixForm
  /// L.
  public let blockLength: Int
  /// Blocks that one column of a product's inner dimension is spread over.
  public let innerParts: Int
  public private(set) var capacity: Int
  public let ringDegree: Int
  /// Blocks of the rows of one product.
  let rowParts: Int
  /// Inner indices of a block.
  let innerLength: Int
  /// Products summed in one reply, and replies per column that this takes.
  let termLimit, sumParts: Int

  /// - Parameters:
  ///   - shape: of every map.
  ///   - operand: the one to be encrypted; for convolutions the kernels (`right`).
  ///   - blockLength: a power of two up to `ringDegree`.
  ///   - innerParts: at least 1; what exceeds the inner dimension is ignored.
  ///   - capacity: maps in a batch; nil for as many as one group holds.
  ///   - maximumWeight: `Parameters/maximumReplyWeight` of the set, at least N/L.
  /// - Returns: nil if the images of a convolution are to be encrypted, or one product alone is too heavy.
  public init?(
    _ shape: BilinearShape, encrypting operand: BilinearShape.Operand, blockLength: Int, innerParts: Int = 1,
    capacity: Int? = nil, ringDegree: Int, maximumWeight: Int
  ) {
    precondition(
      ringDegree.nonzeroBitCount == 1 && blockLength.nonzeroBitCount == 1 && blockLength <= ringDegree
        && innerParts > 0 && (capacity ?? 1) > 0, "N and L are powers of two, L ≤ N, counts are positive")
    guard let form = MatrixForm(shape, encrypting: operand), maximumWeight >= ringDegree / blockLength else {
      return nil
    }
    self.form = form
    self.blockLength = blockLength
    self.ringDegree = ringDegree
    innerLength = form.inner.dividedRoundingUp(by: innerParts)
    self.innerParts = form.inner.dividedRoundingUp(by: innerLength)
    rowParts = form.rows.dividedRoundingUp(by: blockLength)
    self.capacity = capacity ?? max(1, ringDegree / blockLength / (rowParts * self.innerParts))
    sumParts = innerLength.dividedRoundingUp(by: maximumWeight / (ringDegree / blockLength))
    termLimit = innerLength.dividedRoundingUp(by: sumParts)
  }

  /// One product, or few, with rows ≥ N/2 or so: multiplicands are constants.
  public static func tall(
    _ shape: BilinearShape, encrypting operand: BilinearShape.Operand, capacity: Int = 1, ringDegree: Int,
    maximumWeight: Int
  ) -> FibrePacking? {
    FibrePacking(
      shape, encrypting: operand, blockLength: ringDegree, capacity: capacity, ringDegree: ringDegree,
      maximumWeight: maximumWeight)
  }

  /// The same with at most `count` maps.
  func limited(to count: Int) -> FibrePacking {
    var packing = self
    packing.capacity = min(capacity, count)
    return packing
  }

  public var shape: BilinearShape { form.shape }
  public var encryptedOperand: BilinearShape.Operand { form.encryptedOperand }
  public var transformLayers: Int { ringDegree.trailingZeroBitCount }
  public var declaresZeros: Bool { false }
  public var multiplicandLayout: MultiplicandLayout { .blocks(count: blockCount) }
  public var multiplicandSparsity: Int { blockCount }

  /// Blocks of a plaintext.
  var blockCount: Int { ringDegree / blockLength }
  /// Sets of ciphertexts whose blocks belong together.
  var groupCount: Int { (capacity * rowParts * innerParts).dividedRoundingUp(by: blockCount) }

  public var ciphertextCount: Int { groupCount * innerLength }
  public var replyCount: Int { groupCount * form.columns * sumParts }
  public var largestWeight: Int { termLimit * blockCount }

  public func encryptedEntries(ciphertext k: Int) -> [Int32] {
    let (group, inner) = k.quotientAndRemainder(dividingBy: innerLength)
    let count = shape.count(encryptedOperand)
    var entries = [Int32](repeating: -1, count: ringDegree)
    for t in 0..<blockCount {
      guard let block = block(group * blockCount + t, inner: inner) else { continue }
      for r in 0..<block.rows.count {
        let entry = block.map * count + form.encryptedEntry(row: block.rows.lowerBound + r, inner: block.inner)
        entries[t * blockLength + r] = Int32(entry)
      }
    }
    return entries
  }

  public func terms(reply j: Int) -> Range<Int> {
    let (group, _, part) = location(reply: j)
    let first = group * innerLength
    return first + part * termLimit..<first + min((part + 1) * termLimit, innerLength)
  }

  public func multiplicandEntries(reply j: Int, ciphertext k: Int) -> [Int32] {
    let (group, column, _) = location(reply: j)
    let count = shape.count(multipliedOperand)
    return (0..<blockCount).map { t in
      guard let block = block(group * blockCount + t, inner: k - group * innerLength),
        let entry = form.multipliedEntry(inner: block.inner, column: column)
      else { return -1 }
      return Int32(block.map * count + entry)
    }
  }

  public func outputs(reply j: Int) -> [PackedOutput] {
    let (group, column, _) = location(reply: j)
    var outputs: [PackedOutput] = []
    outputs.reserveCapacity(ringDegree)
    for t in 0..<blockCount {
      guard let block = block(group * blockCount + t, inner: 0) else { continue }
      for r in 0..<block.rows.count {
        outputs.append(
          PackedOutput(
            position: t * blockLength + r,
            entry: block.map * shape.outputCount + form.outputEntry(row: block.rows.lowerBound + r, column: column)))
      }
    }
    return outputs
  }

  /// Reply j is part `part` of the sum for a column of all maps of a group.
  private func location(reply j: Int) -> (group: Int, column: Int, part: Int) {
    precondition((0..<replyCount).contains(j), "a reply of the packing")
    let (line, column) = j.quotientAndRemainder(dividingBy: form.columns)
    let (group, part) = line.quotientAndRemainder(dividingBy: sumParts)
    return (group, column, part)
  }

  /// What block number `index` of the batch holds in the ciphertext for position `inner` of its part; nil if nothing.
  private func block(_ index: Int, inner: Int) -> (map: Int, rows: Range<Int>, inner: Int)? {
    let (rest, rowPart) = index.quotientAndRemainder(dividingBy: rowParts)
    let (map, innerPart) = rest.quotientAndRemainder(dividingBy: innerParts)
    let k = innerPart * innerLength + inner
    guard map < capacity, k < form.inner else { return nil }
    let first = rowPart * blockLength
    return (map, first..<min(first + blockLength, form.rows), k)
  }

  public var description: String {
    let parts = innerParts > 1 ? ", inner dimension in \(innerParts) parts" : ""
    let kind = blockLength == ringDegree ? "tall" : "fibre"
    return "\(kind) packing of \(capacity) × \(shape), \(encryptedOperand) encrypted, blocks of \(blockLength)\(parts)"
  }
}

extension Int {
  /// ⌈self / divisor⌉ for positive numbers.
  func dividedRoundingUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
