/// Why a ring, modulus or plan could not be set up. Raised at set-up only; arithmetic on an existing ring does not fail.
public enum RingError: Error, Equatable, Sendable {
  /// The ring degree is not a power of two in 2 … 32768.
  case invalidRingDegree(Int)
  /// The modulus is not a prime in 3 … 2^62 congruent to 1 modulo twice the ring degree.
  case invalidModulus(UInt64, ringDegree: Int)
  /// The plaintext modulus is neither 2^127 − 851967 nor an odd prime below 2^62, or not 1 modulo twice the ring degree.
  case invalidPlaintextModulus(UInt128, ringDegree: Int)
  /// The chain repeats a prime, is empty, or has more than 16 primes.
  case invalidChain(moduliCount: Int)
  /// Fewer primes below 2^bits than asked for.
  case primesNotFound(bits: Int, count: Int)
  /// A root of unity failed its certificate; the number-theory library is broken.
  case uncertifiedRoot(modulus: UInt128)
  /// The system is out of memory.
  case outOfMemory
}
