import Foundation
import Testing

@testable import Transport

@Suite("Identities")
struct IdentityTests {
  /// A fresh directory below the system's temporary one, removed afterwards.
  static func withDirectory(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "identity-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  @Test("A created identity loads again with the same fingerprint; the key file has mode 0600")
  func roundTrip() throws {
    try Self.withDirectory { path in
      let made = try Identity.create(directory: path, name: "alice")
      let loaded = try Identity.load(directory: path)
      #expect(loaded.fingerprint == made.fingerprint && loaded.certificate.name == "alice")
      #expect(loaded.certificate.validUntil - loaded.certificate.validFrom == 2 * 365 * 86400 + 3600)
      let attributes = try FileManager.default.attributesOfItem(atPath: path + "/key.pem")
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["certificate.pem", "key.pem"])
      #expect(try Certificate.load(path: path + "/certificate.pem").fingerprint == made.fingerprint)
      #expect(!made.certificate.pem.contains("PRIVATE"))
    }
  }

  @Test("An identity is never overwritten")
  func exists() throws {
    try Self.withDirectory { path in
      let made = try Identity.create(directory: path, name: "alice")
      #expect(throws: IdentityError.exists(path: path + "/certificate.pem")) {
        _ = try Identity.create(directory: path, name: "alice")
      }
      #expect(try Identity.load(directory: path).fingerprint == made.fingerprint)
    }
  }

  @Test("A key file that others can read is refused", arguments: [0o640, 0o604, 0o644, 0o660])
  func permissions(mode: Int) throws {
    try Self.withDirectory { path in
      _ = try Identity.create(directory: path, name: "alice")
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/key.pem")
      #expect(throws: IdentityError.keyReadableByOthers(path: path + "/key.pem", mode: UInt32(mode))) {
        _ = try Identity.load(directory: path)
      }
    }
  }

  @Test("A foreign, damaged or missing key or certificate is refused with its own error")
  func damaged() throws {
    try Self.withDirectory { path in
      #expect(throws: IdentityError.self) { _ = try Identity.load(directory: path) }
      _ = try Identity.create(directory: path, name: "alice")
      let other = try Identity.generate(name: "bob")
      let certificate = path + "/certificate.pem"
      let original = try String(contentsOfFile: certificate, encoding: .utf8)
      try other.certificate.pem.write(toFile: certificate, atomically: true, encoding: .utf8)
      #expect(throws: IdentityError.keyMismatch(key: path + "/key.pem", certificate: certificate)) {
        _ = try Identity.load(directory: path)
      }
      try String(original.prefix(200)).write(toFile: certificate, atomically: true, encoding: .utf8)
      #expect(throws: IdentityError.unreadableCertificate(source: certificate)) {
        _ = try Identity.load(directory: path)
      }
      try String(repeating: "x", count: 100_000).write(toFile: certificate, atomically: true, encoding: .utf8)
      #expect(throws: IdentityError.cannotRead(path: certificate, reason: "the file is larger than 65536 bytes")) {
        _ = try Identity.load(directory: path)
      }
    }
  }

  @Test("A directory that cannot be made is named")
  func unwritable() {
    #expect(throws: IdentityError.self) { _ = try Identity.create(directory: "/proc/nothing/here", name: "x") }
  }

  @Test("Fingerprints are read with and without colons, and nothing else is")
  func fingerprints() throws {
    let fingerprint = try Identity.generate(name: "x").fingerprint
    let text = fingerprint.description
    #expect(text.count == 64 && CertificateFingerprint(text) == fingerprint)
    let pairs = stride(from: 0, to: 64, by: 2).map { offset in
      String(text.dropFirst(offset).prefix(2)).uppercased()
    }
    #expect(CertificateFingerprint(pairs.joined(separator: ":")) == fingerprint)
    #expect(CertificateFingerprint(String(text.dropLast())) == nil)
    #expect(CertificateFingerprint("g" + text.dropFirst()) == nil)
    #expect(CertificateFingerprint("") == nil)
  }

  @Test("Two identities differ, and printing one shows no key")
  func distinct() throws {
    let (one, two) = (try Identity.generate(name: "x"), try Identity.generate(name: "x"))
    #expect(one.fingerprint != two.fingerprint)
    #expect(!"\(one)".contains("PRIVATE"))
  }
}
