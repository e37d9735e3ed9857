/// Why a parameter set is refused: the inequality that fails, with its numbers. Decisions are on exact integers; the
/// logarithms here are for reading.
public enum ParameterError: Error, Equatable, Sendable {
  /// A number is outside the range the code supports at all.
  case outOfRange(field: String, value: Int, allowed: ClosedRange<Int>)
  /// The primes, the degree or the plaintext modulus do not make a ring.
  case invalidRing(RingError)
  /// A secure set needs a row for its degree in the table of the homomorphic-encryption standard.
  case noStandardSecurity(ringDegree: Int)
  /// log q is above the standard's 128-bit limit for ternary secrets.
  case modulusTooLarge(ringDegree: Int, modulusBits: Int, allowedBits: Int)
  /// p < 2^(s+2): a check over F_p could not reach s bits.
  case plaintextModulusTooSmall(statisticalSecurity: Int, plaintextModulusBits: Int)
  /// q is too small for a drowning noise to exist at all.
  case noDrowningRoom(modulusBits: Int, linearPhaseLog2: Double)
  /// lin + p(D+1) < q/2 fails.
  case decryptionFails(phaseLog2: Double, halfModulusLog2: Double)
  /// p·D ≥ lin·N·2^(s+lifetime) fails.
  case drowningTooSmall(marginBits: Double, neededBits: Int, modulusLog2: Double, neededModulusLog2: Double)
  /// The phase of a switched reply does not stay below q'/2.
  case replyModulusTooSmall(phaseLog2: Double, halfReplyModulusLog2: Double)
  /// The phase of a MAC key ciphertext, as its constant proof bounds it, is above that of a proven ciphertext.
  case constantProofTooWide(phaseLog2: Double, freshPhaseLog2: Double)
}

extension ParameterError: CustomStringConvertible {
  /// What failed, by how much, and what to change.
  public var description: String {
    switch self {
    case .outOfRange(let field, let value, let allowed):
      "\(field) is \(value), allowed are \(allowed.lowerBound) … \(allowed.upperBound)"
    case .invalidRing(let error):
      "degree, primes and plaintext modulus do not make a ring: \(error)"
    case .noStandardSecurity(let degree):
      "N = \(degree) has no 128-bit row in the homomorphic-encryption standard; use 4096, 8192, 16384 or 32768"
    case .modulusTooLarge(let degree, let bits, let allowed):
      "log q ≤ \(allowed) fails for N = \(degree) (128-bit limit of the homomorphic-encryption standard, ternary "
        + "secret): log q is \(bits); take fewer primes or a larger ring degree"
    case .plaintextModulusTooSmall(let s, let bits):
      "p ≥ 2^(s+2) fails: p has \(bits) bits and s is \(s); take a larger p or a smaller s"
    case .noDrowningRoom(let bits, let lin):
      "D = ⌊q/4p⌋ ≥ 1 fails or lies below the noise: log q is \(bits), the phase of an undrowned reply reaches "
        + "2^\(rounded(lin)); take more primes"
    case .decryptionFails(let phase, let half):
      "lin + p(D+1) < q/2 fails: the phase reaches 2^\(rounded(phase)), q/2 is 2^\(rounded(half)); take more primes"
    case .drowningTooSmall(let margin, let needed, let given, let neededModulus):
      "p·D ≥ lin·N·2^(s+lifetime) fails: the margin is \(rounded(margin)) bits, \(needed) are needed; log q is "
        + "\(rounded(given)), \(rounded(neededModulus)) is needed; take more primes, a smaller s or a shorter lifetime"
    case .replyModulusTooSmall(let phase, let half):
      "q' > 2·phase fails for switched replies: their phase reaches 2^\(rounded(phase)), q'/2 is 2^\(rounded(half)); "
        + "keep more primes in replies"
    case .constantProofTooWide(let phase, let fresh):
      "constant phase ≤ fresh phase fails: MAC key ciphertexts reach 2^\(rounded(phase)), ciphertexts with a proof of "
        + "plaintext knowledge 2^\(rounded(fresh)), and replies are drowned for the latter; take fewer repetitions of the "
        + "key proof or more ciphertexts per proof"
    }
  }
}

/// One decimal.
func rounded(_ x: Double) -> String {
  guard x.isFinite else { return "\(x)" }
  let tenths = Int((x * 10).rounded())
  return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
}
