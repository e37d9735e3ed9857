internal import FieldArithmetic
package import MPCCore
package import SecretSharing

/// The low bits of random masks, grouped in digits of w bits, with the products of the bits of each digit: for a public
/// v, [digit = v] and [digit > v] are linear in them, so they cost nothing online.
///
/// Source: `Papers/MODEL.md`, "Comparison" (own derivation on [CH10]).
package struct SharedDigits<S: SharingScheme> {
  let form: ComparisonMasks<S>.Form
  let count: Int
  /// Per digit and bit pattern 1…2^w − 1 the shares of the monomial, `count` each.
  let monomials: [[SharedVector<S>]]

  init(form: ComparisonMasks<S>.Form, count: Int, monomials all: SharedVector<S>) {
    self.form = form
    self.count = count
    var position = 0
    monomials = form.digits.map { width in
      (1..<(1 << width)).map { _ in
        defer { position += count }
        return all[position..<(position + count)]
      }
    }
  }

  /// [r0] = Σ 2^i [r_i].
  func composed() -> SharedVector<S> {
    var sum = SharedVector<S>(zeros: count)
    var position = 0
    for (digit, width) in form.digits.enumerated() {
      for bit in 0..<width {
        sum.multiplyAccumulate(S.F.powerOfTwo(position + bit), monomials[digit][(1 << bit) - 1])
      }
      position += width
    }
    return sum
  }

  /// Coefficients, over the monomials (index 0 the constant), of a function of one digit that is given by its truth table.
  ///
  /// Möbius transform: the coefficient of a monomial T is Σ over subsets U of T of (−1)^(|T|−|U|)·f(U), at most 2^(w−1) in
  /// absolute value; for equality and order with a constant −1, 0 or 1 (by induction over the digit's top bit).
  private static func coefficients(width: Int, of function: (Int) -> Bool) -> [Int8] {
    var table: [Int8] = (0..<(1 << width)).map { function($0) ? 1 : 0 }
    for bit in 0..<width {
      for pattern in 0..<(1 << width) where pattern >> bit & 1 == 1 { table[pattern] -= table[pattern ^ (1 << bit)] }
    }
    return table
  }

  /// For every mask j: [function(digit_j, v_j)] for public values v; linear, without communication.
  /// - Parameters:
  ///   - digit: which digit.
  ///   - values: v_j, `count` public digit values below 2^w.
  ///   - ones: `count` shared ones.
  ///   - function: a predicate of (secret digit, public digit).
  func evaluate(digit: Int, values: [UInt8], ones: SharedVector<S>, _ function: (Int, Int) -> Bool) -> SharedVector<S> {
    let width = form.digits[digit]
    let tables = (0..<(1 << width)).map { v in Self.coefficients(width: width) { function($0, v) } }
    var result = SharedVector<S>(zeros: count)
    for monomial in 0..<(1 << width) {
      var column = tables.map { $0[monomial] }
      while column.contains(where: { $0 != 0 }) {  // once for coefficients −1, 0, 1
        let signs = column.map { $0.signum() }
        result.accumulate(
          signs: values.map { signs[Int($0)] }, monomial == 0 ? ones : monomials[digit][monomial - 1])
        for v in column.indices { column[v] -= signs[v] }
      }
    }
    return result
  }

  /// The public digit `digit` of every value.
  func digitValues(_ values: [UInt128], digit: Int) -> [UInt8] {
    let position = UInt128(digit * form.digitWidth)
    let mask = UInt8((1 << form.digits[digit]) - 1)
    return values.map { UInt8(truncatingIfNeeded: $0 >> position) & mask }
  }
}

extension Session {
  /// Draws comparison masks and takes them apart.
  package mutating func drawDigits(_ count: Int, form: ComparisonMasks<S>.Form, valueBits: Int)
    async throws(ProtocolAbort) -> (digits: SharedDigits<S>, high: SharedVector<S>, highOffset: S.F)
  {
    let masks = try await draw { source throws(ProtocolAbort) in try await source.comparisonMasks(count, form: form) }
    let offset = masks.highOffset
    requireNoWrap(valueBits: valueBits, maskBits: form.lowBits + masks.highBoundBits)
    let (monomials, high) = masks.spend()
    return (SharedDigits(form: form, count: count, monomials: monomials), high, offset)
  }

  /// [c < r] for public c and the masks' low bits r.
  ///
  /// Paper: [CH10, BitLT] as a carry tree over digits: generate = [r_digit > c_digit], propagate = [r_digit = c_digit],
  /// (p2, g2)∘(p1, g1) = (p2·p1, g2 + p2·g1). ⌈log2 D⌉ rounds for D digits, 2(D−1) − ⌈log2 D⌉ products.
  package mutating func lessThan(publicValues c: [UInt128], _ digits: SharedDigits<S>) async throws(ProtocolAbort)
    -> SharedVector<S>
  {
    let count = digits.count
    let ones = constant(S.F.filled(count, with: .one))
    var generate: [SharedVector<S>] = []
    var propagate: [SharedVector<S>] = []
    for digit in digits.form.digits.indices {
      let values = digits.digitValues(c, digit: digit)
      generate.append(digits.evaluate(digit: digit, values: values, ones: ones) { $0 > $1 })
      propagate.append(digits.evaluate(digit: digit, values: values, ones: ones) { $0 == $1 })
    }
    while generate.count > 1 {
      var left: [SharedVector<S>] = []
      var right: [SharedVector<S>] = []
      for low in stride(from: 0, to: generate.count - 1, by: 2) {
        left.append(propagate[low + 1])
        right.append(generate[low])
        if low > 0 {  // the least significant node's propagate is never used
          left.append(propagate[low + 1])
          right.append(propagate[low])
        }
      }
      let products = try await multiply(SharedVector.concatenate(left), SharedVector.concatenate(right))
      var next = 0
      func takeProduct() -> SharedVector<S> {
        defer { next += 1 }
        return products[(next * count)..<((next + 1) * count)]
      }
      var generated: [SharedVector<S>] = []
      var propagated: [SharedVector<S>] = []
      for low in stride(from: 0, to: generate.count - 1, by: 2) {
        generated.append(generate[low + 1] + takeProduct())
        propagated.append(low > 0 ? takeProduct() : propagate[low])
      }
      if generate.count % 2 == 1 {
        generated.append(generate[generate.count - 1])
        propagated.append(propagate[propagate.count - 1])
      }
      generate = generated
      propagate = propagated
    }
    return generate[0]
  }
}
