internal import FieldArithmetic

/// MP-SPDZ's documented format of preprocessed material over a prime field, with SPDZ shares.
///
/// A file is an 8-byte little-endian length of the header; the header: the string "SPDZ gfp", a sign byte 0, a 4-byte
/// little-endian length of p, p big-endian, a 4-byte little-endian 1 (Montgomery form), the own MAC key share; then the
/// items, every value share before its MAC share. Elements are x·R mod p, little-endian, R the smallest power of 2^64
/// above p. Source: MP-SPDZ's documentation, "Preprocessing"; checked byte for byte against files it wrote.
enum MPSPDZFormat<F: PrimeField> {
  /// Bytes of an element.
  static var elementBytes: Int { (F.modulusBits + 63) / 64 * 8 }

  private static var montgomeryFactor: F { F(UInt64(2)).power(UInt128(elementBytes * 8)) }
  private static var magic: [UInt8] { Array("SPDZ gfp".utf8) }

  /// Folder of the files of n parties.
  static func folder(partyCount: Int) -> String { "\(partyCount)-p-\(F.modulusBits)" }

  /// The start of a data file of the party with this key share.
  static func header(keyShare: F) -> [UInt8] {
    var prime = Array(bytes(F.modulus, count: 16).reversed())
    prime.removeFirst(prime.firstIndex { $0 != 0 } ?? 0)
    let header =
      magic + [0] + bytes(UInt128(prime.count), count: 4) + prime + bytes(1, count: 4) + elements([keyShare])
    return bytes(UInt128(header.count), count: 8) + header
  }

  /// Elements one after the other.
  static func elements(_ x: [F]) -> [UInt8] {
    let scaled = F.scale(x, by: montgomeryFactor)
    let values = F.canonicalValues(scaled.span)
    var out: [UInt8] = []
    out.reserveCapacity(values.count * elementBytes)
    for value in values {
      for shift in 0..<elementBytes { out.append(UInt8(truncatingIfNeeded: value >> UInt128(8 * shift))) }
    }
    return out
  }

  /// The items of a block: for each, every column's value and MAC share, then the clear mask if it is the party's own.
  static func items(_ shares: PartyShares<F>) -> [UInt8] {
    let vectors = shares.columns.flatMap { $0 } + (shares.clear.map { [$0] } ?? [])
    var row: [F] = []
    row.reserveCapacity(vectors.count * shares.count)
    for item in 0..<shares.count {
      for vector in vectors { row.append(vector[item]) }
    }
    return elements(row)
  }

  /// Text of `Player-MAC-Keys-p-P<i>`.
  static func keyText(_ keyShare: F, partyCount: Int) -> String { "\(partyCount) \(keyShare.canonical)\n" }

  /// Text of `Params-Data`.
  static var parameterText: String { "\(F.modulus)\n1\n" }

  /// A data file's key share and elements.
  /// - Throws: `malformed` if header, length or an element's range is wrong.
  static func decode(_ file: [UInt8], path: String) throws(PrepError) -> (keyShare: F, elements: [F]) {
    let expected = header(keyShare: .zero)
    let start = expected.count - elementBytes
    guard file.count >= expected.count, file[..<start].elementsEqual(expected[..<start]) else {
      throw .malformed(path: path, reason: "no SPDZ header over \(F.name)")
    }
    guard (file.count - start) % elementBytes == 0 else {
      throw .malformed(path: path, reason: "ends in the middle of an element")
    }
    guard let unscale = montgomeryFactor.inverseVariableTime() else { preconditionFailure("R is not 0 modulo p") }
    var values: [F] = []
    for offset in stride(from: start, to: file.count, by: elementBytes) {
      let value = file[offset..<(offset + elementBytes)].reversed().reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
      guard let element = F(canonical: value) else {
        throw .malformed(path: path, reason: "byte \(offset): an element is not below p")
      }
      values.append(element)
    }
    values = F.scale(values, by: unscale)
    return (values[0], Array(values.dropFirst()))
  }

  private static func bytes(_ value: UInt128, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * $0)) }
  }
}
