import Cryptography
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

@Suite struct BoundedIntegersTests {
  /// Bounds around word and byte borders.
  static let bounds: [NaturalNumber] = [1, 7, 8, 26, 30, 31, 61, 62, 63, 64, 126, 127, 151, 191, 192, 300, 509].flatMap
  {
    [.powerOfTwo($0) - NaturalNumber(1), .powerOfTwo($0), .powerOfTwo($0) + NaturalNumber(1)]
  }

  private func words(_ magnitude: NaturalNumber, negative: Bool, count: Int) -> [UInt64] {
    let words = magnitude.words + [UInt64](repeating: 0, count: count - magnitude.words.count)
    guard negative else { return words }
    var carry: UInt64 = 1
    return words.map { word in
      let (sum, overflow) = (~word).addingReportingOverflow(carry)
      carry = overflow ? 1 : 0
      return sum
    }
  }

  @Test func encodingFollowsItsDefinitionBitByBitAndDecodes() throws {
    var sampler = SecretSampler(PRG(seed: [UInt8](repeating: 9, count: 32)))
    for bound in Self.bounds {
      let integers = BoundedIntegers(bound)
      for count in [1, 3, 16] {
        let x = sampler.symmetric(count: count, bound: bound, wordCount: integers.wordCount)
        var writer = WireWriter(byteCount: integers.byteCount(count))
        integers.encode(x, into: &writer)
        let bytes = writer.finish()
        #expect(bytes.count == integers.byteCount(count))
        let width = bound.bitWidth + 1
        var expected = [UInt8](repeating: 0, count: bytes.count)
        for bit in 0..<(count * width) {
          let (i, k) = (bit / width, bit % width)
          expected[bit / 8] |= UInt8(truncatingIfNeeded: x[i][k / 64] >> UInt64(k % 64) & 1) << UInt8(bit % 8)
        }
        #expect(bytes == expected)
        var reader = WireReader(bytes)
        let decoded = try #require(try integers.decode(count: count, from: &reader, check: .exactResponseBound))
        #expect(reader.remaining == 0)
        for i in 0..<count { #expect(decoded[i] == x[i], "bound of \(bound.bitWidth) bits, integer \(i)") }
      }
    }
  }

  @Test func theRangeIsExact() {
    for bound in Self.bounds {
      let integers = BoundedIntegers(bound)
      let above = bound + NaturalNumber(1)
      for (magnitude, negative, inside) in [
        (bound, false, true), (bound, true, true), (above, false, false), (above, true, false),
        (NaturalNumber(0), false, true), (bound + bound, false, false), (bound + bound, true, false),
      ] {
        var x = WideIntegers(zeros: 5, wordCount: integers.wordCount)
        x[3] = words(magnitude, negative: negative, count: integers.wordCount)
        #expect(integers.contains(x) == inside, "bound of \(bound.bitWidth) bits")
      }
      // The extreme patterns of the words.
      var x = WideIntegers(zeros: 1, wordCount: integers.wordCount)
      x[0] = [UInt64](repeating: 0, count: integers.wordCount - 1) + [1 << 63]
      #expect(!integers.contains(x))
      x[0] = [UInt64](repeating: .max, count: integers.wordCount - 1) + [.max >> 1]
      #expect(!integers.contains(x))
    }
  }

  @Test func everyFillingBitMustBeZero() {
    for bound in Self.bounds {
      let integers = BoundedIntegers(bound)
      for count in [1, 3] {
        let byteCount = integers.byteCount(count)
        for bit in (count * integers.bitWidth)..<(8 * byteCount) {
          var bytes = [UInt8](repeating: 0, count: byteCount)
          bytes[bit / 8] = 1 << UInt8(bit % 8)
          #expect(throws: WireError.nonCanonical) {
            var reader = WireReader(bytes)
            _ = try integers.decode(count: count, from: &reader, check: .exactResponseBound)
          }
        }
        #expect(throws: WireError.truncated) {
          var reader = WireReader([UInt8](repeating: 0, count: byteCount - 1))
          _ = try integers.decode(count: count, from: &reader, check: .exactResponseBound)
        }
      }
    }
  }

  @Test func sumsCarryOverAllWords() {
    for bound in Self.bounds {
      let count = BoundedIntegers(bound).wordCount
      var x = WideIntegers(zeros: 2, wordCount: count)
      var y = x
      x[1] = words(bound, negative: false, count: count)
      y[1] = words(bound, negative: true, count: count)
      x[0] = words(bound, negative: true, count: count)
      y[0] = words(NaturalNumber(1), negative: false, count: count)
      x.add(y)
      #expect(x[1] == [UInt64](repeating: 0, count: count))
      #expect(x[0] == words(bound - NaturalNumber(1), negative: true, count: count))
    }
  }
}
