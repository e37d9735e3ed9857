internal import COpenSSLShim
internal import Synchronization

extension Identity {
  /// What signs with this identity's key.
  /// - Throws: `generationFailed` if OpenSSL cannot use the key.
  public func signer() throws(IdentityError) -> IdentitySigner {
    let handle = unsafe withKey { key in unsafe spdz_signer_create(key, key.count) }
    guard let handle = unsafe handle else { throw .generationFailed }
    return unsafe IdentitySigner(handle)
  }

  /// Replaces the identity in `directory`: the present files move to `retired-…`, the new certificate names the old one.
  /// - Parameter validFor: end of validity, relative to now.
  /// - Returns: the new identity and the statement that peers accept it by.
  /// - Throws: what loading and creating throw; the old identity is back in its place then.
  public static func rotate(
    directory: String, validFor: Duration
  ) throws(IdentityError) -> (identity: Identity, statement: RotationStatement) {
    let old = try load(directory: directory)
    let new = try generate(name: old.certificate.name, validFor: validFor, replacing: old.fingerprint)
    let statement = try RotationStatement(from: old, to: new.certificate)
    let retired = "\(directory)/retired-\(old.fingerprint.description.prefix(16))"
    try SmallFile.makeDirectory(retired)
    let names = [certificateFileName, keyFileName]
    var moved: [String] = []
    do throws(IdentityError) {
      for name in names {
        try SmallFile.move("\(directory)/\(name)", to: "\(retired)/\(name)")
        moved.append(name)
      }
      try new.write(
        certificatePath: "\(directory)/\(certificateFileName)", keyPath: "\(directory)/\(keyFileName)")
    } catch {
      for name in moved {
        SmallFile.remove("\(directory)/\(name)")
        try SmallFile.move("\(retired)/\(name)", to: "\(directory)/\(name)")
      }
      throw error
    }
    return (new, statement)
  }
}

/// Signs with an identity's key: ECDSA over P-256 with SHA-256.
@safe
public final class IdentitySigner: @unchecked Sendable {
  // Sendable: the handle is used under the lock only.
  private let handle: OpaquePointer
  private let lock = Mutex(())

  fileprivate init(_ handle: OpaquePointer) { unsafe self.handle = handle }

  deinit { unsafe spdz_signer_destroy(handle) }

  /// The signature over `bytes`, DER.
  /// - Throws: `generationFailed` if OpenSSL fails.
  public func sign(_ bytes: [UInt8]) throws(IdentityError) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: 96)
    var count = signature.count
    let status = lock.withLock { _ in unsafe spdz_signer_sign(handle, bytes, bytes.count, &signature, &count) }
    guard status == 1 else { throw .generationFailed }
    return Array(signature.prefix(count))
  }
}

extension Certificate {
  /// Whether `signature` over `bytes` was made with the key of this certificate.
  public func verifies(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
    unsafe spdz_signature_verify(pemBytes, pemBytes.count, bytes, bytes.count, signature, signature.count) == 1
  }

  /// The certificate that this one says it replaces: a claim of whoever made it.
  public var predecessor: CertificateFingerprint? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let found = unsafe spdz_certificate_predecessor(pemBytes, pemBytes.count, &bytes)
    return found == 1 ? CertificateFingerprint(bytes: bytes) : nil
  }
}

/// An old identity's word for its successor: the new certificate, signed with the old key.
///
/// Whoever pinned the old certificate can take the new one from it without comparing fingerprints again, unless the old
/// key was stolen; then the owner has to tell the others another way.
public struct RotationStatement: Sendable, Hashable {
  /// The certificate that is replaced.
  public let old: Certificate
  /// The one that replaces it.
  public let new: Certificate
  private let signature: [UInt8]

  init(from old: Identity, to new: Certificate) throws(IdentityError) {
    self.old = old.certificate
    self.new = new
    signature = try old.signer().sign(RotationStatement.message(old.fingerprint, new.fingerprint))
  }

  /// Reads ``text`` and checks the signature.
  /// - Throws: `unreadableCertificate` for anything that is not a valid statement.
  public init(text: String, source: String) throws(IdentityError) {
    let end = "-----END CERTIFICATE-----\n"
    let parts = text.split(separator: end, omittingEmptySubsequences: false)
    guard parts.count == 3, text.utf8.count < 1 << 16 else { throw .unreadableCertificate(source: source) }
    old = try Certificate(pem: parts[0] + end, source: source)
    new = try Certificate(pem: parts[1] + end, source: source)
    let line = parts[2].split(separator: "\n").first ?? ""
    guard line.hasPrefix("signature "), let bytes = [UInt8](hexadecimal: line.dropFirst(10)),
      old.verifies(bytes, over: RotationStatement.message(old.fingerprint, new.fingerprint))
    else { throw .unreadableCertificate(source: source) }
    signature = bytes
  }

  /// The statement as a file: old certificate, new certificate, signature.
  public var text: String { old.pem + new.pem + "signature \(signature.hexadecimal)\n" }

  private static func message(_ old: CertificateFingerprint, _ new: CertificateFingerprint) -> [UInt8] {
    Array("identity-rotation/v1".utf8) + old.bytes + new.bytes
  }
}

extension [UInt8] {
  /// Two lower-case digits a byte.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(2 * count)
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads pairs of hexadecimal digits; `nil` for anything else.
  package init?(hexadecimal text: some StringProtocol) {
    let digits = text.utf8.map { $0 }
    guard digits.count % 2 == 0 else { return nil }
    func value(_ digit: UInt8) -> UInt8? {
      switch digit {
      case 0x30...0x39: digit - 0x30
      case 0x61...0x66: digit - 0x61 + 10
      default: nil
      }
    }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    self = bytes
  }
}
