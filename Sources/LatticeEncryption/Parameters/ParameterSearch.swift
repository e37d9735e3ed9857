/// The smallest chain of equal-sized primes for given demands, for every ring degree of the standard.
public enum ParameterSearch {
  /// One degree's answer.
  public struct Candidate: Sendable {
    /// N.
    public let ringDegree: Int
    /// The valid set, or why even 16 primes do not do.
    public let result: Result<Parameters, ParameterError>
  }

  /// Starts from the demands in `literal` (adversary, p, s, U, lifetime, d, bounds) and tries, for each degree, 1 … 16
  /// primes of `primeBits` bits, with as few of them in replies as the switched phase allows.
  public static func run(_ literal: ParameterLiteral, primeBits: Int) -> [Candidate] {
    [4096, 8192, 16384, 32768].map { degree in
      Candidate(ringDegree: degree, result: smallest(literal, primeBits: primeBits, ringDegree: degree))
    }
  }

  private static func smallest(
    _ literal: ParameterLiteral, primeBits: Int, ringDegree: Int
  ) -> Result<Parameters, ParameterError> {
    var candidate = literal
    candidate.ringDegree = ringDegree
    candidate.name = "N=\(ringDegree)"
    var last: ParameterError?
    var replyCount = 1
    var count = 1
    while count <= 16 {
      candidate.ringPrimes = [ParameterLiteral.RingPrimes(bits: primeBits, count: count)]
      candidate.replyPrimeCount = min(replyCount, count)
      do throws(ParameterError) {
        return .success(try Parameters(validating: candidate))
      } catch {
        switch error {
        case .replyModulusTooSmall where replyCount < count:
          replyCount += 1
        case .noDrowningRoom, .drowningTooSmall, .decryptionFails, .replyModulusTooSmall:
          last = error
          count += 1
        default:
          return .failure(error)
        }
      }
    }
    return .failure(last ?? .outOfRange(field: "ringPrimes (all counts together)", value: count, allowed: 1...16))
  }
}
