internal import Glibc
internal import Online

/// Rounding of the clear steps: none, or that of probabilistic truncation, ⌊x⌋ + u with P[u = 1] = x − ⌊x⌋, which has the
/// distribution of the secure one whatever the masks are.
struct ClearRounding: Sendable {
  let fractionBits: Int
  /// nil: nothing is rounded.
  private var generator: SplitMix64?

  init(fractionBits: Int, seed: UInt64?) {
    self.fractionBits = fractionBits
    generator = seed.map { SplitMix64(state: $0) }
  }

  /// To the nearest encoding, as inputs are.
  func encoded(_ x: Double) -> Double {
    guard generator != nil else { return x }
    let one = Double(sign: .plus, exponent: fractionBits, significand: 1)
    return (x * one).rounded() / one
  }

  /// One truncation, to f fraction bits and `more`.
  mutating func truncate(_ x: Double, more: Int = 0) -> Double {
    guard generator != nil else { return x }
    let one = Double(sign: .plus, exponent: fractionBits + more, significand: 1)
    let scaled = x * one
    let floor = scaled.rounded(.down)
    let unit = generator?.unit() ?? 0
    return (floor + (unit < scaled - floor ? 1 : 0)) / one
  }

  mutating func truncate(_ row: [Double]) -> [Double] {
    guard generator != nil else { return row }
    var result = row
    for index in row.indices { result[index] = truncate(row[index]) }
    return result
  }

  /// σ by the method that is computed securely, with its rounded slopes; the exact function where nothing is rounded.
  mutating func sigmoid(_ x: Double, _ method: Sigmoid) -> Double {
    guard generator != nil else { return method(x) }
    switch method {
    case .threePieces: return PiecewiseLinear.sigmoid3(x)
    case .fivePieces:
      let function = PiecewiseLinear.sigmoid5
      let piece = function.cuts.count { x >= encoded($0) }
      return truncate(encoded(function.slopes[piece]) * x + encoded(function.intercepts[piece]))
    case .polynomial: return truncate(method(x))
    case .exact(let exponential):
      let half = 1 / (1 + power(-abs(x), exponential))
      return truncate(x < 0 ? 1 - half : half)
    }
  }

  /// The softmax of a row by the method that is computed securely; the exact function where nothing is rounded.
  mutating func softmax(_ row: [Double], _ method: Softmax) -> [Double] {
    guard generator != nil else { return method(row) }
    let largest = row.max() ?? 0
    var powers: [Double] = []
    for x in row { powers.append(power(x - largest, method.exponential)) }
    let reciprocal = truncate(1 / powers.reduce(0, +))
    return truncate(powers.map { $0 * reciprocal })
  }

  /// e^x for x ≤ 0; by squarings with f + m fraction bits, each truncated, where that is the method.
  private mutating func power(_ x: Double, _ method: Exponential) -> Double {
    guard case .limit(let steps) = method else { return truncate(exp(x)) }
    let count = Double(sign: .plus, exponent: steps, significand: 1)
    var power = 1 + max(x, -count) / count
    for step in 1...steps { power = truncate(power * power, more: step < steps ? steps : 0) }
    return power
  }
}
