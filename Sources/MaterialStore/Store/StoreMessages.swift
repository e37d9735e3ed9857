internal import Cryptography
public import MPCCore
internal import SecretSharing

/// Step 1 of the agreement: what the store is bound to, and how long the second message is.
public struct StoreGreeting: Message {
  public static let step = StepLabel("StoreAgreement", 1)
  public static let kind = MessageKind(library: 0x130)
  /// Larger claims are refused, and nobody counts further: whoever claims it costs the others the count, not their stores.
  static let maximumResumeCount = (UInt64(1) << 62) - 1

  var protocolVersion: UInt32
  var modulus: UInt128
  var partyCount: UInt16
  var party: UInt16
  var isActive: UInt8
  var session: [UInt8]
  var parameterDigest: [UInt8]
  /// First 16 bytes of the hashes of the texts.
  var trust: [UInt8]
  var masks: [UInt8]
  var resumeCount: UInt64
  var nonce: [UInt8]
  var sizes: StoreRecords.Sizes

  init(_ header: StoreHeader, resumeCount: UInt64, nonce: [UInt8], sizes: StoreRecords.Sizes) {
    protocolVersion = header.terms.protocolVersion
    modulus = header.terms.modulus
    partyCount = UInt16(header.terms.partyCount)
    party = UInt16(header.party.index)
    isActive = header.terms.mode == .active ? 1 : 0
    session = header.terms.session.bytes
    parameterDigest = header.terms.parameterDigest
    trust = Self.short(header.terms.trustModel.description)
    masks = Self.short(header.terms.masks)
    self.resumeCount = resumeCount
    self.nonce = nonce
    self.sizes = sizes
  }

  private static func short(_ text: String) -> [UInt8] { Array(SHA256.hash(Array(text.utf8)).prefix(16)) }

  /// Nothing varies.
  public var shape: Int { 0 }
  public static func encodedByteCount(_ shape: Int) -> Int { 4 + 16 + 2 + 2 + 1 + 32 + 32 + 16 + 16 + 8 + 32 + 4 + 4 }

  public func encode(into writer: inout WireWriter) {
    writer.append(protocolVersion)
    writer.append(modulus)
    writer.append(partyCount)
    writer.append(party)
    writer.append(isActive)
    for bytes in [session, parameterDigest, trust, masks] { writer.append(bytes) }
    writer.append(resumeCount)
    writer.append(nonce)
    writer.append(UInt32(clamping: sizes.cursors))
    writer.append(UInt32(clamping: sizes.segments))
  }

  public init(from reader: inout WireReader, shape: Int) throws(WireError) {
    protocolVersion = try reader.integer()
    modulus = try reader.integer()
    partyCount = try reader.integer()
    party = try reader.integer()
    isActive = try reader.integer()
    session = try reader.bytes(32)
    parameterDigest = try reader.bytes(32)
    trust = try reader.bytes(16)
    masks = try reader.bytes(16)
    resumeCount = try reader.integer()
    nonce = try reader.bytes(32)
    sizes = StoreRecords.Sizes(
      cursors: Int(try reader.integer(UInt32.self)), segments: Int(try reader.integer(UInt32.self)))
    let isBounded = sizes.cursors <= StoreRecords.maximumCursors && sizes.segments <= StoreRecords.maximumSegments
    guard SecurityCheck.storeRecordLimits.holds(isBounded && isActive <= 1 && resumeCount <= Self.maximumResumeCount)
    else {
      throw .nonCanonical
    }
  }

  /// What both sides must have in common, as text.
  var fields: [(name: String, value: String)] {
    [
      ("protocol version", String(protocolVersion)), ("field", "p = \(modulus)"), ("party count", String(partyCount)),
      ("session", session.hexadecimal), ("sharing mode", isActive == 1 ? "active" : "passive"),
      ("parameter block", parameterDigest.hexadecimal), ("trust model", trust.hexadecimal),
      ("mask form", masks.hexadecimal),
    ]
  }
}

/// Step 2 of the agreement: cursors and segments of a store.
public struct StoreRecords: Message {
  public static let step = StepLabel("StoreAgreement", 2)
  public static let kind = MessageKind(library: 0x131)
  /// No party goes beyond these limits itself, whatever another has claimed: peers would refuse its records.
  static let maximumCursors = 4096
  static let maximumSegments = 1 << 20
  static let maximumPosition = UInt64(1) << 44

  /// How many there are; from step 1.
  public struct Sizes: Hashable, Sendable {
    var cursors: Int
    var segments: Int

    package init(cursors: Int, segments: Int) {
      self.cursors = cursors
      self.segments = segments
    }
  }

  package struct Cursor: Hashable, Sendable {
    package var code: KindCode
    package var cursor: UInt64
    package var end: UInt64
  }

  /// A segment as other parties recognise it.
  struct Segment: Hashable, Sendable {
    /// Index of the kind among the cursors.
    var kind: UInt32
    var first: UInt64
    var count: UInt64
    /// First 16 bytes of the run.
    var run: [UInt8]
  }

  package var cursors: [Cursor]
  var segments: [Segment]

  init(cursors: [Cursor], segments: [Segment]) {
    self.cursors = cursors
    self.segments = segments
  }

  public var shape: Sizes { Sizes(cursors: cursors.count, segments: segments.count) }
  public static func encodedByteCount(_ shape: Sizes) -> Int {
    shape.cursors * (KindCode.byteCount + 16) + shape.segments * (4 + 8 + 8 + 16)
  }

  public func encode(into writer: inout WireWriter) {
    for cursor in cursors {
      writer.append(cursor.code.bytes)
      writer.append(cursor.cursor)
      writer.append(cursor.end)
    }
    for segment in segments {
      writer.append(segment.kind)
      writer.append(segment.first)
      writer.append(segment.count)
      writer.append(segment.run)
    }
  }

  /// Kinds in increasing order; segments by kind and position, without overlap.
  public init(from reader: inout WireReader, shape: Sizes) throws(WireError) {
    cursors = []
    segments = []
    for _ in 0..<shape.cursors {
      let next = Cursor(
        code: KindCode(unchecked: try reader.bytes(KindCode.byteCount)), cursor: try reader.integer(),
        end: try reader.integer())
      let isNext = cursors.last.map { $0.code < next.code } ?? true
      guard
        SecurityCheck.storeRecordOrder.holds(isNext && next.cursor <= next.end && next.end <= Self.maximumPosition)
      else { throw .nonCanonical }
      cursors.append(next)
    }
    for _ in 0..<shape.segments {
      let next = Segment(
        kind: try reader.integer(), first: try reader.integer(), count: try reader.integer(),
        run: try reader.bytes(16))
      guard next.kind < UInt32(shape.cursors), next.count > 0, next.first <= Self.maximumPosition,
        next.count <= Self.maximumPosition,
        segments.last.map({ $0.kind < next.kind || ($0.kind == next.kind && $0.first + $0.count <= next.first) })
          ?? true
      else { throw .nonCanonical }
      segments.append(next)
    }
  }
}
