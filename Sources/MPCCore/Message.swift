/// What one party tells another in one step of a protocol. A message is a type that knows its place.
///
/// The receiver knows the shape of what is due (element counts, nothing secret) and with it the exact length before it
/// reads a byte. An encoding is canonical: `encode` of the decoded message gives the same bytes back.
///
/// ```swift
/// struct Greeting: Message {
///   static let step = StepLabel("Hello", 1)
///   static let kind = MessageKind(user: 1)
///   var values: [UInt64]
///   var shape: Int { values.count }
///   static func encodedByteCount(_ shape: Int) -> Int { 8 * shape }
///   func encode(into writer: inout WireWriter) { for value in values { writer.append(value) } }
///   init(from reader: inout WireReader, shape: Int) throws(WireError) {
///     values = []
///     for _ in 0..<shape { values.append(try reader.integer()) }
///   }
/// }
/// ```
public protocol Message: Sendable {
  /// What the receiver knows before it reads: counts and sizes.
  associatedtype Shape: Sendable
  /// Where in which protocol this message stands; aborts and accounting name it.
  static var step: StepLabel { get }
  /// The number of this message type in frame headers; no two types of a session may share one.
  static var kind: MessageKind { get }
  /// Exact payload length for a shape.
  static func encodedByteCount(_ shape: Shape) -> Int
  /// The shape of this message.
  var shape: Shape { get }
  /// Appends exactly `encodedByteCount(shape)` bytes.
  func encode(into writer: inout WireWriter)
  /// Decodes a payload of exactly `encodedByteCount(shape)` bytes.
  /// - Throws: `WireError.nonCanonical` when the bytes are not the one encoding of a value.
  init(from reader: inout WireReader, shape: Shape) throws(WireError)
}

/// The number of a message type in frame headers.
@frozen
public struct MessageKind: Hashable, Sendable, CustomStringConvertible {
  /// The two bytes in the header.
  public let code: UInt16

  /// A kind of the library's own protocols, below 0x8000 and above the control frames.
  package init(library code: UInt16) {
    precondition((0x10..<0x8000).contains(code), "library kinds are 0x10…0x7fff")
    self.code = code
  }

  /// A kind of a protocol written outside the library; `code` is your own numbering from 0.
  public init(user code: UInt16) {
    precondition(code < 0x8000, "user kinds are 0…0x7fff")
    self.code = 0x8000 | code
  }

  /// "0x0102"
  public var description: String { "0x" + String(code, radix: 16) }
}
