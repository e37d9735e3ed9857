public import MPCCore

extension BGV {
  /// Plaintext coefficients of a reply, N of them in [0, p): the centred phase modulo p, times the dropped primes.
  ///
  /// Never fails: what a malformed reply decrypts to is decided on by the batch check, not here, since a reaction to the
  /// size of the phase would leak the key.
  public func decrypt<Role: KeyRole>(
    _ reply: Reply<Role>, with key: borrowing SecretKey<Role>
  ) -> SecretBuffer<UInt128> {
    coefficients(ofPhase: phase(of: reply, with: key))
  }

  /// Plaintext coefficients of a ciphertext over all primes.
  public func decrypt<Role: KeyRole>(
    _ ciphertext: Ciphertext<Role>, with key: borrowing SecretKey<Role>
  ) -> SecretBuffer<UInt128> {
    coefficients(ofPhase: phase(of: ciphertext, with: key))
  }

  private func coefficients(ofPhase phase: Poly<Coefficients>) -> SecretBuffer<UInt128> {
    SecretBuffer(uninitializedCount: ringDegree) { ring.recompose(phase, restoringDropped: limbCount, into: &$0) }
  }

  /// c0 − c1·s. Secret: it holds message, key-dependent noise and drowning noise.
  package func phase<Role: KeyRole>(
    of ciphertext: Ciphertext<Role>, with key: borrowing SecretKey<Role>
  ) -> Poly<Coefficients> {
    var difference = ring.multiply(ciphertext.c1, key.evaluations)
    ring.subtract(ciphertext.c0, from: &difference)
    ring.negate(&difference)
    return ring.inverseTransform(difference)
  }

  /// The same for a reply over any number of primes.
  package func phase<Role: KeyRole>(
    of reply: Reply<Role>, with key: borrowing SecretKey<Role>
  ) -> Poly<Coefficients> {
    let count = reply.c0.limbCount
    let s = count == parameters.replyPrimeCount ? key.replyEvaluations : key.evaluations.prefix(count)
    return ring.phase(reply.c0, reply.c1, key: s)
  }
}
