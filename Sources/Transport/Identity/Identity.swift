internal import COpenSSLShim
internal import MPCCore

/// A party's long-term identity: a self-signed P-256 certificate and its private key.
///
/// The key lives in one wiped buffer and in a file of mode 0600. Copies of the certificate go to the other parties.
public final class Identity: Sendable {
  /// What the other parties get.
  public let certificate: Certificate
  private let key: SecretBuffer<CChar>

  private init(certificate: Certificate, key: consuming SecretBuffer<CChar>) {
    self.certificate = certificate
    self.key = key
  }

  /// What peers pin.
  public var fingerprint: CertificateFingerprint { certificate.fingerprint }

  /// Makes an identity in memory.
  /// - Parameters:
  ///   - name: common name of the certificate, for people.
  ///   - validFrom: start of validity, relative to now.
  ///   - validFor: end of validity, relative to now (default two years).
  ///   - replacing: the identity this one follows, named in the certificate so that peers can say what happened.
  /// - Throws: `generationFailed`.
  public static func generate(
    name: String, validFrom: Duration = .seconds(-3600), validFor: Duration = .seconds(2 * 365 * 86400),
    replacing: CertificateFingerprint? = nil
  ) throws(IdentityError) -> Identity {
    var certificate = [CChar](repeating: 0, count: 4096)
    var key = [CChar](repeating: 0, count: 4096)
    defer { unsafe spdz_wipe(&key, key.count) }
    var (certificateCount, keyCount) = (certificate.count, key.count)
    let common = String(name.unicodeScalars.filter { $0.value >= 32 }.prefix(48))
    let status = unsafe spdz_identity_create(
      common.isEmpty ? "party" : common, replacing?.description ?? "", validFrom.components.seconds,
      validFor.components.seconds, &certificate,
      &certificateCount, &key, &keyCount)
    guard status == 1 else { throw .generationFailed }
    let pem = String(decoding: certificate.prefix(certificateCount).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return Identity(
      certificate: try Certificate(pem: pem, source: "the new certificate"),
      key: SecretBuffer(copying: Array(key.prefix(keyCount))))
  }

  /// File names inside an identity's directory.
  public static let certificateFileName = "certificate.pem"
  /// The private key; mode 0600.
  public static let keyFileName = "key.pem"

  /// Makes an identity and writes `certificate.pem` and `key.pem` (0600) into `directory`, which is made if missing.
  /// - Throws: `exists` if either file is there, `cannotWrite`, `generationFailed`.
  public static func create(
    directory: String, name: String, validFor: Duration = .seconds(2 * 365 * 86400)
  ) throws(IdentityError) -> Identity {
    let (certificatePath, keyPath) = (directory + "/" + certificateFileName, directory + "/" + keyFileName)
    for path in [certificatePath, keyPath] where SmallFile.exists(path) { throw .exists(path: path) }
    try SmallFile.makeDirectory(directory)
    let identity = try generate(name: name, validFor: validFor)
    try identity.write(certificatePath: certificatePath, keyPath: keyPath)
    return identity
  }

  func write(certificatePath: String, keyPath: String) throws(IdentityError) {
    try withKey { key throws(IdentityError) in
      try SmallFile.writeNew(keyPath, key.map { UInt8(bitPattern: $0) }, mode: 0o600)
    }
    try SmallFile.writeNew(certificatePath, Array(certificate.pem.utf8), mode: 0o644)
  }

  /// Loads the identity of `directory`.
  /// - Throws: `cannotRead`, `keyReadableByOthers`, `unreadableCertificate`, `keyMismatch`.
  public static func load(directory: String) throws(IdentityError) -> Identity {
    let (certificatePath, keyPath) = (directory + "/" + certificateFileName, directory + "/" + keyFileName)
    let certificate = try Certificate.load(path: certificatePath)
    let mode = try SmallFile.mode(keyPath)
    guard SecurityCheck.privateKeyFileMode.holds(mode & 0o077 == 0) else {
      throw .keyReadableByOthers(path: keyPath, mode: mode)
    }
    var key = try SmallFile.read(keyPath, limit: 1 << 16).map { CChar(bitPattern: $0) }
    defer { unsafe spdz_wipe(&key, key.count) }
    let matches = unsafe spdz_identity_matches(certificate.pemBytes, certificate.pemBytes.count, key, key.count)
    guard matches == 1 else { throw .keyMismatch(key: keyPath, certificate: certificatePath) }
    return Identity(certificate: certificate, key: SecretBuffer(copying: key))
  }

  /// Hands the key's PEM text to `body`; the copy made for it is short-lived.
  func withKey<R, E: Error>(_ body: ([CChar]) throws(E) -> R) throws(E) -> R {
    try key.withSpan { span throws(E) in
      var copy = [CChar](capacity: span.count) { output in
        for index in span.indices { output.append(span[index]) }
      }
      defer { unsafe spdz_wipe(&copy, copy.count) }
      return try body(copy)
    }
  }
}
