internal import LatticeEncryption
internal import MPCCore

/// Vectors of integers in [−bound, bound], bound < 2^62: responses of proofs, one word each.
///
/// On the wire: two's complement of ⌊log2 bound⌋ + 2 bits rounded up to bytes, little endian. Every bit pattern of that
/// width decodes; the range check comes right after.
struct BoundedIntegers {
  let bound: Int64

  /// The bound must fit; parameter sets decide it, never a peer.
  init(_ bound: NaturalNumber) {
    precondition(bound.bitWidth <= 62 && bound.bitWidth > 0, "these responses need more than one word")
    self.bound = Int64(bound.words[0])
  }

  /// Bytes of one integer.
  var byteWidth: Int { (64 - bound.leadingZeroBitCount + 1 + 7) / 8 }

  /// Whether all integers are in range. Looks at all of them, without branches on their values.
  func contains(_ x: WideIntegers) -> Bool {
    x.withPlane(0) { words in
      var outside: Int64 = 0  // the sign bit collects the violations
      for i in words.indices {
        let value = Int64(bitPattern: words[i])
        // bound − value and bound + value are negative outside; wrapped sums are caught by the other one, |value| < 2^63.
        outside |= (bound &- value) | (bound &+ value)
      }
      return outside >= 0
    }
  }

  /// Appends the low `byteWidth` bytes of every integer.
  func encode(_ x: WideIntegers, into writer: inout WireWriter) {
    let width = byteWidth
    x.withPlane(0) { words in
      writer.append(count: words.count * width) { bytes in
        for i in words.indices {
          var word = words[i]
          for k in 0..<width {
            bytes.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: i &* width &+ k, as: UInt8.self)
            word >>= 8
          }
        }
      }
    }
  }

  /// Reads `count` integers, sign extended, and says whether all are in range. Throws `WireError.truncated`.
  func decode(count: Int, from reader: inout WireReader) throws(WireError) -> WideIntegers? {
    let width = byteWidth
    let raw = try reader.bytes(count * width)
    var result = WideIntegers(zeros: count, wordCount: 1)
    result.withMutablePlane(0) { words in
      for i in 0..<count {
        var word: UInt64 = 0
        for k in 0..<width { word |= UInt64(raw[i * width + k]) << UInt64(64 - 8 * (width - k)) }
        words[i] = UInt64(bitPattern: Int64(bitPattern: word) >> Int64(64 - 8 * width))
      }
    }
    return contains(result) ? result : nil
  }
}
