/// Matrix products by polynomial products: tiles of a × b and b × c entries in polynomials of degree d ≥ a·b·c.
///
/// p_A = Σ A[r][k]·X^(r·b·c + b−1−k), p_B = Σ B[k][j]·X^(j·b + k); coefficient r·b·c + j·b + b−1 of p_A·p_B is
/// (A·B)[r][j]. Source: [HLHD22, section 4]. A plaintext is N/d
/// independent polynomials, one for each of N/d maps (d = N: plain coefficients and no transform modulo p). Larger
/// matrices are tiled; products along the inner dimension are summed in the ring.
///
/// For one or few products: a reply carries a·c useful values of d, where a slot packing needs as many replies as the
/// product has columns. Positions without an entry are declared zero.
public struct CoefficientPacking: BilinearPacking {
  let form: MatrixForm
  /// a, b, c.
  let tile: Tile
  public private(set) var capacity: Int
  public let ringDegree: Int
  /// d.
  let componentDegree: Int
  let termLimit, sumParts: Int

  /// Sizes of a tile: a rows, b inner indices, c columns.
  public struct Tile: Hashable, Sendable {
    /// a, b, c.
    public let rows, inner, columns: Int

    /// Positive sizes.
    public init(rows: Int, inner: Int, columns: Int) {
      precondition(rows > 0 && inner > 0 && columns > 0, "sizes are positive")
      (self.rows, self.inner, self.columns) = (rows, inner, columns)
    }
  }

  /// - Parameters:
  ///   - shape: a matrix product.
  ///   - operand: the one to be encrypted; `right` means the transposed product, whose rows are B's columns.
  ///   - tile: in terms of the product as it is computed; cut down to the matrices.
  ///   - capacity: maps in a batch; nil for as many as one ciphertext's polynomials.
  ///   - maximumWeight: `Parameters/maximumReplyWeight` of the set.
  /// - Returns: nil for a convolution, a tile of more than N coefficients, or a product that is too heavy.
  public init?(
    _ shape: BilinearShape, encrypting operand: BilinearShape.Operand, tile: Tile, capacity: Int? = nil,
    ringDegree: Int, maximumWeight: Int
  ) {
    precondition(ringDegree.nonzeroBitCount == 1 && (capacity ?? 1) > 0, "N is a power of two, counts are positive")
    guard case .matrix = shape, let form = MatrixForm(shape, encrypting: operand) else { return nil }
    self.form = form
    let tile = Tile(
      rows: min(tile.rows, form.rows), inner: min(tile.inner, form.inner), columns: min(tile.columns, form.columns))
    self.tile = tile
    self.ringDegree = ringDegree
    componentDegree = (tile.rows * tile.inner * tile.columns).roundedUpToPowerOfTwo
    guard componentDegree <= ringDegree else { return nil }
    let weight = ringDegree / componentDegree * tile.inner * tile.columns
    guard weight <= maximumWeight else { return nil }
    self.capacity = capacity ?? ringDegree / componentDegree
    let innerTiles = form.inner.dividedRoundingUp(by: tile.inner)
    sumParts = innerTiles.dividedRoundingUp(by: maximumWeight / weight)
    termLimit = innerTiles.dividedRoundingUp(by: sumParts)
  }

  /// The same with at most `count` maps.
  func limited(to count: Int) -> CoefficientPacking {
    var packing = self
    packing.capacity = min(capacity, count)
    return packing
  }

  public var shape: BilinearShape { form.shape }
  public var encryptedOperand: BilinearShape.Operand { form.encryptedOperand }
  public var transformLayers: Int { (ringDegree / componentDegree).trailingZeroBitCount }
  public var declaresZeros: Bool { true }
  public var multiplicandLayout: MultiplicandLayout { .positions }
  public var multiplicandSparsity: Int { componentCount * tile.inner * tile.columns }

  var componentCount: Int { ringDegree / componentDegree }
  var groupCount: Int { capacity.dividedRoundingUp(by: componentCount) }
  var rowTiles: Int { form.rows.dividedRoundingUp(by: tile.rows) }
  var innerTiles: Int { form.inner.dividedRoundingUp(by: tile.inner) }
  var columnTiles: Int { form.columns.dividedRoundingUp(by: tile.columns) }

