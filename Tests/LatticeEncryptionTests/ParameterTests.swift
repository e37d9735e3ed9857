import Foundation
import InsecureToyParameters
import LatticeEncryption
import Testing

@Suite struct ParameterTests {
  @Test(arguments: ParameterLiteral.secureSets)
  func namedSetsAreAccepted(_ literal: ParameterLiteral) throws {
    let parameters = try Parameters(validating: literal)
    let report = ParameterReport(parameters)
    #expect(report.modulusBits <= report.allowedModulusBits)
    #expect(report.estimatedSecurityBits >= 127.5)
    #expect(report.neededModulusLog2 <= parameters.modulus().log2)
    #expect(report.drowningMarginBits >= Double(literal.statisticalSecurity + literal.replyLifetimeBits))
    #expect(!parameters.isInsecure)
  }

  @Test func setAHasTheFiguresOfItsDerivation() throws {
    // Worst case, U = 18: 407.7 bits needed at s = 40 for one reply, 431.7 at s = 64, margin 64.27 bits.
    var literal = ParameterLiteral.a
    literal.replyLifetimeBits = 0
    var report = ParameterReport(try Parameters(validating: literal))
    #expect(abs(report.neededModulusLog2 - 407.7) < 0.06)
    #expect(abs(report.drowningMarginBits - 64.27) < 0.01)
    #expect(report.proofRowCount == 9)
    #expect(report.replyModulusBits == 144 && report.modulusBits == 432)
    literal.statisticalSecurity = 64
    report = ParameterReport(try Parameters(validating: literal))
    #expect(abs(report.neededModulusLog2 - 431.7) < 0.06)
  }

  @Test func theRingPrimesAreTheLargestOfTheirSize() throws {
    let a = try Parameters(validating: .a)
    #expect(a.basis.moduli.prefix(3).map(\.value) == [281_474_976_317_441, 281_474_975_662_081, 281_474_974_482_433])
    let b = try Parameters(validating: .b)
    #expect(b.basis.moduli.prefix(2).map(\.value) == [1_099_510_054_913, 1_099_507_695_617])
    #expect(b.basis.moduli[2].value == 281_474_976_317_441)
  }

  @Test func theEstimatorReproducesTheStandard() {
    for (degree, bits) in [(4096, 109.0), (8192, 218), (16384, 438), (32768, 881)] {
      let estimate = LatticeSecurityEstimate(
        ringDegree: degree, modulusLog2: bits, secretDeviation: (2.0 / 3).squareRoot(),
        errorDeviation: 10.5.squareRoot())
      #expect(abs(estimate.bits - 128) < 0.3, "N = \(degree): \(estimate.bits)")
    }
  }

