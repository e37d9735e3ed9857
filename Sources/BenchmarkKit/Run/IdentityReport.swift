public import Transport
internal import FoundationEssentials

/// What `spdz-bench identity` shows of a certificate.
public struct IdentityReport: Sendable, Encodable {
  private let name: String
  private let fingerprint: String
  private let validFrom: String
  private let validUntil: String
  private let state: String
  private let directory: String?

  private enum CodingKeys: String, CodingKey {
    case name, fingerprint, state, directory
    case validFrom = "valid_from"
    case validUntil = "valid_until"
  }

  /// Describes `certificate`, whose folder is `directory` if it is our own.
  public init(_ certificate: Certificate, directory: String?) {
    func date(_ seconds: Int64) -> String { Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601) }
    let now = Int64(Date.now.timeIntervalSince1970)
    name = certificate.name
    fingerprint = certificate.fingerprint.description
    validFrom = date(certificate.validFrom)
    validUntil = date(certificate.validUntil)
    state = now < certificate.validFrom ? "not yet valid" : now >= certificate.validUntil ? "expired" : "valid"
    self.directory = directory
  }

  /// The text of a small file that holds certificates.
  /// - Throws: `cannotRead`.
  public static func text(of path: String) throws(IdentityError) -> String {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 16 else {
      throw .cannotRead(path: path, reason: "no readable small file")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Prints to standard output: lines for people, or one JSON object.
  public func print(json: Bool) {
    if json, let data = try? Manifest.encoder(pretty: false).encode(self) {
      standardOutput(String(decoding: data, as: UTF8.self) + "\n")
      return
    }
    var lines = [
      "name         \(name)", "fingerprint  \(fingerprint)", "valid        \(validFrom) to \(validUntil) (\(state))",
    ]
    if let directory {
      lines.append("certificate  \(directory)/\(Identity.certificateFileName), give it to the other parties")
      lines.append("key          \(directory)/\(Identity.keyFileName), mode 0600, keep it")
    }
    standardOutput(lines.joined(separator: "\n") + "\n")
  }
}
