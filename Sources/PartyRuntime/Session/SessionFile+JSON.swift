internal import FoundationEssentials
internal import Transport

extension SessionFile {
  /// Reads a session file; unknown keys are refused.
  /// - Parameter complete: whether all parties must have been added.
  /// - Throws: ``SessionFileError`` naming the key concerned.
  public static func load(path: String, complete: Bool = true) throws(SessionFileError) -> SessionFile {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .file(path: path, reason: "cannot be read")
    }
    guard data.count <= 1 << 20 else { throw .file(path: path, reason: "is larger than a session file can be") }
    return try decode([UInt8](data), path: path, complete: complete)
  }

  /// Reads a session from JSON text; `path` is named in errors.
  public static func decode(_ text: [UInt8], path: String, complete: Bool) throws(SessionFileError) -> SessionFile {
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(text))
    } catch let error as DecodingError {
      throw .malformed(path: path, what: error.place)
    } catch {
      throw .malformed(path: path, what: "not JSON")
    }
    guard document.schema == SessionFile.schema else {
      throw .malformed(path: path, what: "schema \(document.schema), this program reads \(SessionFile.schema)")
    }
    let deadlines = Deadlines(
      connect: document.deadlines.connect, handshake: document.deadlines.handshake, silence: document.deadlines.silence,
      step: document.deadlines.step, total: document.deadlines.total)
    var session = SessionFile(
      name: document.name, partyCount: document.n, field: document.p, statisticalSecurity: document.s,
      modes: document.modes, program: document.program, deadlines: deadlines)
    session.protocolName = document.protocol
    for (index, entry) in document.parties.enumerated() {
      guard let address = SocketAddress(entry.address) else {
        throw .invalid(key: "parties[\(index)].address", what: "\"\(entry.address)\"", remedy: "write host:port")
      }
      var listen: SocketAddress?
      if let text = entry.listen {
        guard let parsed = SocketAddress(text) else {
          throw .invalid(key: "parties[\(index)].listen", what: "\"\(text)\"", remedy: "write host:port")
        }
        listen = parsed
      }
      guard let fingerprint = CertificateFingerprint(entry.certificate) else {
        throw .invalid(
          key: "parties[\(index)].certificate", what: "not a SHA-256 fingerprint",
          remedy: "copy it from 'spdz-bench identity show'")
      }
      session.parties.append(
        Party(name: entry.name, address: address, listen: listen, fingerprint: fingerprint))
    }
    try session.check(complete: complete)
    return session
  }

  /// The file's text.
  public func json() -> String {
    let document = Document(
      schema: SessionFile.schema, name: name, n: partyCount, protocol: protocolName, p: field, s: statisticalSecurity,
      modes: modes, program: program,
      deadlines: Document.Seconds(
        connect: deadlines.connect, handshake: deadlines.handshake, silence: deadlines.silence, step: deadlines.step,
        total: deadlines.total),
      parties: parties.map {
        Document.Entry(
          name: $0.name, address: $0.address.description, listen: $0.listen?.description,
          certificate: $0.fingerprint.description)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    // Encoding plain strings and finite numbers does not fail; `check` has refused others.
    guard let data = try? encoder.encode(document) else { return "" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  /// Writes the file, replacing it in one step.
  /// - Parameter new: refuse to replace an existing file.
  public func write(path: String, new: Bool) throws(SessionFileError) {
    try check(complete: false)
    if new, FileManager.default.fileExists(atPath: path) { throw .exists(path: path) }
    do {
      try Data(json().utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .file(path: path, reason: "cannot be written")
    }
  }
}

/// The JSON form.
private struct Document: Codable {
  struct Seconds: Codable {
    var connect: Double, handshake: Double, silence: Double, step: Double, total: Double

    enum CodingKeys: String, CodingKey, CaseIterable { case connect, handshake, silence, step, total }

    init(connect: Double, handshake: Double, silence: Double, step: Double, total: Double) {
      (self.connect, self.handshake, self.silence, self.step, self.total) = (connect, handshake, silence, step, total)
    }

    init(from decoder: any Decoder) throws {
      try decoder.refuseUnknownKeys(CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let standard = SessionFile.Deadlines()
      func value(_ key: CodingKeys, _ standard: Double) throws -> Double {
        try container.decodeIfPresent(Double.self, forKey: key) ?? standard
      }
      connect = try value(.connect, standard.connect)
      handshake = try value(.handshake, standard.handshake)
      silence = try value(.silence, standard.silence)
      step = try value(.step, standard.step)
      total = try value(.total, standard.total)
    }
  }

  struct Entry: Codable {
    var name: String, address: String, listen: String?, certificate: String

    enum CodingKeys: String, CodingKey, CaseIterable { case name, address, listen, certificate }

    init(name: String, address: String, listen: String?, certificate: String) {
      (self.name, self.address, self.listen, self.certificate) = (name, address, listen, certificate)
    }

    init(from decoder: any Decoder) throws {
      try decoder.refuseUnknownKeys(CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      name = try container.decode(String.self, forKey: .name)
      address = try container.decode(String.self, forKey: .address)
      listen = try container.decodeIfPresent(String.self, forKey: .listen)
      certificate = try container.decode(String.self, forKey: .certificate)
    }
  }

  var schema: Int, name: String, n: Int, `protocol`: String, p: String, s: Int, modes: [String], program: String
  var deadlines: Seconds, parties: [Entry]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case schema, name, n, `protocol`, p, s, modes, program, deadlines, parties
  }

  init(
    schema: Int, name: String, n: Int, protocol: String, p: String, s: Int, modes: [String], program: String,
    deadlines: Seconds, parties: [Entry]
  ) {
    (self.schema, self.name, self.n, self.protocol, self.p, self.s) = (schema, name, n, `protocol`, p, s)
    (self.modes, self.program, self.deadlines, self.parties) = (modes, program, deadlines, parties)
  }

  init(from decoder: any Decoder) throws {
    try decoder.refuseUnknownKeys(CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    schema = try container.decode(Int.self, forKey: .schema)
    name = try container.decode(String.self, forKey: .name)
    n = try container.decode(Int.self, forKey: .n)
    `protocol` = try container.decode(String.self, forKey: .protocol)
    p = try container.decode(String.self, forKey: .p)
    s = try container.decode(Int.self, forKey: .s)
    modes = try container.decode([String].self, forKey: .modes)
    program = try container.decode(String.self, forKey: .program)
    deadlines = try container.decode(Seconds.self, forKey: .deadlines)
    parties = try container.decode([Entry].self, forKey: .parties)
  }
}

private struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  fileprivate func refuseUnknownKeys<Key: CodingKey & CaseIterable>(_: Key.Type) throws {
    let known = Set(Key.allCases.map(\.stringValue))
    let container = try container(keyedBy: AnyKey.self)
    guard let unknown = container.allKeys.map(\.stringValue).filter({ !known.contains($0) }).min() else { return }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription: "unknown key \"\(unknown)\" (known: \(known.sorted().joined(separator: ", ")))"))
  }
}

extension DecodingError {
  /// Key path and cause in one phrase.
  fileprivate var place: String {
    func path(_ context: Context) -> String {
      context.codingPath.reduce(into: "") { text, key in
        if let index = key.intValue {
          text += "[\(index)]"
        } else {
          text += (text.isEmpty ? "" : ".") + key.stringValue
        }
      }
    }
    func named(_ context: Context, _ what: String) -> String {
      let place = path(context)
      return place.isEmpty ? what : "\(place): \(what)"
    }
    return switch self {
    case .keyNotFound(let key, let context): named(context, "the key \"\(key.stringValue)\" is missing")
    case .typeMismatch(let type, let context): named(context, "expected \(type)")
    case .valueNotFound(let type, let context): named(context, "expected \(type), found null")
    case .dataCorrupted(let context): named(context, context.debugDescription)
    @unknown default: "not JSON of this form"
    }
  }
}
