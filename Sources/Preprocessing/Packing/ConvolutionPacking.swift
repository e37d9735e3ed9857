public import SecretSharing

/// Convolutions by polynomial products: C′ channels of one image and M′ filters in polynomials of degree
/// d ≥ M′·C′·H·W (H × W with its zero padding).
///
/// p_I = Σ I[c][y][x]·X^(c·HW + y·W + x), p_K = Σ K[m][c][i][j]·X^(m·C′·HW + O − c·HW − i·W − j) with
/// O = (C′−1)·HW + (h−1)·W + w−1; coefficient m·C′·HW + O + y·W + x of p_I·p_K is output (m, y, x) for stride 1; a
/// stride reads every so-manyth. Source: [HLHD22, section 4]; for SPDZ [RRHK23].
///
/// A plaintext is N/d independent polynomials. With the images encrypted each holds one image (of one map or another);
/// with the kernels encrypted each holds the kernels of one map, and the images of a map's batch take a reply each. More
/// channels and filters are split into chunks; sums over chunks of channels are made in the ring. Positions without an
/// entry, the padding included, are declared zero.
public struct ConvolutionPacking: BilinearPacking {
  let geometry: ConvolutionShape
  public let encryptedOperand: BilinearShape.Operand
  public private(set) var capacity: Int
  public let ringDegree: Int
  /// C′ and M′.
  let channels, filters: Int
  /// d.
  let componentDegree: Int
  let termLimit, sumParts: Int

  /// - Parameters:
  ///   - shape: of every map.
  ///   - operand: the one to be encrypted, images (`left`) or kernels (`right`).
  ///   - channels: C′; filters: M′; cut down to the shape.
  ///   - capacity: maps in a batch; nil for as many as fill one ciphertext, at least 1.
  ///   - maximumWeight: `Parameters/maximumReplyWeight` of the set.
  /// - Returns: nil if the chunk has more than N coefficients, or a product is too heavy.
  public init?(
    _ shape: ConvolutionShape, encrypting operand: BilinearShape.Operand, channels: Int, filters: Int,
    capacity: Int? = nil, ringDegree: Int, maximumWeight: Int
  ) {
    precondition(
      ringDegree.nonzeroBitCount == 1 && channels > 0 && filters > 0 && (capacity ?? 1) > 0,
      "N is a power of two, counts are positive")
    geometry = shape
    encryptedOperand = operand
    self.ringDegree = ringDegree
    self.channels = min(channels, shape.channels)
    self.filters = min(filters, shape.filters)
    componentDegree = (self.channels * self.filters * shape.paddedCount).roundedUpToPowerOfTwo
    guard componentDegree <= ringDegree else { return nil }
    let components = ringDegree / componentDegree
    self.capacity = capacity ?? max(1, operand == .left ? components / shape.batch : components)
    let multiplied =
      operand == .left
      ? self.channels * self.filters * shape.kernelHeight * shape.kernelWidth
      : self.channels * shape.height * shape.width
    let weight = components * multiplied
    guard weight <= maximumWeight else { return nil }
    let channelChunks = shape.channels.dividedRoundingUp(by: self.channels)
    sumParts = channelChunks.dividedRoundingUp(by: maximumWeight / weight)
    termLimit = channelChunks.dividedRoundingUp(by: sumParts)
    multiplicandSparsity = weight
  }

  /// The same with at most `count` maps.
  func limited(to count: Int) -> ConvolutionPacking {
    var packing = self
    packing.capacity = min(capacity, count)
    return packing
  }

  public let multiplicandSparsity: Int
  public var shape: BilinearShape { .convolution(geometry) }
  public var transformLayers: Int { componentCount.trailingZeroBitCount }
  public var declaresZeros: Bool { true }
  public var multiplicandLayout: MultiplicandLayout { .positions }

  var componentCount: Int { ringDegree / componentDegree }
  /// What one polynomial of the encrypted operand belongs to: an image of a map, or a map.
  var unitCount: Int { encryptedOperand == .left ? capacity * geometry.batch : capacity }
  var groupCount: Int { unitCount.dividedRoundingUp(by: componentCount) }
  var channelChunks: Int { geometry.channels.dividedRoundingUp(by: channels) }
  var filterChunks: Int { geometry.filters.dividedRoundingUp(by: filters) }
  /// Replies per group, filter chunk and part: with the kernels encrypted, one per image of a map.
  var imagePasses: Int { encryptedOperand == .left ? 1 : geometry.batch }

  public var ciphertextCount: Int {
    groupCount * channelChunks * (encryptedOperand == .left ? 1 : filterChunks)
  }
  public var replyCount: Int { groupCount * filterChunks * imagePasses * sumParts }
  public var largestWeight: Int { termLimit * multiplicandSparsity }

  public func encryptedEntries(ciphertext k: Int) -> [Int32] {
    let (line, channelChunk) = k.quotientAndRemainder(dividingBy: channelChunks)
    switch encryptedOperand {
    case .left: return imageEntries(group: line, channelChunk: channelChunk, pass: 0)
    case .right:
      let (group, filterChunk) = line.quotientAndRemainder(dividingBy: filterChunks)
      return kernelEntries(group: group, filterChunk: filterChunk, channelChunk: channelChunk)
    }
  }

