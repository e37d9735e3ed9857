internal import CRingKernels
public import Cryptography
internal import FieldArithmetic
public import MPCCore

/// Draws the secrets of the encryption scheme from an AES-CTR generator.
///
/// Constant time: no branch and no memory address depends on a value that is kept. Rejection sampling looks at values
/// that are thrown away; how many there were is independent of the ones kept. All distributions are exact given uniform
/// words. Scratch memory is wiped.
public struct SecretSampler: ~Copyable {
  private let generator: PRG
  /// Words drawn at once; also the scratch that is wiped at the end.
  private var scratch: SecretBuffer<UInt64>
  private var position: Int

  private static var scratchWordCount: Int { 2560 }  // 20 KiB: whole buffers of the generator, and 512 of 5 words

  /// Takes over a generator whose seed is used for nothing else.
  public init(_ generator: consuming PRG) {
    self.generator = generator
    scratch = SecretBuffer(count: Self.scratchWordCount, repeating: 0)
    position = Self.scratchWordCount
  }

  /// A sampler on a fresh seed of `source`.
  public init(_ source: some RandomSource, label: String, context: [UInt64] = []) {
    self.init(source.generator(label: label, context: context))
  }

  private mutating func word() -> UInt64 {
    if position == Self.scratchWordCount { refill() }
    defer { position += 1 }
    return scratch.withSpan { [position] in $0[position] }
  }

  private mutating func refill() {
    scratch.withMutableSpan { generator.fill(&$0) }
    position = 0
  }

  /// `count` uniform values in {−1, 0, 1}: secret keys and ephemeral u.
  ///
  /// Pairs of bits, 3 is rejected: 32 candidates a word, kept with probability 3/4.
  public mutating func ternary(count: Int) -> SecretBuffer<Int8> {
    var result = SecretBuffer<Int8>(count: count, repeating: 0)
    result.withMutableSpan { out in
      var filled = 0
      while filled < count {
        var bits = word()
        var candidate = 0
        while candidate < 32 && filled < count {
          let pair = bits & 3
          out[filled] = Int8(truncatingIfNeeded: Int64(bitPattern: pair)) &- 1
          filled += 1 &- Int((pair & (pair >> 1)) & 1)  // stays if the pair is 3: overwritten by the next candidate
          bits >>= 2
          candidate += 1
        }
      }
    }
    return result
  }

  /// `count` values of the centred binomial distribution with parameter η ≤ 32: the number of ones among 2η bits,
  /// minus η; the same distribution as the difference of two sums of η bits. |x| ≤ η, variance η/2.
  ///
  /// Up to η = 21, m pairs of words give 3m values: from the lowest bits of the first m words, of the others, and from
  /// the 22 highest bits of both.
  public mutating func centredBinomial(count: Int, parameter eta: Int) -> SecretBuffer<Int8> {
    precondition((1...32).contains(eta), "one word a value allows parameters 1 … 32")
    let sharesWords = eta <= 21
    let most = sharesWords ? Self.scratchWordCount / 2 * 3 : Self.scratchWordCount
    var result = SecretBuffer<Int8>(count: count, repeating: 0)
    var filled = 0
    while filled < count {
      let block = min(count - filled, most)
      let words = sharesWords ? (block + 2) / 3 : block
      refill(wordCount: sharesWords ? 2 * words : words)
      for first in stride(from: 0, to: block, by: words) {
        if first == 2 * words { combineHighBits(words) }
        let start = first == words ? words : 0
        let (place, valueCount) = (filled + first, min(words, block - first))
        scratch.withSpan { words in
          result.withMutableSpan { out in
            // Words start ..< start + valueCount exist, as do the places of the values.
            unsafe words.withUnsafeBufferPointer { words in
              unsafe out.withUnsafeMutableBufferPointer { out in
                unsafe ring_centred_binomial(
                  Int32(SIMDLevel.current.rawValue), out.baseAddress.map { unsafe $0 + place },
                  words.baseAddress.map { unsafe $0 + start }, UInt32(eta), valueCount)
              }
            }
          }
        }
      }
      filled += block
    }
    position = Self.scratchWordCount  // what is left of the scratch has been used
    return result
  }

  /// Word i of the scratch ← the 22 highest bits of word i and of word count + i.
  private mutating func combineHighBits(_ count: Int) {
    scratch.withMutableSpan { words in
      for i in 0..<count { words[i] = words[i] >> 42 | (words[count &+ i] >> 42) << 22 }
    }
  }

  private mutating func refill(wordCount: Int) {
    scratch.withMutableSpan { words in
      var front = words._mutatingExtracting(first: wordCount)
      generator.fill(&front)
    }
  }

  /// `count` uniform values in [0, p): plaintexts and masks of replies.
  public mutating func plaintext(count: Int, modulus p: UInt128) -> SecretBuffer<UInt128> {
    precondition(p > 1, "a modulus is at least 2")
    let mask = UInt128.max >> UInt128(p.leadingZeroBitCount)
    let isWord = p <= UInt128(UInt64.max)
    let wordsPerValue = isWord ? 1 : 2
    var result = SecretBuffer<UInt128>(count: count, repeating: 0)
    var filled = 0
    while filled < count {
      if position > Self.scratchWordCount - wordsPerValue { refill() }
      let candidates = min(count - filled, (Self.scratchWordCount - position) / wordsPerValue)
      let (start, first) = (position, filled)
      filled = scratch.withSpan { words in
        result.withMutableSpan { out in
          var index = first
          for c in 0..<candidates {
            let base = start &+ c &* wordsPerValue
            let high = isWord ? 0 : UInt128(words[base &+ 1]) << 64
            let candidate = (high | UInt128(words[base])) & mask
            out[index] = candidate
            index += candidate.subtractingReportingOverflow(p).overflow ? 1 : 0  // borrow: kept
          }
          return index
        }
      }
      position += candidates * wordsPerValue
    }
    return result
  }

  /// `count` uniform integers in [−bound, bound], as two's complement of `wordCount` words: drowning noise, masks of
  /// proofs. The bound must be below 2^(64·wordCount − 1).
  ///
  /// A candidate of ⌈log2(2·bound + 1)⌉ bits is kept if it is at most 2·bound, then `bound` is subtracted. Candidates
  /// are drawn in blocks, all their lowest words first. For the drowning bounds of the secure sets, just below a power
  /// of two, one in 2^22 is rejected.
  public mutating func symmetric(count: Int, bound: NaturalNumber, wordCount: Int) -> WideIntegers {
    var result = WideIntegers(uninitializedCount: count, wordCount: wordCount, secret: true)
    let interval = SymmetricInterval(bound: bound, wordCount: wordCount)
    let used = interval.candidateWordCount
    var filled = 0
    while filled < count {
      let candidates = min(count - filled, Self.scratchWordCount / used)
      refill(wordCount: candidates * used)
      filled += scratch.withSpan { interval.store($0, count: candidates, into: &result, at: filled) }
    }
    position = Self.scratchWordCount  // what is left of the scratch was a candidate
    return result
  }
}
