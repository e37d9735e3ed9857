/// (c0, c1) in evaluations over all primes: c0 − c1·s = m + p·ν. `Role` says under which kind of key.
public struct Ciphertext<Role: KeyRole>: Sendable, Equatable {
  /// b·u + p·w + m for a fresh one.
  public let c0: Poly<Evaluations>
  /// a·u + p·v for a fresh one.
  public let c1: Poly<Evaluations>

  /// Assembles a ciphertext; received ones are bounded only by their proof.
  public init(c0: Poly<Evaluations>, c1: Poly<Evaluations>) {
    precondition(c0.ringDegree == c1.ringDegree && c0.limbCount == c1.limbCount, "both parts belong to one ring")
    self.c0 = c0
    self.c1 = c1
  }
}

/// A fresh secret-key encryption with c1 = `uniform(seed:)`: half the bytes. For passive sets, where nothing about the
/// randomness has to be proven; the seed must be fresh for every ciphertext.
public struct SeededCiphertext<Role: KeyRole>: Sendable, Equatable {
  /// 32 public bytes that c1 is expanded from.
  public let seed: [UInt8]
  /// c1·s + p·e + m.
  public let c0: Poly<Evaluations>

  /// Assembles; 32 bytes of seed.
  public init(seed: [UInt8], c0: Poly<Evaluations>) {
    precondition(seed.count == 32, "a seed has 32 bytes")
    self.seed = seed
    self.c0 = c0
  }
}

/// A drowned ciphertext after modulus switching, in coefficients over the first primes: what is sent back to the owner
/// of the key. Its plaintext is off by the product of the dropped primes, which decryption multiplies back.
public struct Reply<Role: KeyRole>: Sendable, Equatable {
  /// First part.
  public let c0: Poly<Coefficients>
  /// Second part.
  public let c1: Poly<Coefficients>

  /// Assembles a reply.
  public init(c0: Poly<Coefficients>, c1: Poly<Coefficients>) {
    precondition(c0.ringDegree == c1.ringDegree && c0.limbCount == c1.limbCount, "both parts belong to one ring")
    self.c0 = c0
    self.c1 = c1
  }
}
