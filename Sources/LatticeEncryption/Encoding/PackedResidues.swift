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
          var pending: UInt128 = 0
          var pendingBits = 0
          var offset = 0
          for k in 0..<limb.count {
            pending |= UInt128(limb[k]) << UInt128(pendingBits)
            pendingBits += width
            if pendingBits >= 64 {
              bytes.storeBytes(
                of: UInt64(truncatingIfNeeded: pending).littleEndian, toByteOffset: offset, as: UInt64.self)
              offset += 8
              pending >>= 64
              pendingBits -= 64
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
    guard isCanonical else { throw .nonCanonical }
  }

  private static func unpack(_ bytes: RawSpan, _ modulus: RNSModulus, into limb: inout MutableSpan<UInt64>) -> Bool {
    let width = modulus.bitWidth
    let mask = (UInt64(1) << UInt64(width)) &- 1  // widths are at most 61
    var pending: UInt128 = 0
    var pendingBits = 0
    var offset = 0
    var isCanonical = true
    for k in 0..<limb.count {
      while pendingBits < width {
        if offset + 8 <= bytes.byteCount {
          // In bounds, and any bits are an integer.
          let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
          pending |= UInt128(UInt64(littleEndian: word)) << UInt128(pendingBits)
          (offset, pendingBits) = (offset + 8, pendingBits + 64)
        } else {
          pending |= UInt128(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) << UInt128(pendingBits)
          (offset, pendingBits) = (offset + 1, pendingBits + 8)
        }
      }
      let value = UInt64(truncatingIfNeeded: pending) & mask
      isCanonical = isCanonical && value < modulus.value
      limb[k] = value
      pending >>= UInt128(width)
      pendingBits -= width
    }
    return isCanonical && pending == 0
  }
}

extension RNSModulus {
  /// ⌈log2 q⌉ of a prime q: bits of a residue.
  var bitWidth: Int { 64 - value.leadingZeroBitCount }
}
