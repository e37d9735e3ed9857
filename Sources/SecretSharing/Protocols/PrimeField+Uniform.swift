internal import Cryptography
package import FieldArithmetic

extension PrimeField {
  /// `count` uniform elements expanded from a 32-byte seed: AES-256-CTR, twice the words an element needs, mod p.
  package static func uniform(_ count: Int, seed: [UInt8]) -> [Self] {
    var values = filled(count, with: .zero)
    let prg = PRG(seed: seed)
    var span = values.mutableSpan
    prg.fill(&span)
    return values
  }
}
