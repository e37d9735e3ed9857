public import MPCCore

// Plaintexts by positions: coefficients, slots, or the components between, 2^layers polynomials modulo X^(N/2^layers) − ζ.
extension BGV {
  /// Plaintext coefficients of given positions; N values in [0, p).
  public func coefficients(
    ofPositions positions: borrowing SecretBuffer<UInt128>, layers: Int
  ) -> SecretBuffer<UInt128> {
    transformed(positions) { ring.coefficients(fromSlots: &$0, layers: layers) }
  }

  /// Positions of plaintext coefficients; N values in [0, p).
  public func positions(
    ofCoefficients m: borrowing SecretBuffer<UInt128>, layers: Int
  ) -> SecretBuffer<UInt128> {
    transformed(m) { ring.slots(fromCoefficients: &$0, layers: layers) }
  }

  /// The multiplicand whose slots are constant on N/d blocks of d: values of the blocks in [0, p).
  public func multiplicand(blockValues: borrowing SecretBuffer<UInt128>) -> Poly<Evaluations> {
    ring.spread(blockMultiplicand(blockValues: blockValues))
  }
}
