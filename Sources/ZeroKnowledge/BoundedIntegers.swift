internal import LatticeEncryption
internal import MPCCore

/// Vectors of integers in [−bound, bound]: responses of proofs.
///
/// On the wire: two's complement of ⌊log2 bound⌋ + 2 bits each, least significant bit first, without gaps; the bits that
/// fill up the last byte of a vector are zero, so that a vector has one encoding. Every other bit pattern decodes; the range
/// check comes right after.
struct BoundedIntegers {
  let bound: NaturalNumber

  /// A positive bound of fewer than 511 bits; parameter sets decide it, never a peer.
  init(_ bound: NaturalNumber) {
    precondition((1...510).contains(bound.bitWidth), "responses have 1 … 8 words")
    self.bound = bound
  }

  /// Bits of one integer.
  var bitWidth: Int { bound.bitWidth + 1 }

  /// Words of one integer; one bit to spare, so that the sum with anything in range does not wrap.
  var wordCount: Int { (bound.bitWidth + 1) / 64 + 1 }

  /// Bytes of `count` integers.
  func byteCount(_ count: Int) -> Int { (count * bitWidth + 7) / 8 }

  // MARK: Range

  /// Whether all integers are in range. Looks at all of them, without branches on their values.
  func contains(_ x: WideIntegers) -> Bool {
    precondition(x.wordCount == wordCount, "integers of this bound have another number of words")
    return wordCount == 1 ? containsWords(x) : containsWideIntegers(x)
  }

  // bound − x and bound + x are negative outside: bound − x cannot wrap for x ≥ 0, nor bound + x for x < 0, and in range
  // both are at most 2·bound < 2^(64·wordCount − 1). So the sign bits collect the violations.
  private func containsWords(_ x: WideIntegers) -> Bool {
    let bound = Int64(bound.words[0])
    return x.withPlane(0) { words in
      var outside: Int64 = 0
      for i in words.indices {
        let value = Int64(bitPattern: words[i])
        outside |= (bound &- value) | (bound &+ value)
      }
      return outside >= 0
    }
  }

  private func containsWideIntegers(_ x: WideIntegers) -> Bool {
    let (limit, count) = (bound.words + [0], x.count)  // at most one word is missing
    return x.withWords { words in
      var outside: UInt64 = 0
      for i in 0..<count {
        var difference: Int128 = 0  // carries, −1, 0 or 1
        var sum: Int128 = 0
        var signs: UInt64 = 0
        for k in 0..<wordCount {
          let word = Int128(words[k &* count &+ i])
          difference = Int128(limit[k]) &- word &+ difference
          sum = Int128(limit[k]) &+ word &+ sum
          signs = UInt64(truncatingIfNeeded: difference) | UInt64(truncatingIfNeeded: sum)
          difference >>= 64
          sum >>= 64
        }
        outside |= signs
      }
      return outside >> 63 == 0
    }
  }

  // MARK: Encoding

  /// Bits of word k of an integer; 0 if the encoding ends before it.
  private func bits(ofWord k: Int) -> Int { max(0, min(64, bitWidth - 64 * k)) }

  /// Appends `byteCount` bytes.
  func encode(_ x: WideIntegers, into writer: inout WireWriter) {
    let byteCount = byteCount(x.count)
    let words = (0..<wordCount).map { bits(ofWord: $0) }.filter { $0 > 0 }
    let count = x.count
    x.withWords { source in
      writer.append(count: byteCount) { bytes in
        var pending: UInt64 = 0
        var pendingBits = 0  // below 64
        var offset = 0
        for i in 0..<count {
          for k in words.indices {
            let width = words[k]
            let value = source[k &* count &+ i] & (.max >> UInt64(64 &- width))
            pending |= value &<< UInt64(pendingBits)
            pendingBits &+= width
            if pendingBits >= 64 {
              bytes.storeBytes(of: pending.littleEndian, toByteOffset: offset, as: UInt64.self)
              offset &+= 8
              pendingBits &-= 64
              pending = value >> UInt64(width &- pendingBits)  // 1 … 64; the shift by 64 gives 0
            }
          }
        }
        while offset < byteCount {
          bytes.storeBytes(of: UInt8(truncatingIfNeeded: pending), toByteOffset: offset, as: UInt8.self)
          pending >>= 8
          offset += 1
        }
      }
    }
  }

  /// Reads `count` integers, sign extended; nil if one is out of range.
  /// - Parameter check: the name of the range check.
  /// - Throws: `WireError.truncated` before allocating, `WireError.nonCanonical` if a filling bit is set.
  func decode(count: Int, from reader: inout WireReader, check: SecurityCheck) throws(WireError) -> WideIntegers? {
    let byteCount = byteCount(count)
    guard reader.remaining >= byteCount else { throw .truncated }
    var result = WideIntegers(zeros: count, wordCount: wordCount)
    let isCanonical = try reader.withBytes(byteCount) { bytes throws(WireError) in
      result.withMutableWords { unpack(bytes, count: count, into: &$0) }
    }
    guard SecurityCheck.canonicalResponse.holds(isCanonical) else { throw .nonCanonical }
    return check.holds(contains(result)) ? result : nil
  }

  private func unpack(_ bytes: RawSpan, count: Int, into words: inout MutableSpan<UInt64>) -> Bool {
    var pending: UInt64 = 0
    var pendingBits = 0  // below 64
    var offset = 0
    let widths = (0..<wordCount).map { bits(ofWord: $0) }
    for i in 0..<count {
      var sign: UInt64 = 0
      for k in widths.indices {
        let width = widths[k]
        guard width > 0 else {  // the encoding ends at a word boundary: sign extension
          words[k &* count &+ i] = sign
          continue
        }
        var value = pending
        if pendingBits < width {
          let next = Self.word(bytes, at: offset)
          offset &+= 8
          value |= next &<< UInt64(pendingBits)
          pending = next >> UInt64(width &- pendingBits)  // 1 … 64; the shift by 64 gives 0
          pendingBits &+= 64 &- width
        } else {
          pending >>= UInt64(width)
          pendingBits &-= width
        }
        let spare = Int64(64 &- width)
        let extended = Int64(bitPattern: value << UInt64(spare)) >> spare
        sign = UInt64(bitPattern: extended >> 63)
        words[k &* count &+ i] = UInt64(bitPattern: extended)
      }
    }
    return pending == 0
  }

  /// Eight bytes as an integer; bytes past the end count as zero.
  private static func word(_ bytes: RawSpan, at offset: Int) -> UInt64 {
    if offset <= bytes.byteCount &- 8 {
      // In bounds, and any bits are an integer.
      return UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var word: UInt64 = 0
    for i in offset..<max(offset, bytes.byteCount) {
      word |= UInt64(unsafe bytes.unsafeLoad(fromByteOffset: i, as: UInt8.self)) << UInt64(8 * (i - offset))
    }
    return word
  }
}
