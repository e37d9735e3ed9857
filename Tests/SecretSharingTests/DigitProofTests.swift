import FieldArithmetic
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

private typealias Active = AuthenticatedSharing<P127>

@Suite("Digits of range-checked inputs are proven")
struct DigitProofTests {
  @Test("P is 0 at the digits and nowhere near them", arguments: 1...3)
  func roots(width: Int) {
    let candidates = (-3..<20).map { P127(signed: Int128($0)) }
    let values = DigitGroups.product(candidates, width: width)
    for (candidate, value) in zip(-3..<20, values) {
      #expect((value == .zero) == (0..<(1 << width)).contains(candidate), "\(candidate)")
    }
  }

  @Test("Digits put a value together again", arguments: [1, 2, 3, 7, 18, 48, 63])
  func digits(bits: Int) {
    let largest = UInt64.max >> UInt64(64 - bits)
    let values = [0, 1, largest, largest / 3]
    let digits = DigitForm(count: 4, bits: bits).digits(of: values, P127.self)
    for (index, value) in values.enumerated() {
      let parts = stride(from: index, to: digits.count, by: 4).map { digits[$0].canonical }
      #expect(parts.reversed().reduce(0) { $0 << 3 + $1 } == UInt128(value) && parts.allSatisfy { $0 < 8 })
    }
  }

  /// One wrong digit among many, in every section and at both ends; `nil`: none.
  @Test(
    "One wrong digit of 1,001 values ends the session",
    arguments: [nil, (0, 8), (2001, 8), (2002, 2), (3002, 2), (1500, -1)] as [(Int, Int)?])
  func oneWrongDigit(wrong: (index: Int, digit: Int)?) throws {
    // 7 bits: two digits of three bits and one of one bit.
    let form = DigitForm(count: 1001, bits: 7)
    let values = (0..<1001).map { UInt64($0 * 37 % 128) }
    let report = simulateSessions(2, Active.self) { session throws(ProtocolAbort) -> Bool in
      var digits = form.digits(of: values, P127.self)
      if let wrong { digits[wrong.index] = P127(signed: Int128(wrong.digit)) }
      let prover = PartyID(1)
      let shared = try await DigitProof.input(
        digits: session.me == prover ? digits : nil, form: form, from: prover, in: &session
      ) { DigitGroups.quotient($0, $1, form: form) }.values
      return try await session.reveal(shared) == values.map { P127($0) }
    }
    for result in report.results {
      switch result {
      case .success(let isRight): #expect(wrong == nil && isRight)
      case .failure(let abort):
        guard wrong != nil, case .macCheckFailed = abort else { throw abort }
      }
    }
  }

  @Test("A quotient that is 0 does not help")
  func ownQuotient() throws {
    let form = DigitForm(count: 8, bits: 3)
    let report = simulateSessions(2, Active.self) { session throws(ProtocolAbort) in
      let mine = session.me.index == 0
      // q is the zero polynomial for a prover that sends t = 0; its digits are none.
      _ = try await DigitProof.input(
        digits: mine ? (8..<16).map { P127(UInt64($0)) } : nil, form: form, from: PartyID(0), in: &session
      ) { _, _ in P127.filled(form.quotientCount, with: .zero) }
      try await session.verify()
    }
    for result in report.results {
      guard case .failure(.macCheckFailed) = result else {
        Issue.record("\(result)")
        continue
      }
    }
  }
}
