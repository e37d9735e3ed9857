package import Cryptography
package import FieldArithmetic

extension PRG {
  /// Fills `values` with uniform field elements: 2·⌈log2 p / 64⌉ words each, little endian, reduced mod p.
  package func fill<F: PrimeField>(_ values: inout MutableSpan<F>) {
    let block = 1024
    var words = [UInt64](repeating: 0, count: min(block, values.count) * F.uniformWordCount)
    var start = 0
    while start < values.count {
      let length = min(block, values.count - start)
      var wordSpan = words.mutableSpan
      var used = wordSpan._mutatingExtracting(0..<(length * F.uniformWordCount))
      fill(&used)
      var target = values._mutatingExtracting(start..<(start + length))
      F.reduceUniform(words: words.span.extracting(0..<(length * F.uniformWordCount)), into: &target)
      start += length
    }
  }
}
