internal import COpenSSLShim

/// AES-256-GCM (NIST SP 800-38D) under one key: encryption with associated data, 12-byte nonces and 16-byte tags.
///
/// A nonce is used for one message only; callers count, under a key of their own for each counter. Not `Sendable`: one
/// task at a time. The key schedule is wiped when the cipher is released.
@safe
public final class AuthenticatedCipher {
  /// Length of a key in bytes.
  public static var keyByteCount: Int { 32 }
  /// Length of a nonce in bytes.
  public static var nonceByteCount: Int { 12 }
  /// Length of a tag in bytes.
  public static var tagByteCount: Int { 16 }

  // Released in deinit, used by nobody else.
  private let context: OpaquePointer

  /// The cipher of `key`, exactly 32 bytes.
  public init(key: [UInt8]) {
    precondition(
      key.count == AuthenticatedCipher.keyByteCount, "an AES-256 key has 32 bytes, this one has \(key.count)")
    guard let context = unsafe spdz_aead_create(key) else {
      preconditionFailure("OpenSSL cannot provide AES-256-GCM: check the installed libcrypto and its providers")
    }
    unsafe self.context = context
  }

  deinit { unsafe spdz_aead_destroy(context) }

  /// The nonce that is `counter`, little endian, and four zero bytes.
  public static func nonce(_ counter: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: counter >> (8 * UInt64($0))) } + [0, 0, 0, 0]
  }

  /// Encrypts `message` in place.
  /// - Returns: the tag over it and `associated`, 16 bytes.
  public func seal(_ message: inout MutableRawSpan, nonce: [UInt8], associated: [UInt8]) -> [UInt8] {
    precondition(nonce.count == AuthenticatedCipher.nonceByteCount, "a nonce has 12 bytes")
    var tag = [UInt8](repeating: 0, count: AuthenticatedCipher.tagByteCount)
    let status = unsafe message.withUnsafeMutableBytes { bytes in
      unsafe spdz_aead_seal(
        context, nonce, associated, associated.count, bytes.baseAddress, bytes.baseAddress, bytes.count, &tag)
    }
    precondition(status == 1, "OpenSSL failed in AES-256-GCM; nothing may be stored unencrypted")
    return tag
  }

  /// Decrypts `message` in place.
  /// - Returns: false if message, nonce or associated data are not the ones `tag` was made for; the message is zero then.
  public func open(_ message: inout MutableRawSpan, tag: [UInt8], nonce: [UInt8], associated: [UInt8]) -> Bool {
    guard nonce.count == AuthenticatedCipher.nonceByteCount, tag.count == AuthenticatedCipher.tagByteCount else {
      return false
    }
    let status = unsafe message.withUnsafeMutableBytes { bytes in
      unsafe spdz_aead_open(
        context, nonce, associated, associated.count, bytes.baseAddress, bytes.baseAddress, bytes.count, tag)
    }
    return status == 1
  }

  /// `message` encrypted, then its tag.
  public func sealed(_ message: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8] {
    var bytes = message
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    let tag = seal(&raw, nonce: nonce, associated: associated)
    return bytes + tag
  }

  /// The message of ``sealed(_:nonce:associated:)``; nil if these are not its bytes, nonce and associated data.
  public func opened(_ sealed: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8]? {
    guard sealed.count >= AuthenticatedCipher.tagByteCount else { return nil }
    let count = sealed.count - AuthenticatedCipher.tagByteCount
    var bytes = Array(sealed.prefix(count))
    let tag = Array(sealed.suffix(AuthenticatedCipher.tagByteCount))
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    return open(&raw, tag: tag, nonce: nonce, associated: associated) ? bytes : nil
  }
}
