package import FieldArithmetic
public import MPCCore

extension Session {
  /// Inputs of one party that are *proven* to lie in [−2^(bits−1), 2^(bits−1)): signed integers.
  ///
  /// Every MAC check passes for an out-of-range input, and where it meets a truncation or comparison the opened, bounded
  /// mask shows the other operand; so what a possibly corrupt party inputs there comes this way (`Papers/MODEL.md`,
  /// "Inputs"). Cost in the active scheme: 9/8 inputs and 1/8 opening for 3 bits, and 57 inputs for the whole batch, see
  /// ``DigitProof``; in the passive one 1 input a value.
  /// - Parameters:
  ///   - values: the inputs at `party`, `nil` everywhere else.
  ///   - count: how many values.
  ///   - bits: length of the range, 1…63.
  /// - Throws: `macCheckFailed` when a value is out of range, except with probability ``DigitProof/errorBound(_:_:)``.
  public mutating func inputRange(_ values: [Int64]?, count: Int, bits: Int, from party: PartyID)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    precondition((1...63).contains(bits), "ranges of 1…63 bits")
    precondition((values != nil) == (party == me), "the party whose input it is passes the values, and only it")
    let offset = Int64(1) << (bits - 1)
    var naturals: [UInt64]?
    if let values {
      precondition(values.count == count, "as many values as announced")
      naturals = values.map { value in
        precondition(value >= -offset && value < offset, "an honest input lies in its range")
        return UInt64(bitPattern: value &+ offset)
      }
    }
    let shared = try await S.inputProven(naturals, form: DigitForm(count: count, bits: bits), from: party, in: &self)
    return add(-S.F.powerOfTwo(bits - 1), to: shared)
  }
}

/// How values are taken apart into digits, and these into groups that are proven together; see ``DigitProof``.
public struct DigitForm: Hashable, Sendable {
  /// How many values.
  public let count: Int
  /// Each in [0, 2^bits).
  public let bits: Int

  /// Values of 1…63 bits.
  public init(count: Int, bits: Int) {
    precondition(count >= 0 && (1...63).contains(bits), "values of 1…63 bits")
    self.count = count
    self.bits = bits
  }

  /// Bits of all digits but perhaps the last.
  static let digitWidth = 3
  /// Digits of a group.
  static let groupSize = 8

  /// Digits of one width.
  struct Section: Hashable {
    /// Bits of a digit.
    let width: Int
    /// How many digits.
    let digitCount: Int
    /// Groups of 8, the last one filled up with zeros.
    var groupCount: Int { (digitCount + DigitForm.groupSize - 1) / DigitForm.groupSize }
    /// What is input: 8 digits and a mask a group.
    var inputCount: Int { groupCount * (DigitForm.groupSize + 1) }
  }

  /// The digits of full width of all values, least significant digits first; then the last, shorter ones.
  var sections: [Section] {
    let (full, rest) = bits.quotientAndRemainder(dividingBy: Self.digitWidth)
    let all = [Section(width: Self.digitWidth, digitCount: full * count), Section(width: rest, digitCount: count)]
    return all.filter { $0.width > 0 && $0.digitCount > 0 }
  }

  /// Degree of Σ γ_g·P(d_g(X)).
  package var degree: Int { Self.groupSize << min(bits, Self.digitWidth) }
  /// Coefficients of that polynomial divided by Z.
  package var quotientCount: Int { degree - Self.groupSize + 1 }

  /// The digits of integers, section after section.
  package func digits<F: PrimeField>(of values: [UInt64], _: F.Type) -> [F] {
    var digits: [F] = []
    digits.reserveCapacity(count * ((bits + 2) / 3))
    for low in stride(from: 0, to: bits, by: Self.digitWidth) {
      let mask = UInt64(1) << UInt64(min(Self.digitWidth, bits - low)) - 1
      for value in values { digits.append(F(value >> UInt64(low) & mask)) }
    }
    return digits
  }
}
