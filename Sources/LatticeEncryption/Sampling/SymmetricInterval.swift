internal import CRingKernels
package import FieldArithmetic

/// [−bound, bound] for rejection sampling: candidates are integers of as many bits as 2·bound has.
@safe package struct SymmetricInterval {
  private var constants = ring_interval()
  /// Words drawn for a candidate.
  package let candidateWordCount: Int

  /// The bound must be below 2^(64·wordCount − 1).
  package init(bound: NaturalNumber, wordCount: Int) {
    let range = bound + bound
    precondition(range.bitWidth < 64 * wordCount, "the bound needs more words")
    candidateWordCount = max(1, range.words.count)
    constants.used = UInt32(candidateWordCount)
    constants.words = UInt32(wordCount)
    let top = range.words.last ?? 0
    constants.top_mask = range.words.isEmpty ? 0 : .max >> UInt64(top.leadingZeroBitCount)
    unsafe withUnsafeMutableBytes(of: &constants.limit) { unsafe Self.copy(range.words, to: $0) }
    unsafe withUnsafeMutableBytes(of: &constants.offset) { unsafe Self.copy(bound.words, to: $0) }
  }

  private static func copy(_ words: [UInt64], to bytes: UnsafeMutableRawBufferPointer) {
    unsafe words.withUnsafeBytes { unsafe bytes.copyMemory(from: $0) }
  }

  /// Writes candidate − bound for those of `count` candidates that are at most 2·bound, at `index` and the places after
  /// it. Word k of candidate i is words[k·count + i].
  /// - Returns: how many they are.
  package func store(
    _ words: Span<UInt64>, count: Int, into out: inout WideIntegers, at index: Int, level: SIMDLevel = .current
  ) -> Int {
    precondition(words.count >= count * candidateWordCount && index + count <= out.count, "candidates and places")
    let stride = out.count
    var constants = constants
    return out.withMutableWords { planes in
      // Planes are `stride` words each: place index + i of every plane is inside.
      unsafe planes.withUnsafeMutableBufferPointer { planes in
        unsafe words.withUnsafeBufferPointer { words in
          unsafe ring_keep_candidates(
            Int32(level.rawValue), &constants, planes.baseAddress.map { unsafe $0 + index }, stride,
            words.baseAddress, count, count)
        }
      }
    }
  }
}
