internal import MPCCore

/// Step 1: hash and length of the sender's manifest.
struct ManifestDigest: Message {
  static let step = StepLabel("Negotiation", 1)
  static let kind = MessageKind(library: 0x1f0)
  struct Fixed: Sendable {}

  var hash: [UInt8]
  var byteCount: UInt32

  var shape: Fixed { Fixed() }
  static func encodedByteCount(_ shape: Fixed) -> Int { 36 }

  init(hash: [UInt8], byteCount: UInt32) {
    self.hash = hash
    self.byteCount = byteCount
  }

  func encode(into writer: inout WireWriter) {
    writer.append(hash)
    writer.append(byteCount)
  }

  init(from reader: inout WireReader, shape: Fixed) throws(WireError) {
    hash = try reader.bytes(32)
    byteCount = try reader.integer()
    guard (1...SessionManifest.longestEncoding).contains(Int(byteCount)) else { throw .nonCanonical }
  }
}

/// Step 2, only if hashes differ: the manifest itself, so that both sides can say in what.
struct ManifestText: Message {
  static let step = StepLabel("Negotiation", 2)
  static let kind = MessageKind(library: 0x1f1)

  var manifest: SessionManifest
  private let encoding: [UInt8]

  var shape: Int { encoding.count }
  static func encodedByteCount(_ shape: Int) -> Int { shape }

  init(_ manifest: SessionManifest) {
    self.manifest = manifest
    encoding = manifest.encoded()
  }

  func encode(into writer: inout WireWriter) { writer.append(encoding) }

  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    encoding = try reader.bytes(shape)
    guard let manifest = SessionManifest(decoding: encoding) else { throw .nonCanonical }
    self.manifest = manifest
  }
}
