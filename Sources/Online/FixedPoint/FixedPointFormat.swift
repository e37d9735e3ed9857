public import FieldArithmetic
public import MPCCore

/// How real numbers stand in the field: v is stored as round(v·2^f), a signed integer of k bits.
///
/// A product has 2f fraction bits and must stay below 2^(k−1) before it is truncated, accumulated sums included; that
/// is a *security* condition, because a longer value is not hidden by the mask of a truncation.
public struct FixedPointFormat: Hashable, Sendable, Codable {
  /// f, bits after the point.
  public var fractionBits: Int
  /// k, bits of every value that is truncated or compared, sign included.
  public var valueBits: Int

  /// Creates a format; the defaults are f = 16, k = 48.
  public init(fractionBits: Int = 16, valueBits: Int = 48) {
    self.fractionBits = fractionBits
    self.valueBits = valueBits
  }

  /// Checks k + s + 2 + log2 n ≤ log2 p and 0 < f < k.
  /// - Throws: ``FixedPointError`` naming the inequality with its numbers.
  public func validate<F: PrimeField>(_ field: F.Type, parameters: SecurityParameters, partyCount: Int)
    throws(FixedPointError)
  {
    guard fractionBits > 0, fractionBits < valueBits else {
      throw .fractionDoesNotFit(fractionBits: fractionBits, valueBits: valueBits)
    }
    guard valueBits <= 63 else { throw .valueTooLong(valueBits: valueBits) }
    let needed =
      valueBits + parameters.statisticalSecurity + 2 + FixedPointFormat.ceilLog2(partyCount)
    guard needed <= F.modulusBits else {
      throw .fieldTooSmall(
        field: F.name, fieldBits: F.modulusBits, valueBits: valueBits,
        statisticalSecurity: parameters.statisticalSecurity, partyCount: partyCount)
    }
  }

  /// Encodes a number: round to nearest of v·2^f.
  /// - Throws: ``FixedPointError`` for NaN, infinities and values outside [−2^(k−1−f), 2^(k−1−f)).
  public func encode(_ value: Double) throws(FixedPointError) -> Int64 {
    let scaled = (value * Double(UInt64(1) << UInt64(fractionBits))).rounded(.toNearestOrEven)
    let limit = Double(UInt64(1) << UInt64(valueBits - 1))
    guard scaled.isFinite, scaled >= -limit, scaled < limit else { throw .outOfRange(value: value, format: self) }
    return Int64(scaled)
  }

  /// Encodes many numbers.
  public func encode(_ values: [Double]) throws(FixedPointError) -> [Int64] {
    try values.map { (value) throws(FixedPointError) in try encode(value) }
  }

  /// The number a field element stands for.
  public func decode<F: PrimeField>(_ element: F) -> Double {
    Double(element.signed) / Double(UInt64(1) << UInt64(fractionBits))
  }

  /// One in the format: 2^f.
  public var one: Int64 { 1 << Int64(fractionBits) }

  /// ⌈log2 n⌉.
  package static func ceilLog2(_ n: Int) -> Int { n <= 1 ? 0 : Int.bitWidth - (n - 1).leadingZeroBitCount }
}

/// Why a fixed-point format or value cannot be used.
public enum FixedPointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// f must lie between 0 and k.
  case fractionDoesNotFit(fractionBits: Int, valueBits: Int)
  /// k is at most 63.
  case valueTooLong(valueBits: Int)
  /// k + s + 2 + log2 n exceeds log2 p.
  case fieldTooSmall(field: String, fieldBits: Int, valueBits: Int, statisticalSecurity: Int, partyCount: Int)
  /// The number has no encoding.
  case outOfRange(value: Double, format: FixedPointFormat)

  /// Cause and remedy, with the numbers.
  public var description: String {
    switch self {
    case .fractionDoesNotFit(let f, let k): "f = \(f) fraction bits do not fit in k = \(k) bits; choose 0 < f < k"
    case .valueTooLong(let k): "k = \(k): values have at most 63 bits"
    case .fieldTooSmall(let field, let bits, let k, let s, let n):
      "k + s + 2 + log2 n = \(k) + \(s) + 2 + \(FixedPointFormat.ceilLog2(n)) exceeds the \(bits) bits of \(field); "
        + "lower k or s, or use p127"
    case .outOfRange(let value, let format):
      "\(value) is not between ±2^\(format.valueBits - 1 - format.fractionBits), the range of f = "
        + "\(format.fractionBits), k = \(format.valueBits); rescale it or raise k"
    }
  }
}
