internal import MPCCore

// Residues on the wire: for every limb N coefficients of ⌈log2 q_i⌉ bits each, least significant first, without gaps;
// the bits that fill up the last byte of a limb are zero. One encoding per polynomial: a coefficient ≥ q_i and a nonzero
// filling bit are refused.
extension Poly {
  /// Bytes of the first `limbCount` limbs over `basis`.
  static func packedByteCount(_ basis: RNSBasis, limbCount: Int) -> Int {
    basis.moduli.prefix(limbCount).reduce(0) { $0 + limbByteCount($1, ringDegree: basis.ringDegree) }
  }

  private static func limbByteCount(_ modulus: RNSModulus, ringDegree: Int) -> Int {
    (ringDegree * modulus.bitWidth + 7) / 8
  }

  /// Appends `packedByteCount` bytes.
  func encodePacked(into writer: inout WireWriter, over basis: RNSBasis) {
    for i in 0..<limbCount {
      let width = basis.moduli[i].bitWidth
      let byteCount = Self.limbByteCount(basis.moduli[i], ringDegree: ringDegree)
      withLimb(i) { limb in
        writer.append(count: byteCount) { bytes in
          var pending: UInt64 = 0
          var pendingBits = 0  // below 64
          var offset = 0
          for k in 0..<limb.count {
            let value = limb[k]
            pending |= value &<< UInt64(pendingBits)
            pendingBits &+= width
            if pendingBits >= 64 {
              bytes.storeBytes(of: pending.littleEndian, toByteOffset: offset, as: UInt64.self)
              offset &+= 8
              pendingBits &-= 64
              pending = value &>> UInt64(width &- pendingBits)  // width ≤ 61
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
  }

  /// Reads the first `limbCount` limbs. Looks at every coefficient whatever it finds.
  /// - Throws: `WireError.truncated` before allocating if bytes are missing; `WireError.nonCanonical` if a coefficient is
  ///   ≥ q_i or a filling bit is set.
  init(packedFrom reader: inout WireReader, over basis: RNSBasis, limbCount: Int) throws(WireError) {
    guard reader.remaining >= Self.packedByteCount(basis, limbCount: limbCount) else { throw .truncated }
    self.init(ringDegree: basis.ringDegree, limbCount: limbCount, secret: false, zeroed: false)
    var isCanonical = true
    for i in 0..<limbCount {
      let modulus = basis.moduli[i]
      let byteCount = Self.limbByteCount(modulus, ringDegree: ringDegree)
      let limbIsCanonical = try reader.withBytes(byteCount) { bytes throws(WireError) in
        withMutableLimb(i) { limb in Self.unpack(bytes, modulus, into: &limb) }
      }
      isCanonical = isCanonical && limbIsCanonical
    }
    guard SecurityCheck.canonicalResidues.holds(isCanonical) else { throw .nonCanonical }
  }

  private static func unpack(_ bytes: RawSpan, _ modulus: RNSModulus, into limb: inout MutableSpan<UInt64>) -> Bool {
    let width = modulus.bitWidth
    let mask = (UInt64(1) << UInt64(width)) &- 1  // widths are at most 61
    var pending: UInt64 = 0
    var pendingBits = 0  // below 64
    var offset = 0
    var isCanonical = true
    for k in 0..<limb.count {
      var value = pending
      if pendingBits < width {
        let next = word(bytes, at: offset)
        offset &+= 8
        value |= next &<< UInt64(pendingBits)
        pending = next &>> UInt64(width &- pendingBits)  // 1 … 61
        pendingBits &+= 64 &- width
      } else {
        pending &>>= UInt64(width)
        pendingBits &-= width
      }
      value &= mask
      isCanonical = isCanonical && value < modulus.value
      limb[k] = value
    }
    return isCanonical && pending == 0
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

extension RNSModulus {
  /// ⌈log2 q⌉ of a prime q: bits of a residue.
  var bitWidth: Int { 64 - value.leadingZeroBitCount }
}
