/// Writes the payload of one message: fixed-width little-endian integers and raw bytes, nothing else.
public struct WireWriter: ~Copyable {
  @usableFromInline
  var bytes: [UInt8]

  /// Creates a writer for a payload of exactly `byteCount` bytes.
  public init(byteCount: Int) {
    bytes = []
    if byteCount <= 4096 { bytes.reserveCapacity(byteCount) }
  }

  /// Bytes written so far.
  public var count: Int { bytes.count }

  /// Appends `values` as they are; a long payload that is nothing else shares their memory.
  public mutating func append(_ values: [UInt8]) {
    if bytes.isEmpty && values.count > 4096 {
      bytes = values
    } else {
      bytes.append(contentsOf: values)
    }
  }

  /// Appends an integer, little endian.
  public mutating func append<I: FixedWidthInteger>(_ value: I) {
    var rest = value
    for _ in 0..<(I.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Appends `count` bytes that `body` fills in place; used by bulk encoders.
  ///
  /// `body` gets `count` bytes of any content and overwrites all of them.
  public mutating func append(count: Int, filledBy body: (inout MutableRawSpan) -> Void) {
    if bytes.isEmpty {
      // A whole payload at once: memory that `body` overwrites need not be zeroed before.
      bytes = unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
        var raw = unsafe UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count).mutableBytes
        body(&raw)
        initialized = count
      }
      return
    }
    let start = bytes.count
    bytes += [UInt8](repeating: 0, count: count)  // a copy of zeros; a repeated value would be appended one by one
    var span = bytes.mutableSpan
    // Bytes hold any bit pattern, so a raw view of the tail cannot break their type.
    var raw = unsafe span.mutableBytes
    var tail = raw._mutatingExtracting(start..<(start + count))
    body(&tail)
  }

  /// Ends writing and returns the payload.
  public consuming func finish() -> [UInt8] { bytes }
}

/// Reads one payload whose length was checked beforehand. Never traps on the content: a read past the end throws.
public struct WireReader: ~Copyable {
  let bytes: [UInt8]
  var position = 0

  /// Creates a reader over a received payload.
  public init(_ payload: [UInt8]) { bytes = payload }

  /// Bytes not read yet.
  public var remaining: Int { bytes.count - position }

  /// Reads `count` bytes.
  public mutating func bytes(_ count: Int) throws(WireError) -> [UInt8] {
    guard count >= 0, count <= remaining else { throw .truncated }
    defer { position += count }
    if count == bytes.count { return bytes }  // all of the payload: the same memory
    return Array(bytes[position..<(position + count)])
  }

  /// Reads a little-endian integer.
  public mutating func integer<I: FixedWidthInteger>(_ type: I.Type = I.self) throws(WireError) -> I {
    let width = I.bitWidth / 8
    guard width <= remaining else { throw .truncated }
    var value: I = 0
    for offset in stride(from: width - 1, through: 0, by: -1) {
      value = (value << 8) | I(truncatingIfNeeded: bytes[position + offset])
    }
    position += width
    return value
  }

  /// Hands the next `count` bytes to `body`; used by bulk decoders.
  public mutating func withBytes<R>(_ count: Int, _ body: (RawSpan) throws(WireError) -> R) throws(WireError) -> R {
    guard count >= 0, count <= remaining else { throw .truncated }
    let start = position
    position = start + count
    return try body(unsafe bytes.span.bytes.extracting(start..<(start + count)))
  }
}

/// Why a payload could not be decoded. The channel turns it into `ProtocolAbort.malformedMessage`.
public enum WireError: Error, Hashable, Sendable {
  /// The payload ended before its content did.
  case truncated
  /// A value is not in its one accepted encoding, for example a field element ≥ p.
  case nonCanonical
}
