internal import COpenSSLShim
internal import MPCCore

/// SHA-256 over a certificate's DER encoding; parties pin each other by it, there is no certificate authority.
public struct CertificateFingerprint: Hashable, Sendable, CustomStringConvertible {
  /// The 32 bytes.
  public let bytes: [UInt8]

  /// Creates a fingerprint from exactly 32 bytes.
  public init(bytes: [UInt8]) {
    precondition(bytes.count == 32, "a fingerprint has 32 bytes")
    self.bytes = bytes
  }

  /// Reads 64 hexadecimal digits, colons allowed between bytes; `nil` for anything else.
  public init?(_ text: String) {
    let digits = text.filter { $0 != ":" }
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    bytes = digits.compactMap(\.hexDigitValue).enumerated().reduce(into: []) { bytes, digit in
      if digit.offset % 2 == 0 {
        bytes.append(UInt8(digit.element << 4))
      } else {
        bytes[bytes.count - 1] |= UInt8(digit.element)
      }
    }
  }

  /// 64 hexadecimal digits.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// A party's certificate: what peers get to know of its identity.
public struct Certificate: Sendable, Hashable {
  /// The PEM text.
  public let pem: String
  /// What peers pin.
  public let fingerprint: CertificateFingerprint
  /// Start of validity, seconds since 1970.
  public let validFrom: Int64
  /// End of validity, seconds since 1970.
  public let validUntil: Int64
  /// The common name of the subject; for people, no protocol looks at it.
  public let name: String

  let pemBytes: [CChar]

  /// Reads the first certificate of a PEM text.
  /// - Parameter source: where the text comes from, for the error.
  /// - Throws: `IdentityError.unreadableCertificate`.
  public init(pem: String, source: String) throws(IdentityError) {
    let text = pem.utf8.map { CChar(bitPattern: $0) }
    var fingerprint = [UInt8](repeating: 0, count: 32)
    var (from, until): (Int64, Int64) = (0, 0)
    var status: Int32 = 0
    name = unsafe readText(capacity: 128) { name, capacity in
      unsafe status = spdz_certificate_read(text, text.count, &fingerprint, &from, &until, name, capacity)
    }
    guard status == 1 else { throw .unreadableCertificate(source: source) }
    self.pem = pem
    pemBytes = text
    self.fingerprint = CertificateFingerprint(bytes: fingerprint)
    validFrom = from
    validUntil = until
  }

  /// Loads a certificate file (PEM).
  /// - Throws: `IdentityError.cannotRead`, `unreadableCertificate`.
  public static func load(path: String) throws(IdentityError) -> Certificate {
    let bytes = try SmallFile.read(path, limit: 1 << 16)
    return try Certificate(pem: String(decoding: bytes, as: UTF8.self), source: path)
  }
}

/// Why an identity could not be made or loaded.
public enum IdentityError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A file with this name exists; identities are never overwritten.
  case exists(path: String)
  /// The file cannot be read.
  case cannotRead(path: String, reason: String)
  /// The file cannot be written.
  case cannotWrite(path: String, reason: String)
  /// Users other than the owner may read the key file. `mode` is its permission bits.
  case keyReadableByOthers(path: String, mode: UInt32)
  /// There is no PEM certificate in the text.
  case unreadableCertificate(source: String)
  /// Key and certificate do not belong together, or the key cannot be read.
  case keyMismatch(key: String, certificate: String)
  /// OpenSSL could not make a key.
  case generationFailed

  /// What happened and what to do, in one line.
  public var description: String {
    switch self {
    case .exists(let path): "\(path) exists; identities are not overwritten, choose another directory or move it away"
    case .cannotRead(let path, let reason):
      "cannot read \(path): \(reason); check the path, or create an identity first"
    case .cannotWrite(let path, let reason): "cannot write \(path): \(reason); choose a directory you may write to"
    case .keyReadableByOthers(let path, let mode):
      "the key file \(path) can be read by others (mode \(String(mode, radix: 8))); run chmod 600, or make a new identity"
    case .unreadableCertificate(let source): "\(source) holds no readable PEM certificate; ask its owner for it again"
    case .keyMismatch(let key, let certificate):
      "the key \(key) does not belong to the certificate \(certificate); restore the pair or make a new identity"
    case .generationFailed: "OpenSSL could not make a key; check the installed libcrypto"
    }
  }
}
