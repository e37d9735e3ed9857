import FieldArithmetic
import InsecureToyField
import Testing

/// Values computed with another program (Python integers), or small enough to check by hand.
@Suite struct KnownAnswerTests {
  @Test func p127Constants() {
    #expect(P127.modulus == 170_141_183_460_469_231_731_687_303_715_883_253_761)
    #expect(P127.powerOfTwo(127) == P127(UInt64(851_967)))
    #expect(P127.powerOfTwo(128) == P127(UInt64(1_703_934)))
    let psi = P127.generator.power((P127.modulus - 1) / 65_536)
    #expect(psi.canonical == 144_399_594_254_674_897_588_877_139_284_131_709_608)
    #expect(psi.power(32_768) == -P127.one)
  }

  @Test func p61Constants() {
    #expect(P61.modulus == 2_305_843_009_211_662_337)
    #expect(P61.powerOfTwo(61) == P61(UInt64(2_031_615)))
    #expect(P61.generator.power((P61.modulus - 1) / 65_536).canonical == 1_964_969_423_657_051_386)
  }

  @Test func toyFieldByHand() {
    let (x, y) = (InsecureP257(UInt64(200)), InsecureP257(UInt64(100)))
    #expect((x + y).canonical == 43 && (y - x).canonical == 157 && (x * y).canonical == 211)
    #expect(InsecureP257(UInt64(2)).inverse()?.canonical == 129)
    #expect(InsecureP257(UInt64(256)).signed == -1)
  }

  @Test func uniformReductionReadsWordsInLittleEndianOrder() {
    let words: [UInt64] = [1, 0, 0, 0, 0, 0, 1, 0, .max, .max, .max, .max]
    let values: [P127] = P127.uninitialized(3) { P127.reduceUniform(words: words.span, into: &$0) }
    #expect(values == [.one, P127(UInt64(1_703_934)), P127(UInt64(1_703_934)).squared() - .one])
    let toy: [InsecureP257] = InsecureP257.uninitialized(2) {
      let words: [UInt64] = [5, 0, 0, 1]
      InsecureP257.reduceUniform(words: words.span, into: &$0)
    }
    #expect(toy.map(\.canonical) == [5, 1])  // 2^64 = (2^8)^8 = 1 mod 257
  }

  @Test func levelsAreOrderedAndTheOneInUseIsSupported() {
    #expect(SIMDLevel.portable < .avx2 && SIMDLevel.avx2 < .ifma)
    #expect(SIMDLevel.supported.first == .portable && SIMDLevel.supported.contains(SIMDLevel.current))
  }
}
