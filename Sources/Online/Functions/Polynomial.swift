internal import FieldArithmetic
package import MPCCore
package import SecretSharing

/// A polynomial with public real coefficients, for arguments in [−1, 1].
public struct Polynomial: Hashable, Sendable, Codable {
  /// c_0, c_1, …, c_d.
  public var coefficients: [Double]

  /// Creates c_0 + c_1·u + …
  public init(coefficients: [Double]) {
    precondition(!coefficients.isEmpty && coefficients.allSatisfy(\.isFinite), "finite coefficients")
    self.coefficients = coefficients
  }

  /// d.
  public var degree: Int { coefficients.count - 1 }

  /// The value in clear (Horner).
  public func callAsFunction(_ u: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * u + $1 }
  }

  /// ⌈log2⌉ of a bound of the values on [−1, 1], at least 0.
  var magnitudeBits: Int {
    let bound = coefficients.reduce(1) { $0 + abs($1) }
    return Int(bound.exponent) + 1
  }

  /// The powers that occur, and those they are made of: u^e = u^h·u^(e−h), h the largest power of two below e.
  var powers: [Int] {
    var needed = Set(coefficients.indices.filter { $0 > 1 && coefficients[$0] != 0 })
    for power in stride(from: degree, through: 2, by: -1) where needed.contains(power) {
      let half = Polynomial.split(power)
      needed.formUnion([half, power - half].filter { $0 > 1 })
    }
    return needed.sorted()
  }

  static func split(_ power: Int) -> Int { 1 << (FixedPointFormat.ceilLog2(power) - 1) }

  /// 2^(1/2 + u) by its Taylor polynomial at u = 0: √2·Σ (u·ln 2)^i/i!.
  static func powerOfTwo(degree: Int) -> Polynomial {
    precondition((1...7).contains(degree), "degree 1…7")
    var coefficients = [1.414_213_562_373_095_1]
    for power in 1...degree { coefficients.append(coefficients[power - 1] * 0.693_147_180_559_945_3 / Double(power)) }
    return Polynomial(coefficients: coefficients)
  }

  /// The odd polynomial p of least squares for σ(R·u) − 1/2 on 401 equidistant points of [−1, 1], plus 1/2.
  ///
  /// Plain IEEE additions, products and quotients in a fixed order: the same coefficients on every machine, so all
  /// parties agree. Source: `Papers/MODEL.md`, "Functions" (own fit).
  public static func sigmoid(degree: Int, radius: Double) -> Polynomial {
    precondition(degree % 2 == 1 && (1...9).contains(degree) && radius > 0, "degree 1, 3, 5, 7 or 9, R > 0")
    let points = (0...400).map { -1 + Double($0) / 200 }
    let powers = Array(stride(from: 1, through: degree, by: 2))
    let targets = points.map { clearSigmoid(radius * $0) - 0.5 }
    func moment(_ power: Int, _ weights: [Double]?) -> Double {
      var sum = 0.0
      for (index, point) in points.enumerated() {
        var term = weights?[index] ?? 1
        for _ in 0..<power { term *= point }
        sum += term
      }
      return sum
    }
    var matrix = powers.map { row in powers.map { moment(row + $0, nil) } + [moment(row, targets)] }
    for pivot in powers.indices {  // normal equations, Gaussian elimination
      for row in powers.indices where row > pivot {
        let factor = matrix[row][pivot] / matrix[pivot][pivot]
        for column in matrix[row].indices { matrix[row][column] -= factor * matrix[pivot][column] }
      }
    }
    var coefficients = [Double](repeating: 0, count: degree + 1)
    coefficients[0] = 0.5
    for row in powers.indices.reversed() {
      var value = matrix[row][powers.count]
      for column in powers.indices where column > row { value -= matrix[row][column] * coefficients[powers[column]] }
      coefficients[powers[row]] = value / matrix[row][row]
    }
    return Polynomial(coefficients: coefficients)
  }

  /// 1/(1 + e^−x) from IEEE basic operations only, to about 1e-13.
  static func clearSigmoid(_ x: Double) -> Double {
    let reduced = -abs(x) / 256
    var term = 1.0
    var power = 1.0
    for index in 1...12 {
      term = term * reduced / Double(index)
      power += term
    }
    for _ in 0..<8 { power *= power }
    return x < 0 ? power / (1 + power) : 1 / (1 + power)
  }
}

extension Session {
  /// [p(u)] for |u| ≤ 1 with g fraction bits, returned with `out` ≤ 2g fraction bits.
  ///
  /// Powers by a tree, ⌈log2 d⌉ levels of product, check and truncation; then one truncation of the sum. Error: d ulp of
  /// 2^−g for every coefficient's power, the rounding 2^(−g−1) of the coefficients, and one ulp of the result.
  /// |u| > 1 + 2^(2−g) would leave the range in which powers stay hidden.
  package mutating func evaluate(_ polynomial: Polynomial, at u: SharedVector<S>, fractionBits g: Int, to out: Int)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    var known: [Int: SharedVector<S>] = [1: u]
    var waiting = polynomial.powers
    while !waiting.isEmpty {
      var level: [(power: Int, left: SharedVector<S>, right: SharedVector<S>)] = []
      for power in waiting {
        let half = Polynomial.split(power)
        if let left = known[half], let right = known[power - half] { level.append((power, left, right)) }
      }
      let products = try await multiply(
        SharedVector.concatenate(level.map(\.left)), SharedVector.concatenate(level.map(\.right)))
      let truncated = try await truncateProbabilistically(products, valueBits: 2 * g + 4, droppedBits: g)
      for (index, entry) in level.enumerated() {
        known[entry.power] = truncated[(index * u.count)..<((index + 1) * u.count)]
      }
      waiting.removeAll { known[$0] != nil }
    }
    var sum = SharedVector<S>(zeros: u.count)
    for (power, coefficient) in polynomial.coefficients.enumerated() where power > 0 && coefficient != 0 {
      if let value = known[power] {
        sum.multiplyAccumulate(publicFactor(coefficient, fractionBits: g), value)
      }
    }
    sum = add(publicFactor(polynomial.coefficients[0], fractionBits: g) * S.F.powerOfTwo(g), to: sum)
    return try await changeFractionBits(
      sum, from: 2 * g, to: out, valueBits: 2 * g + polynomial.magnitudeBits + 2)
  }
}
