/// A canonical prefix code of at most 15 bits, as deflate describes it: by the code length of every symbol.
///
/// Source: RFC 1951, 3.2.2. Codes of up to ``tableBits`` bits are found by one look-up, longer ones bit by bit.
struct HuffmanCode {
  static let tableBits = 10
  static let longestCode = 15
  /// Entry: symbol · 16 + length, 0 for longer codes and for bits that begin no code.
  private let table: [UInt16]
  /// How many codes have each length.
  private let counts: [Int]
  /// Symbols in the order of their codes.
  private let symbols: [UInt16]

  /// - Parameter lengths: of the code of each symbol, 0 for symbols without one; at most 15.
  /// - Returns: `nil` if the lengths leave bits without a meaning or give some two; one single code is accepted, as
  ///   deflate writes a distance code with one distance.
  init?(lengths: ArraySlice<UInt8>) {
    var counts = [Int](repeating: 0, count: Self.longestCode + 1)
    for length in lengths { counts[Int(length)] += 1 }
    let used = lengths.count - counts[0]
    counts[0] = 0
    var free = 1
    for length in 1...Self.longestCode {
      free = 2 * free - counts[length]
      if free < 0 { return nil }
    }
    guard free == 0 || used <= 1 else { return nil }
    var next = [Int](repeating: 0, count: Self.longestCode + 2)  // first code of each length
    var places = [Int](repeating: 0, count: Self.longestCode + 2)  // its symbol's place
    for length in 1...Self.longestCode {
      next[length + 1] = (next[length] + counts[length]) << 1
      places[length + 1] = places[length] + counts[length]
    }
    var table = [UInt16](repeating: 0, count: 1 << Self.tableBits)
    var symbols = [UInt16](repeating: 0, count: used)
    for (symbol, length) in lengths.enumerated() where length > 0 {
      let length = Int(length)
      symbols[places[length]] = UInt16(symbol)
      places[length] += 1
      if length <= Self.tableBits {
        // The first bit of a code is its highest, but the lowest of the bits that are read.
        var reversed = 0
        for bit in 0..<length { reversed |= (next[length] >> bit & 1) << (length - 1 - bit) }
        for entry in stride(from: reversed, to: table.count, by: 1 << length) {
          table[entry] = UInt16(symbol << 4 | length)
        }
      }
      next[length] += 1
    }
    self.table = table
    self.counts = counts
    self.symbols = symbols
  }

  /// The symbol whose code the bits begin with, and the length of the code.
  /// - Parameter bits: the next bits of the input, the first one lowest; zeros behind the end.
  @inline(__always)
  func decode(_ bits: UInt64) -> (symbol: Int, length: Int)? {
    let entry = table[Int(bits & UInt64(1 << Self.tableBits - 1))]
    if entry != 0 { return (Int(entry >> 4), Int(entry & 15)) }
    return decodeBitByBit(bits)
  }

  private func decodeBitByBit(_ bits: UInt64) -> (symbol: Int, length: Int)? {
    var code = 0
    var first = 0
    var place = 0
    for length in 1...Self.longestCode {
      code |= Int(bits >> UInt64(length - 1) & 1)
      let count = counts[length]
      if code - first < count { return (Int(symbols[place + code - first]), length) }
      place += count
      first = (first + count) << 1
      code <<= 1
    }
    return nil
  }
}