  public func terms(reply j: Int) -> Range<Int> {
    let reply = location(reply: j)
    let line = encryptedOperand == .left ? reply.group : reply.group * filterChunks + reply.filterChunk
    let first = line * channelChunks
    return first + reply.part * termLimit..<first + min((reply.part + 1) * termLimit, channelChunks)
  }

  public func multiplicandEntries(reply j: Int, ciphertext k: Int) -> [Int32] {
    let reply = location(reply: j)
    let channelChunk = k % channelChunks
    return encryptedOperand == .left
      ? kernelEntries(group: reply.group, filterChunk: reply.filterChunk, channelChunk: channelChunk)
      : imageEntries(group: reply.group, channelChunk: channelChunk, pass: reply.pass)
  }

  public func outputs(reply j: Int) -> [PackedOutput] {
    let s = geometry
    let reply = location(reply: j)
    var outputs: [PackedOutput] = []
    for t in 0..<componentCount {
      guard let (map, item) = unit(reply.group * componentCount + t, pass: reply.pass) else { continue }
      for m in 0..<filters where reply.filterChunk * filters + m < s.filters {
        for y in 0..<s.outputHeight {
          for x in 0..<s.outputWidth {
            let filter = item * s.filters + reply.filterChunk * filters + m
            outputs.append(
              PackedOutput(
                position: t * componentDegree + m * channels * s.paddedCount + offset
                  + y * s.stride * s.paddedWidth + x * s.stride,
                entry: map * s.outputCount + (filter * s.outputHeight + y) * s.outputWidth + x))
          }
        }
      }
    }
    return outputs
  }

  /// O.
  private var offset: Int {
    (channels - 1) * geometry.paddedCount + (geometry.kernelHeight - 1) * geometry.paddedWidth + geometry.kernelWidth
      - 1
  }

  private func location(reply j: Int) -> (group: Int, filterChunk: Int, pass: Int, part: Int) {
    precondition((0..<replyCount).contains(j), "a reply of the packing")
    let (line, part) = j.quotientAndRemainder(dividingBy: sumParts)
    let (rest, pass) = line.quotientAndRemainder(dividingBy: imagePasses)
    let (group, filterChunk) = rest.quotientAndRemainder(dividingBy: filterChunks)
    return (group, filterChunk, pass, part)
  }

  /// The map and the image in it that a polynomial belongs to; nil for an unused one.
  private func unit(_ index: Int, pass: Int) -> (map: Int, item: Int)? {
    guard index < unitCount else { return nil }
    return encryptedOperand == .left ? index.quotientAndRemainder(dividingBy: geometry.batch) : (index, pass)
  }

  private func imageEntries(group: Int, channelChunk: Int, pass: Int) -> [Int32] {
    let s = geometry
    var entries = [Int32](repeating: -1, count: ringDegree)
    for t in 0..<componentCount {
      guard let (map, item) = unit(group * componentCount + t, pass: pass) else { continue }
      for c in 0..<channels where channelChunk * channels + c < s.channels {
        let plane = map * s.inputCount + (item * s.channels + channelChunk * channels + c) * s.height * s.width
        for y in 0..<s.height {
          let line = t * componentDegree + c * s.paddedCount + (y + s.padding) * s.paddedWidth + s.padding
          for x in 0..<s.width { entries[line + x] = Int32(plane + y * s.width + x) }
        }
      }
    }
    return entries
  }

  private func kernelEntries(group: Int, filterChunk: Int, channelChunk: Int) -> [Int32] {
    let s = geometry
    let (h, w) = (s.kernelHeight, s.kernelWidth)
    var entries = [Int32](repeating: -1, count: ringDegree)
    for t in 0..<componentCount {
      guard let (map, _) = unit(group * componentCount + t, pass: 0) else { continue }
      for m in 0..<filters where filterChunk * filters + m < s.filters {
        for c in 0..<channels where channelChunk * channels + c < s.channels {
          let kernel = (filterChunk * filters + m) * s.channels + channelChunk * channels + c
          let top = t * componentDegree + (m * channels - c) * s.paddedCount + offset
          for i in 0..<h {
            for j in 0..<w {
              entries[top - i * s.paddedWidth - j] = Int32(map * s.kernelCount + (kernel * h + i) * w + j)
            }
          }
        }
      }
    }
    return entries
  }

  public var description: String {
    "convolution packing of \(capacity) × \(shape), \(encryptedOperand == .left ? "images" : "kernels") encrypted, "
      + "\(channels) channels and \(filters) filters in \(componentCount) polynomials of degree \(componentDegree)"
  }
}

extension ConvolutionShape {
  /// W with its zero padding.
  var paddedWidth: Int { width + 2 * padding }
  /// H·W with its zero padding.
  var paddedCount: Int { (height + 2 * padding) * paddedWidth }
}