  @Test func eachFailingInequalityIsNamed() throws {
    func refusal(_ change: (inout ParameterLiteral) -> Void) -> ParameterError? {
      var literal = ParameterLiteral.a
      change(&literal)
      do throws(ParameterError) {
        _ = try Parameters(validating: literal)
        return nil
      } catch {
        return error
      }
    }
    #expect(refusal { _ in } == nil)
    #expect(
      refusal { $0.ringPrimes[0].count = 10 } == .modulusTooLarge(ringDegree: 16384, modulusBits: 480, allowedBits: 438)
    )
    // The one proof more than the margin carries: U = 36 costs a bit, s = 64 fails by 0.73 bits.
    let drowning = refusal { ($0.statisticalSecurity, $0.replyLifetimeBits, $0.ciphertextsPerProof) = (64, 0, 36) }
    guard case .drowningTooSmall(let margin, 64, _, let needed) = drowning else {
      Issue.record("\(String(describing: drowning))")
      return
    }
    #expect(abs(margin - 63.27) < 0.01 && abs(needed - 432.7) < 0.06)
    guard case .replyModulusTooSmall = refusal({ $0.replyPrimeCount = 2 }) else {
      Issue.record("two primes cannot hold a switched reply of p127")
      return
    }
    guard case .noDrowningRoom = refusal({ $0.ringPrimes[0].count = 7 }) else {
      Issue.record("seven primes leave no room")
      return
    }
    #expect(refusal { $0.ringDegree = 2048 } == .noStandardSecurity(ringDegree: 2048))
    #expect(
      refusal { $0.statisticalSecurity = 39 } == .outOfRange(field: "statisticalSecurity", value: 39, allowed: 40...128)
    )
    #expect(refusal { $0.ringDegree = 10000 } == .invalidRing(.invalidRingDegree(10000)))
    #expect(
      refusal { $0.ringPrimes = [] }
        == .outOfRange(field: "ringPrimes (all counts together)", value: 0, allowed: 1...16))
    #expect(
      refusal { $0.plaintextModulus = 65537 }
        == .plaintextModulusTooSmall(statisticalSecurity: 40, plaintextModulusBits: 17))
    #expect("\(drowning!)".contains("p·D ≥ lin·N·2^(s+lifetime)"))
  }

  @Test func repliesOnMACKeyCiphertextsFitIntoTheBudgetOfProvenCiphertexts() throws {
    for literal in [ParameterLiteral.a, .b] {
      let budget = try Parameters(validating: literal).budget
      #expect(budget.constantPhase <= budget.freshPhase)
      let factor = NaturalNumber(4 * 128 * (3 * literal.ringDegree + 1))
      #expect(budget.constantMaskFactor == factor)
      // 2(κ−1)·B: exact, nothing is doubled.
      let twice = factor + factor - NaturalNumber(2)
      #expect(budget.provenConstantBounds == budget.honestBounds.map { twice * $0 })
    }
    let report = ParameterReport(try Parameters(validating: .a))
    #expect(abs(report.constantSlackBits - 25.585) < 0.001)
    #expect(report.constantPhaseLog2 < report.freshPhaseLog2)
    // One ciphertext per proof and hardly any soundness: now the constant proof is the wider one, and the set is refused.
    var literal = InsecureToy257.literal()
    (literal.ciphertextsPerProof, literal.proofSoundness, literal.keyProofRepetitions) = (1, 1, 256)
    do {
      _ = try Parameters(insecure: literal)
      Issue.record("accepted")
    } catch {
      guard case .constantProofTooWide(let phase, let fresh) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(phase > fresh)
      #expect("\(error)".contains("constant phase ≤ fresh phase"))
    }
  }

  @Test func toySetsPassAllButTheSecurityCheck() throws {
    for degree in [64, 256, 1024] {
      let toy = try InsecureToy64.parameters(ringDegree: degree)
      #expect(toy.isInsecure && toy.drowningMarginBits >= 40)
      #expect(throws: ParameterError.noStandardSecurity(ringDegree: degree)) {
        try Parameters(validating: InsecureToy64.literal(ringDegree: degree))
      }
    }
    for degree in [16, 128] {
      #expect(try InsecureToy257.parameters(ringDegree: degree).drowningMarginBits >= 40)
    }
    #expect(throws: ParameterError.outOfRange(field: "ringDegree", value: 2048, allowed: 64...1024)) {
      try InsecureToy64.parameters(ringDegree: 2048)
    }
  }

  @Test func literalsSurviveJSON() throws {
    for literal in ParameterLiteral.secureSets {
      let data = try JSONEncoder().encode(literal)
      #expect(try JSONDecoder().decode(ParameterLiteral.self, from: data) == literal)
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ParameterLiteral.self, from: Data("{}".utf8))
    }
  }

  @Test func searchFindsTheSmallestChain() throws {
    var demands = ParameterLiteral.a
    demands.replyLifetimeBits = 0
    let found = ParameterSearch.run(demands, primeBits: 48)
    #expect(found.map(\.ringDegree) == [4096, 8192, 16384, 32768])
    let at16384 = try found[2].result.get()
    #expect(at16384.primeCount == 9 && at16384.replyPrimeCount == 3)
    #expect(throws: ParameterError.self) { try found[1].result.get() }
  }
}

@Suite struct NaturalNumberTests {
  @Test func divisionUndoesMultiplication() {
    var generator = SplitMix(seed: 7)
    for _ in 0..<200 {
      let a = NaturalNumber(words: (0..<Int(generator.next() % 7)).map { _ in generator.next() })
      let b = NaturalNumber(words: (0..<Int(generator.next() % 4)).map { _ in generator.next() } + [1])
      let r = b - NaturalNumber(1)
      let (quotient, remainder) = (a * b + r).quotientAndRemainder(dividingBy: b)
      #expect(quotient == a && remainder == r)
      #expect((a + b) - b == a)
      #expect((a << 67) >> 67 == a)
      let root = a.squareRootRoundedUp()
      #expect(root * root >= a)
      #expect(a < NaturalNumber(1) || (root - NaturalNumber(1)) * (root - NaturalNumber(1)) < a)
    }
  }

  @Test func decimalsAndLogarithms() {
    #expect(
      NaturalNumber.powerOfTwo(200).description == "1606938044258990275541962092341162602522202993782792835301376")
    #expect(NaturalNumber(words: []).description == "0")
    #expect(abs(NaturalNumber.powerOfTwo(432).log2 - 432) < 1e-9)
  }
}
