internal import MPCCore
package import SecretSharing

/// A material kind as 40 bytes: its number, then up to nine parameters of 4 bytes, little endian. One encoding a kind.
package struct KindCode: Hashable, Sendable, Comparable {
  package static let byteCount = 40
  package let bytes: [UInt8]

  package init(_ kind: MaterialKind) {
    let numbers: [Int] =
      switch kind {
      case .triples: [1]
      case .squares: [2]
      case .bits: [3]
      case .randoms: [4]
      case .inputMasks(let party): [5, party.index]
      case .matrixTriple(let shape): [6, shape.rows, shape.inner, shape.columns]
      case .convolutionTriple(let shape):
        [
          7, shape.batch, shape.channels, shape.height, shape.width, shape.filters, shape.kernelHeight,
          shape.kernelWidth, shape.stride << 16 | shape.padding,
        ]
      case .truncationMasks(let dropped, let high): [8, dropped, high]
      case .comparisonMasks(let form): [9, form.lowBits, form.highBits, form.digitWidth]
      }
    var writer = WireWriter(byteCount: Self.byteCount)
    for number in numbers { writer.append(UInt32(clamping: number)) }
    for _ in numbers.count..<10 { writer.append(UInt32(0)) }
    bytes = writer.finish()
  }

  /// Any 40 bytes: what another party sends is only compared.
  package init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  package static func < (left: KindCode, right: KindCode) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  /// The kind; nil if these bytes are not the encoding of one.
  package var kind: MaterialKind? {
    var reader = WireReader(bytes)
    guard let numbers = try? (0..<10).map({ _ in Int(try reader.integer(UInt32.self)) }), reader.remaining == 0 else {
      return nil
    }
    let arguments = numbers.dropFirst()
    func allPositive(_ count: Int) -> Bool { arguments.prefix(count).allSatisfy { $0 > 0 && $0 < 1 << 24 } }
    let kind: MaterialKind
    switch numbers[0] {
    case 1: kind = .triples
    case 2: kind = .squares
    case 3: kind = .bits
    case 4: kind = .randoms
    case 5:
      guard numbers[1] < SecurityParameters.maximumPartyCount else { return nil }
      kind = .inputMasks(PartyID(numbers[1]))
    case 6:
      guard allPositive(3) else { return nil }
      kind = .matrixTriple(MatrixShape(rows: numbers[1], inner: numbers[2], columns: numbers[3]))
    case 7:
      let (stride, padding) = (numbers[8] >> 16, numbers[8] & 0xffff)
      guard allPositive(7), stride > 0, numbers[6] <= numbers[3] + 2 * padding, numbers[7] <= numbers[4] + 2 * padding
      else { return nil }
      // Element counts are products of up to five sizes: only those that can be computed with.
      let (height, width) = (Double(numbers[3] + 2 * padding), Double(numbers[4] + 2 * padding))
      let plane = max(height * width, Double(numbers[6]) * Double(numbers[7]))
      guard plane * Double(numbers[1]) * Double(numbers[2]) * Double(numbers[5]) < 0x1p48 else { return nil }
      kind = .convolutionTriple(
        ConvolutionShape(
          batch: numbers[1], channels: numbers[2], height: numbers[3], width: numbers[4], filters: numbers[5],
          kernelHeight: numbers[6], kernelWidth: numbers[7], stride: stride, padding: padding))
    case 8: kind = .truncationMasks(droppedBits: numbers[1], highBits: numbers[2])
    case 9:
      guard allPositive(1), numbers[1] < 1 << 12, numbers[2] < 1 << 24, (1...4).contains(numbers[3]) else { return nil }
      kind = .comparisonMasks(ComparisonMaskForm(lowBits: numbers[1], highBits: numbers[2], digitWidth: numbers[3]))
    default: return nil
    }
    return KindCode(kind) == self ? kind : nil
  }
}
