import FieldArithmetic
import Foundation
import InsecureToyField
import Testing

/// Tests/Vectors/pratt.json, made by Scripts/vectors/pratt.py. Numbers are decimal strings.
private struct PrattCertificates: Decodable {
  struct Factor: Decodable {
    var prime: String
    var exponent: Int
  }
  struct Certificate: Decodable {
    var prime: String
    var generator: UInt64
    var factors: [Factor]
  }
  var certificates: [Certificate]

  static func load() throws -> PrattCertificates {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/pratt.json")
    return try JSONDecoder().decode(PrattCertificates.self, from: Data(contentsOf: file))
  }
}

/// Verifies Pratt certificates with arithmetic of its own (128-bit division), not that of the fields under test.
private struct PrattVerifier {
  var certificates: [UInt128: (generator: UInt128, factors: [(prime: UInt128, exponent: Int)])] = [:]

  init(_ data: PrattCertificates) throws {
    for entry in data.certificates {
      let factors = try entry.factors.map { (try #require(UInt128($0.prime)), $0.exponent) }
      certificates[try #require(UInt128(entry.prime))] = (UInt128(entry.generator), factors)
    }
  }

  static func power(_ base: UInt128, _ exponent: UInt128, _ m: UInt128) -> UInt128 {
    var (result, square, rest): (UInt128, UInt128, UInt128) = (1, base % m, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = m.dividingFullWidth(result.multipliedFullWidth(by: square)).remainder }
      square = m.dividingFullWidth(square.multipliedFullWidth(by: square)).remainder
      rest >>= 1
    }
    return result
  }

  /// Whether n is proved prime: below 1000 by trial division, else by its certificate and those of the factors of n − 1.
  func proves(_ n: UInt128) -> Bool {
    if n < 1000 { return n >= 2 && (2..<n).allSatisfy { $0 * $0 > n || n % $0 != 0 } }
    guard let (generator, factors) = certificates[n] else { return false }
    var product: UInt128 = 1
    for (prime, exponent) in factors {
      guard prime < n, exponent > 0, proves(prime) else { return false }
      for _ in 0..<exponent {
        let (value, overflow) = product.multipliedReportingOverflow(by: prime)
        if overflow { return false }
        product = value
      }
    }
    return product == n - 1 && Self.power(generator, n - 1, n) == 1
      && factors.allSatisfy { Self.power(generator, (n - 1) / $0.prime, n) != 1 }
  }
}

@Suite struct PrimalityTests {
  @Test func moduliAreProvedPrimeByPrattCertificates() throws {
    let verifier = try PrattVerifier(PrattCertificates.load())
    #expect(verifier.proves(P127.modulus))
    #expect(verifier.proves(P61.modulus))
    #expect(verifier.proves(InsecureP257.modulus))
    #expect(P127.modulus == (1 << 127) - 851_967 && P61.modulus == (1 << 61) - 2_031_615)
  }

  @Test func generatorsOfTheFieldsGenerateByTheCertifiedFactors() throws {
    func check<F: PrimeField>(_: F.Type, _ factors: [(prime: UInt128, exponent: Int)]) {
      for (prime, _) in factors {
        #expect(F.generator.power((F.modulus - 1) / prime) != .one, "\(F.name): factor \(prime)")
      }
    }
    let verifier = try PrattVerifier(PrattCertificates.load())
    check(P127.self, try #require(verifier.certificates[P127.modulus]).factors)
    check(P61.self, try #require(verifier.certificates[P61.modulus]).factors)
    check(InsecureP257.self, [(2, 8)])
  }

  @Test func aTamperedCertificateProvesNothing() throws {
    var verifier = try PrattVerifier(PrattCertificates.load())
    #expect(!verifier.proves(P127.modulus + 2) && !verifier.proves(1) && !verifier.proves(999))
    let honest = try #require(verifier.certificates[P127.modulus])
    verifier.certificates[P127.modulus] = (4, honest.factors)  // a square
    #expect(!verifier.proves(P127.modulus))
    verifier.certificates[P127.modulus] = (honest.generator, Array(honest.factors.dropLast()))
    #expect(!verifier.proves(P127.modulus))
    verifier.certificates[P127.modulus] = honest
    verifier.certificates[try #require(honest.factors.last).prime] = nil
    #expect(!verifier.proves(P127.modulus))
  }
}