  public var ciphertextCount: Int { groupCount * rowTiles * innerTiles }
  public var replyCount: Int { groupCount * rowTiles * columnTiles * sumParts }
  public var largestWeight: Int { termLimit * multiplicandSparsity }

  public func encryptedEntries(ciphertext k: Int) -> [Int32] {
    let (line, innerTile) = k.quotientAndRemainder(dividingBy: innerTiles)
    let (group, rowTile) = line.quotientAndRemainder(dividingBy: rowTiles)
    let count = shape.count(encryptedOperand)
    return positions(group: group) { map, entries, offset in
      for r in 0..<tile.rows where rowTile * tile.rows + r < form.rows {
        for i in 0..<tile.inner where innerTile * tile.inner + i < form.inner {
          entries[offset + r * tile.inner * tile.columns + tile.inner - 1 - i] = Int32(
            map * count + form.encryptedEntry(row: rowTile * tile.rows + r, inner: innerTile * tile.inner + i))
        }
      }
    }
  }

  public func terms(reply j: Int) -> Range<Int> {
    let reply = location(reply: j)
    let first = (reply.group * rowTiles + reply.rowTile) * innerTiles
    return first + reply.part * termLimit..<first + min((reply.part + 1) * termLimit, innerTiles)
  }

  public func multiplicandEntries(reply j: Int, ciphertext k: Int) -> [Int32] {
    let reply = location(reply: j)
    let innerTile = k % innerTiles
    let count = shape.count(multipliedOperand)
    return positions(group: reply.group) { map, entries, offset in
      for j in 0..<tile.columns where reply.columnTile * tile.columns + j < form.columns {
        for i in 0..<tile.inner where innerTile * tile.inner + i < form.inner {
          let entry = form.multipliedEntry(
            inner: innerTile * tile.inner + i, column: reply.columnTile * tile.columns + j)
          if let entry { entries[offset + j * tile.inner + i] = Int32(map * count + entry) }
        }
      }
    }
  }

  public func outputs(reply j: Int) -> [PackedOutput] {
    let reply = location(reply: j)
    var outputs: [PackedOutput] = []
    for t in 0..<componentCount where reply.group * componentCount + t < capacity {
      for r in 0..<tile.rows where reply.rowTile * tile.rows + r < form.rows {
        for j in 0..<tile.columns where reply.columnTile * tile.columns + j < form.columns {
          let entry = form.outputEntry(
            row: reply.rowTile * tile.rows + r, column: reply.columnTile * tile.columns + j)
          outputs.append(
            PackedOutput(
              position: t * componentDegree + (r * tile.columns + j + 1) * tile.inner - 1,
              entry: (reply.group * componentCount + t) * shape.outputCount + entry))
        }
      }
    }
    return outputs
  }

  private func location(reply j: Int) -> (group: Int, rowTile: Int, columnTile: Int, part: Int) {
    precondition((0..<replyCount).contains(j), "a reply of the packing")
    let (line, part) = j.quotientAndRemainder(dividingBy: sumParts)
    let (rest, columnTile) = line.quotientAndRemainder(dividingBy: columnTiles)
    let (group, rowTile) = rest.quotientAndRemainder(dividingBy: rowTiles)
    return (group, rowTile, columnTile, part)
  }

  /// N positions of which `fill` sets those of each map, given its number and the first position of its polynomial.
  private func positions(group: Int, _ fill: (Int, inout [Int32], Int) -> Void) -> [Int32] {
    var entries = [Int32](repeating: -1, count: ringDegree)
    for t in 0..<componentCount where group * componentCount + t < capacity {
      fill(group * componentCount + t, &entries, t * componentDegree)
    }
    return entries
  }

  public var description: String {
    "coefficient packing of \(capacity) × \(shape), \(encryptedOperand) encrypted, "
      + "tiles \(tile.rows)x\(tile.inner)x\(tile.columns), \(componentCount) polynomials of degree \(componentDegree)"
  }
}

extension Int {
  /// The smallest power of two ≥ a positive number.
  var roundedUpToPowerOfTwo: Int { self == 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
