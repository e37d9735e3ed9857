public import FieldArithmetic
public import MPCCore

/// A message that is a vector of field elements; its shape is their number. Elements ≥ p are refused.
public protocol FieldVectorMessage: Message where Shape == Int {
  associatedtype F: PrimeField
  /// The elements.
  var values: [F] { get set }
  /// Wraps elements.
  init(values: [F])
}

extension FieldVectorMessage {
  /// How many elements.
  public var shape: Int { values.count }
  /// Fixed width.
  public static func encodedByteCount(_ shape: Int) -> Int { shape * F.encodedByteCount }
  /// Little endian, one after the other.
  public func encode(into writer: inout WireWriter) { writer.append(fields: values) }
  /// Little endian, each below p.
  public init(from reader: inout WireReader, shape: Int) throws(WireError) {
    self.init(values: try reader.fields(shape, as: F.self))
  }
}

extension WireWriter {
  /// Appends field elements in their canonical encoding: fixed width, little endian.
  public mutating func append<F: PrimeField>(fields values: [F]) {
    append(count: values.count * F.encodedByteCount) { raw in F.encode(values.span, into: &raw) }
  }
}

extension WireReader {
  /// Reads `count` field elements.
  /// - Throws: `WireError.nonCanonical` if one is ≥ p, `truncated` if there are fewer.
  public mutating func fields<F: PrimeField>(_ count: Int, as field: F.Type = F.self) throws(WireError) -> [F] {
    try withBytes(count * F.encodedByteCount) { (raw: RawSpan) throws(WireError) -> [F] in
      var canonical = true
      let values = F.uninitialized(count) { canonical = F.decode(raw, into: &$0) }
      guard SecurityCheck.canonicalFieldElement.holds(canonical) else { throw .nonCanonical }
      return values
    }
  }
}
