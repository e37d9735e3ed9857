internal import COpenSSLShim

/// A running SHA-256 (FIPS 180-4). A value: a copy goes its own way, so a digest can be read without ending the run.
///
/// Integers are absorbed as 8 bytes, little endian, wherever this library hashes them.
public struct SHA256: Sendable {
  /// Length of a digest in bytes.
  public static var digestByteCount: Int { 32 }

  private var state: spdz_sha256_state

  /// Starts over the empty message.
  public init() {
    state = spdz_sha256_state()
    unsafe spdz_sha256_start(&state)
  }

  /// Absorbs `bytes` as they are, without a length.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe spdz_sha256_update(&state, bytes, bytes.count)
  }

  /// Absorbs `bytes` as they are, without a length.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe spdz_sha256_update(&state, buffer.baseAddress, buffer.count)
    }
  }

  /// Absorbs an integer as 8 bytes, little endian.
  public mutating func update(_ value: UInt64) {
    var encoded = value.littleEndian
    unsafe spdz_sha256_update(&state, &encoded, 8)
  }

  /// Absorbs a non-negative count as 8 bytes, little endian.
  public mutating func update(count: Int) { update(UInt64(count)) }

  /// Absorbs the UTF-8 bytes of `text`, without a length.
  public mutating func update(text: String) { update(Array(text.utf8)) }

  /// Absorbs the UTF-8 bytes of `text` after their count, so that no other text has the same encoding.
  public mutating func update(lengthPrefixed text: String) { update(lengthPrefixed: Array(text.utf8)) }

  /// Absorbs `bytes` after their count.
  public mutating func update(lengthPrefixed bytes: [UInt8]) {
    update(count: bytes.count)
    update(bytes)
  }

  /// The digest of all that was absorbed so far, 32 bytes; the run can go on.
  public func finalize() -> [UInt8] {
    var copy = state
    return unsafe Array(unsafeUninitializedCapacity: SHA256.digestByteCount) { buffer, count in
      if let base = buffer.baseAddress { unsafe spdz_sha256_finish(&copy, base) }
      count = SHA256.digestByteCount
    }
  }

  /// SHA-256 of `bytes`, 32 bytes.
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }
}

/// Whether two byte strings are equal, in time that depends on the length only.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && (unsafe spdz_equal_constant_time(left, right, left.count)) == 1
}
