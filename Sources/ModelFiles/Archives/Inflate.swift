/// Decompression of a deflate stream (RFC 1951).
struct Inflate {
  private let bytes: [UInt8]
  private let file: String
  private let end: Int
  /// The next byte that is not in `buffer` yet.
  private var position: Int
  private var buffer: UInt64 = 0
  private var bufferedBits = 0
  private let limit: Int
  private var output: [UInt8] = []

  /// Decompresses what starts at `range.lowerBound`.
  /// - Parameter limit: the most bytes that may come out.
  /// - Returns: the text, and where the stream ends.
  /// - Throws: `malformed`, or `tooLarge` beyond `limit`.
  static func decompress(_ bytes: [UInt8], _ range: Range<Int>, limit: Int, file: String) throws(ModelFileError)
    -> (text: [UInt8], end: Int)
  {
    var inflate = Inflate(bytes: bytes, file: file, end: range.upperBound, position: range.lowerBound, limit: limit)
    while try inflate.block() {}
    return (inflate.output, inflate.position - inflate.bufferedBits / 8)
  }

  private init(bytes: [UInt8], file: String, end: Int, position: Int, limit: Int) {
    (self.bytes, self.file, self.end, self.position, self.limit) = (bytes, file, end, position, limit)
  }

  private func malformed(_ reason: String) -> ModelFileError {
    .malformed(file: file, offset: position - bufferedBits / 8, field: "deflate stream", reason: reason)
  }

  private func full() -> ModelFileError {
    .tooLarge(
      file: file, offset: position, field: "decompressed size", size: UInt64(output.count) + 1, limit: UInt64(limit))
  }

  /// Fills the buffer to 48 bits or more, or with all that is left.
  @inline(__always)
  private mutating func fill() {
    while bufferedBits <= 56 && position < end {
      buffer |= UInt64(bytes[position]) << UInt64(bufferedBits)
      position += 1
      bufferedBits += 8
    }
  }

  /// Passes `count` bits, which must have been filled in.
  @inline(__always)
  private mutating func drop(_ count: Int) throws(ModelFileError) {
    guard count <= bufferedBits else { throw malformed("the stream ends inside a block") }
    buffer >>= UInt64(count)
    bufferedBits -= count
  }

  /// A number of at most 16 bits.
  private mutating func bits(_ count: Int) throws(ModelFileError) -> Int {
    if bufferedBits < count { fill() }
    let number = Int(buffer & (1 << UInt64(count) - 1))
    try drop(count)
    return number
  }

  private mutating func symbol(_ code: HuffmanCode) throws(ModelFileError) -> Int {
    if bufferedBits < HuffmanCode.longestCode { fill() }
    guard let (symbol, length) = code.decode(buffer) else { throw malformed("bits that are no code") }
    try drop(length)
    return symbol
  }

  /// One block. Returns whether another follows.
  private mutating func block() throws(ModelFileError) -> Bool {
    let isLast = try bits(1) == 1
    switch try bits(2) {
    case 0: try stored()
    case 1: try compressed(Self.fixedLengths, Self.fixedDistances)
    case 2:
      let (lengths, distances) = try codes()
      try compressed(lengths, distances)
    default: throw malformed("a block of kind 3, which does not exist")
    }
    return !isLast
  }

  /// 3.2.4: LEN and its complement at the next byte, then the bytes as they are.
  private mutating func stored() throws(ModelFileError) {
    try drop(bufferedBits % 8)
    let count = try bits(16)
    guard try bits(16) == count ^ 0xFFFF else { throw malformed("the two lengths of a stored block do not agree") }
    position -= bufferedBits / 8
    (buffer, bufferedBits) = (0, 0)
    guard count <= end - position else { throw malformed("a stored block of \(count) bytes, \(end - position) left") }
    guard count <= limit - output.count else { throw full() }
    output.append(contentsOf: bytes[position..<(position + count)])
    position += count
  }

  /// 3.2.7: the two codes of a block, whose lengths are coded themselves.
  private mutating func codes() throws(ModelFileError) -> (HuffmanCode, HuffmanCode) {
    let lengthCount = try bits(5) + 257
    let distanceCount = try bits(5) + 1
    let codeCount = try bits(4) + 4
    var codeLengths = [UInt8](repeating: 0, count: 19)
    for place in Self.codeLengthOrder.prefix(codeCount) { codeLengths[place] = UInt8(try bits(3)) }
    guard let code = HuffmanCode(lengths: codeLengths[...]) else { throw malformed("code lengths of no prefix code") }
    var lengths: [UInt8] = []
    while lengths.count < lengthCount + distanceCount {
      let symbol = try self.symbol(code)
      switch symbol {
      case 0...15: lengths.append(UInt8(symbol))
      case 16:
        guard let last = lengths.last else { throw malformed("a repeated code length without one before it") }
        let count = 3 + (try bits(2))
        lengths.append(contentsOf: repeatElement(last, count: count))
      default:
        let count = symbol == 17 ? 3 + (try bits(3)) : 11 + (try bits(7))
        lengths.append(contentsOf: repeatElement(0, count: count))
      }
    }
    guard lengths.count == lengthCount + distanceCount else { throw malformed("more code lengths than announced") }
    guard lengths[256] > 0, let first = HuffmanCode(lengths: lengths[..<lengthCount]),
      let second = HuffmanCode(lengths: lengths[lengthCount...])
    else { throw malformed("code lengths of no prefix code") }
    return (first, second)
  }

  /// 3.2.5: literals, and copies of what came out before.
  private mutating func compressed(_ lengths: HuffmanCode, _ distances: HuffmanCode) throws(ModelFileError) {
    while true {
      let symbol = try self.symbol(lengths)
      if symbol < 256 {
        guard output.count < limit else { throw full() }
        output.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol < 286 else { throw malformed("length symbol \(symbol), which does not exist") }
      let length = Self.lengthBases[symbol - 257] + (try bits(Self.lengthExtraBits[symbol - 257]))
      let distanceSymbol = try self.symbol(distances)
      guard distanceSymbol < 30 else { throw malformed("distance symbol \(distanceSymbol), which does not exist") }
      let distance = Self.distanceBases[distanceSymbol] + (try bits(Self.distanceExtraBits[distanceSymbol]))
      guard distance <= output.count else { throw malformed("a copy from before the start of the text") }
      guard length <= limit - output.count else { throw full() }
      let start = output.count - distance
      for place in start..<(start + length) { output.append(output[place]) }
    }
  }

  // The tables of 3.2.5 to 3.2.7.
  private static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
  private static let lengthExtraBits = (0..<29).map { $0 < 8 || $0 == 28 ? 0 : $0 / 4 - 1 }
  private static let lengthBases: [Int] = {
    var bases = [3]
    for bits in lengthExtraBits.dropLast(2) { bases.append((bases.last ?? 0) + 1 << bits) }
    return bases + [258]
  }()
  private static let distanceExtraBits = (0..<30).map { $0 < 4 ? 0 : $0 / 2 - 1 }
  private static let distanceBases: [Int] = {
    var bases = [1]
    for bits in distanceExtraBits.dropLast() { bases.append((bases.last ?? 0) + 1 << bits) }
    return bases
  }()
  private static func fixed(_ lengths: [UInt8]) -> HuffmanCode {
    guard let code = HuffmanCode(lengths: lengths[...]) else { preconditionFailure("the fixed codes are complete") }
    return code
  }
  private static let fixedLengths = fixed(
    [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24)
      + [UInt8](repeating: 8, count: 8))
  private static let fixedDistances = fixed([UInt8](repeating: 5, count: 32))
}
