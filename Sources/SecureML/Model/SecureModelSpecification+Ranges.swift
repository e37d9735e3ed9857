public import MPCCore
internal import Online

// How long values can become. The range proofs bound what a cheater can input, and with it everything computed from it:
// a layer whose bound stays below k bits hides its values from every cheater, not only for the data at hand.
extension SecureModelSpecification {
  /// For each layer the length, sign included, of the longest value that it truncates or compares, over *all* features
  /// and weights that pass the range proofs. Interval arithmetic: an upper bound.
  public var worstCaseBits: [Int] {
    let one = Double(format.one)
    let weight = Double(UInt64(1) << UInt64(weightBits - 1))
    var bound = Double(UInt64(1) << UInt64(featureBits - 1))  // |x|, as an integer with f fraction bits
    var result: [Int] = []
    for (index, layer) in layers.enumerated() {
      var longest = bound
      switch layer {
      case .dense, .convolution, .scale:
        let terms: Double
        if case .convolution(_, let kernelHeight, let kernelWidth, _, _, let groups) = layer,
          case .image(let channels, _, _) = shapes[index]
        {
          terms = Double(channels / groups * kernelHeight * kernelWidth)
        } else {
          terms = layer == .scale ? 1 : Double(shapes[index].count)
        }
        longest = terms * bound * weight + one * weight
        bound = longest / one + 1
      case .bias:
        bound += weight
        longest = bound
      case .square:
        longest = bound * bound
        bound = longest / one + 1
      case .averagePool, .globalAveragePool:
        // The sum, or the sum times round(2^f/count); the latter is at most 2^f/count + 1/2.
        let area = Double(layer.pooling(shapes[index])?.area ?? 1)
        longest = max(bound * area, bound * (one + area / 2))
        bound += 1 + bound * area / (2 * one)
      case .exponential(let method):
        // Clamped, or computed from bits: wrong beyond the domain, but never longer than this.
        bound = one * method.largestResult(format)
      case .softmax: bound = one * 1.1
      case .sigmoid(let method):
        // Clamped or compared first, and what is truncated afterwards is part of `longestValueBits`; unless the caller
        // promised |x| ≤ R: then the d-th power of what exceeds R comes on top of k bits.
        var largest = one * 1.1
        if case .polynomial(let degree, let radius, .excludedByCaller) = method, bound > radius * one {
          let excess = bound / (radius * one)
          longest = max(bound, Double(UInt64(1) << UInt64(format.valueBits - 1)))
          for _ in 0..<degree { longest *= excess }
          largest = longest
        }
        bound = largest
      case .maxPool, .flatten, .relu, .argmax, .batchNormalization: break
      }
      result.append(longest.isFinite ? Int(longest.exponent) + 2 : Int.max)
    }
    return result
  }

  /// s′: how well the masks hide the model's values over *all* inputs that pass the range proofs, in bits.
  ///
  /// A mask is s bits longer than k; every bit by which a value can outgrow k is a bit less of hiding. For the data at
  /// hand, which stays below k bits, it is s.
  public func statisticalSecurityForAllInputs(_ parameters: SecurityParameters) -> Int {
    let longest = min(worstCaseBits.max() ?? 0, format.valueBits + parameters.statisticalSecurity)
    return parameters.statisticalSecurity - max(0, longest - format.valueBits)
  }

  /// Checks that no layer can leave k bits, whatever is input within the proven ranges.
  /// - Throws: `valuesTooLong` for the first layer that can.
  public func requireHiddenForAllInputs() throws(ModelError) {
    for (index, bits) in worstCaseBits.enumerated() where bits > format.valueBits {
      throw .valuesTooLong(
        layer: index, kind: layers[index].kind, neededBits: bits, valueBits: format.valueBits)
    }
  }
}

extension Int {
  var isPowerOfTwo: Bool { self > 0 && self & (self - 1) == 0 }
}
