internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// Shared bits of a vector of integers.
public struct SharedBits<S: SharingScheme>: Sendable {
  /// The position of `bits[0]`.
  public let firstPosition: Int
  /// Least significant first; every vector holds one bit of every integer.
  public let bits: [SharedVector<S>]
  /// x mod 2^m, the integer of all m low bits, whatever x was.
  public let residue: SharedVector<S>
}

extension Session {
  /// Bits j … m−1 of x in two's complement, and x mod 2^m.
  ///
  /// Open c = 2^(k−1) + x + r with m exact bits of r. A carry tree (Sklansky's prefix form of [CH10, BitLT]) over digits
  /// of w bits gives the borrow B of c − r into every digit; a bit of x is α + β·B with α and β depending on the digit
  /// of r and on c alone, hence linear in the shared monomials of that digit. Cost: check, then 1 + ⌈log2 ⌈m/w⌉⌉ + 1
  /// rounds; at most ⌈m/w⌉·⌈log2 ⌈m/w⌉⌉ + m − j triples and one comparison mask a value. Exact.
  /// - Parameters:
  ///   - x: values in [−2^(k−1), 2^(k−1)); for values in [0, 2^m) the bits are those of x.
  ///   - valueBits: k, above m.
  ///   - lowBits: m.
  ///   - firstPosition: j, below m.
  public mutating func bits(
    of x: SharedVector<S>, valueBits: Int, lowBits: Int, firstPosition: Int = 0, digitWidth: Int = 2
  ) async throws(ProtocolAbort) -> SharedBits<S> {
    precondition(lowBits > firstPosition && firstPosition >= 0 && lowBits < valueBits, "0 ≤ j < m < k")
    let form = ComparisonMasks<S>.Form(
      lowBits: lowBits, highBits: valueBits + parameters.statisticalSecurity - lowBits, digitWidth: digitWidth)
    let (digits, high, offset) = try await drawDigits(x.count, form: form, valueBits: valueBits)
    let low = digits.composed()
    let opened = try await openMasked(
      x, low: low, high: high, lowBits: lowBits, highOffset: offset, shift: S.F.powerOfTwo(valueBits - 1))  // 1
    let c = S.F.canonicalValues(opened.span)
    let borrows = try await borrows(publicValues: c, digits)  // 2: out of every digit
    let bits = try await differenceBits(c, digits, borrows: borrows, from: firstPosition)  // 3
    var residue = borrows[borrows.count - 1].scaled(by: S.F.powerOfTwo(lowBits)) - low  // c − r + 2^m·B
    var c0 = opened
    var span = c0.mutableSpan
    S.F.lowBits(&span, bits: lowBits)
    residue = add(c0, to: residue)
    return SharedBits(firstPosition: firstPosition, bits: bits, residue: residue)
  }

  /// One-hot of the most significant 1 of every integer, all 0 for 0.
  ///
  /// Products of 1 − bit from the top, in Sklansky's prefix form: ⌈log2 K⌉ rounds, at most K/2·⌈log2 K⌉ triples.
  /// - Parameter bits: K vectors of shared bits, least significant first.
  public mutating func topBit(_ bits: [SharedVector<S>]) async throws(ProtocolAbort) -> [SharedVector<S>] {
    var zerosFromTop = bits.reversed().map { add(S.F.one, to: -$0) }
    for step in PrefixTree.steps(zerosFromTop.count) {
      let products = try await multiply(
        SharedVector.concatenate(step.map { zerosFromTop[$0.target] }),
        SharedVector.concatenate(step.map { zerosFromTop[$0.source] }))
      let count = zerosFromTop[0].count
      for (index, node) in step.enumerated() {
        zerosFromTop[node.target] = products[(index * count)..<((index + 1) * count)]
      }
    }
    // The top 1 is where the run of zeros from the top ends.
    let above = [constant(S.F.filled(zerosFromTop[0].count, with: .one))] + zerosFromTop.dropLast()
    return Array(zip(above, zerosFromTop).map { $0 - $1 }.reversed())
  }

  /// The borrow of c − r out of every digit: Sklansky's prefix form of the tree in ``lessThan(publicValues:_:)``.
  private mutating func borrows(publicValues c: [UInt128], _ digits: SharedDigits<S>) async throws(ProtocolAbort)
    -> [SharedVector<S>]
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
    for step in PrefixTree.steps(generate.count) {
      let inner = step.filter { !$0.reachesStart }  // only these need their propagate further on
      let products = try await multiply(
        SharedVector.concatenate(step.map { propagate[$0.target] } + inner.map { propagate[$0.target] }),
        SharedVector.concatenate(step.map { generate[$0.source] } + inner.map { propagate[$0.source] }))
      for (index, node) in step.enumerated() {
        generate[node.target] += products[(index * count)..<((index + 1) * count)]
      }
      for (index, node) in inner.enumerated() {
        let start = (step.count + index) * count
        propagate[node.target] = products[start..<(start + count)]
      }
    }
    return generate
  }

  /// Bits from position `first` of c − r given the borrows: 1 round, one triple a bit beyond the first digit.
  private mutating func differenceBits(
    _ c: [UInt128], _ digits: SharedDigits<S>, borrows: [SharedVector<S>], from first: Int
  ) async throws(ProtocolAbort) -> [SharedVector<S>] {
    let ones = constant(S.F.filled(digits.count, with: .one))
    var bits: [SharedVector<S>] = []
    var factors: [SharedVector<S>] = []
    var carried: [SharedVector<S>] = []
    for (digit, width) in digits.form.digits.enumerated() {
      let values = digits.digitValues(c, digit: digit)
      for bit in 0..<width where digit * digits.form.digitWidth + bit >= first {
        let withoutBorrow = digits.evaluate(digit: digit, values: values, ones: ones) { ($1 &- $0) >> bit & 1 == 1 }
        bits.append(withoutBorrow)
        guard digit > 0 else { continue }
        let withBorrow = digits.evaluate(digit: digit, values: values, ones: ones) { ($1 &- $0 &- 1) >> bit & 1 == 1 }
        factors.append(withBorrow - withoutBorrow)
        carried.append(borrows[digit - 1])
      }
    }
    guard !factors.isEmpty else { return bits }
    let products = try await multiply(SharedVector.concatenate(factors), SharedVector.concatenate(carried))
    let count = digits.count
    let unchanged = bits.count - factors.count
    for index in factors.indices {
      bits[unchanged + index] += products[(index * count)..<((index + 1) * count)]
    }
    return bits
  }
}

/// Sklansky's parallel prefix: in step l the upper half of every block of 2^(l+1) nodes takes in the last node of the
/// lower half.
enum PrefixTree {
  struct Node {
    /// Who is updated, and by whom.
    let target, source: Int
    /// Whether `target` covers everything from node 0 afterwards.
    let reachesStart: Bool
  }

  static func steps(_ count: Int) -> [[Node]] {
    var steps: [[Node]] = []
    var half = 1
    while half < count {
      var step: [Node] = []
      for target in 0..<count where target & half != 0 {
        let start = target & ~(2 * half - 1)
        step.append(Node(target: target, source: start + half - 1, reachesStart: start == 0))
      }
      steps.append(step)
      half *= 2
    }
    return steps
  }
}
