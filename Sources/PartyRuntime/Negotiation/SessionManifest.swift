internal import Cryptography
internal import Transport

/// Everything the parties must agree on, as named values in a fixed order: what the first message hashes.
///
/// Addresses are not part of it: parties may see each other under different ones. Names and certificates are.
public struct SessionManifest: Hashable, Sendable {
  /// One value.
  public struct Field: Hashable, Sendable {
    /// What it is, as an error names it.
    public var name: String
    /// The value as text.
    public var value: String
  }

  /// The values in canonical order.
  public private(set) var fields: [Field]

  /// The longest encoding that is sent or accepted, in bytes.
  static let longestEncoding = 1 << 16

  /// Describes a session.
  /// - Parameter run: which of the session's runs this is, for example workload, mode and repeat; parties in different
  ///   runs must not meet.
  public init(_ session: SessionFile, run: String) {
    fields = [
      Field(name: "program version", value: ProgramVersion.text),
      Field(name: "session name", value: session.name),
      Field(name: "protocol", value: session.protocolName),
      Field(name: "n", value: "\(session.partyCount)"),
      Field(name: "p", value: session.field),
      Field(name: "s", value: "\(session.statisticalSecurity)"),
      Field(name: "modes", value: session.modes.joined(separator: " ")),
      Field(name: "program hash", value: session.program),
      Field(
        name: "deadlines",
        value: "silence \(session.deadlines.silence) step \(session.deadlines.step) total \(session.deadlines.total)"),
    ]
    for (index, party) in session.parties.enumerated() {
      fields.append(Field(name: "P\(index) name", value: party.name))
      fields.append(Field(name: "P\(index) certificate", value: party.fingerprint.description))
    }
    fields.append(Field(name: "run", value: run))
  }

  /// Replaces a value, or adds it at the end.
  public func replacing(_ name: String, with value: String) -> SessionManifest {
    var copy = self
    if let index = copy.fields.firstIndex(where: { $0.name == name }) {
      copy.fields[index].value = value
    } else {
      copy.fields.append(Field(name: name, value: value))
    }
    return copy
  }

  /// Names and values, each with its length (8 bytes, little endian) in front.
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      for text in [field.name, field.value] {
        let utf8 = Array(text.utf8)
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: utf8.count >> (8 * shift))) }
        bytes += utf8
      }
    }
    return bytes
  }

  /// The inverse of ``encoded()``; `nil` for anything else.
  init?(decoding bytes: [UInt8]) {
    var texts: [String] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count >= 8 else { return nil }
      var count: UInt64 = 0
      for byte in rest.prefix(8).reversed() { count = count << 8 | UInt64(byte) }
      rest = rest.dropFirst(8)
      guard count <= UInt64(rest.count), let text = String(validating: rest.prefix(Int(count)), as: UTF8.self) else {
        return nil
      }
      texts.append(text)
      rest = rest.dropFirst(Int(count))
    }
    guard texts.count % 2 == 0, texts.count <= 256 else { return nil }
    fields = stride(from: 0, to: texts.count, by: 2).map { Field(name: texts[$0], value: texts[$0 + 1]) }
  }

  /// SHA-256("session-manifest/v1" | encoding).
  public var hash: [UInt8] {
    var hash = SHA256()
    hash.update(text: "session-manifest/v1")
    hash.update(encoded())
    return hash.finalize()
  }

  /// The first value in which `other` differs: its name, ours, theirs. `nil` if there is none.
  public func difference(_ other: SessionManifest) -> (field: String, mine: String, theirs: String)? {
    for index in 0..<max(fields.count, other.fields.count) {
      let mine = index < fields.count ? fields[index] : nil
      let theirs = index < other.fields.count ? other.fields[index] : nil
      if mine == theirs { continue }
      guard let mine, let theirs, mine.name == theirs.name else {
        return ("list of fields", mine?.name ?? "nothing", theirs?.name ?? "nothing")
      }
      return (mine.name, mine.value, theirs.value)
    }
    return nil
  }
}

/// The version of this program, as parties compare it: different ones do not run with each other.
public enum ProgramVersion {
  /// Raised with every change that parties could notice in each other's messages.
  public static let text = "spdz-swift 0.7 wire \(FrameHeader.version)"
}
