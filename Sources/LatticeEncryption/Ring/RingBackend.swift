public import MPCCore

/// The arithmetic of R_q and of its plaintext space that the encryption scheme is written on. Two implementations:
/// `NativeRing` (own kernels, constant time) and `NTLRing` (everything on NTL, variable time, the reference).
///
/// Both give the same bits. Polynomials hold canonical residues; operands of one call have equal `ringDegree` and
/// `limbCount` (precondition). A polynomial with `limbCount` l lives modulo the first l primes of the basis.
public protocol RingBackend: Sendable {
  /// For reports: "native-ifma", "native-avx2", "native-portable", "ntl".
  var name: String { get }
  /// Degree and primes.
  var basis: RNSBasis { get }
  /// The plaintext prime and its slots.
  var plaintext: PlaintextModulus { get }

  /// Coefficients → evaluations. Works in place if the argument is the only copy.
  func forwardTransform(_ f: consuming Poly<Coefficients>) -> Poly<Evaluations>
  /// Evaluations → coefficients. Works in place if the argument is the only copy.
  func inverseTransform(_ f: consuming Poly<Evaluations>) -> Poly<Coefficients>

  /// y ← y + x.
  func add<R>(_ x: Poly<R>, to y: inout Poly<R>)
  /// y ← y − x.
  func subtract<R>(_ x: Poly<R>, from y: inout Poly<R>)
  /// y ← −y.
  func negate<R>(_ y: inout Poly<R>)
  /// y ← scalar·y + addend; the scalar is an integer below 2^127, reduced modulo each prime.
  func scale<R>(_ y: inout Poly<R>, by scalar: UInt128, adding addend: Poly<R>?)
  /// Product in R_q.
  func multiply(_ a: Poly<Evaluations>, _ b: Poly<Evaluations>) -> Poly<Evaluations>
  /// addend + Σ_j a_j·b_j, read once and reduced once: one pass over memory. 1 … 16 products.
  /// Encryption is c0 = b·u + (p·w + m), replies are c0·x + b·u′ + (p·w′ + r + p·y).
  func sumOfProducts(
    _ products: [(Poly<Evaluations>, Poly<Evaluations>)], adding addend: Poly<Evaluations>?
  ) -> Poly<Evaluations>
  /// The evaluations of X^exponent, exponent modulo 2N; X^N = −1. For challenge monomials.
  func monomial(_ exponent: Int, limbCount: Int) -> Poly<Evaluations>

  /// Signed multi-word integers (N of them) modulo each of the first `limbCount` primes.
  func reduce(_ x: WideIntegers, limbCount: Int, secret: Bool) -> Poly<Coefficients>
  /// Plaintext coefficients in [0, p), lifted to [−(p−1)/2, (p−1)/2] and reduced; N of them.
  func reduceCentred(_ m: Span<UInt128>, limbCount: Int, secret: Bool) -> Poly<Coefficients>
  /// Small signed integers, |x| ≤ 127; N of them: ternary and binomial samples.
  func reduce(_ x: Span<Int8>, limbCount: Int, secret: Bool) -> Poly<Coefficients>

  // Fused operations, each one pass over memory where the backend can; secret results.

  /// p·(y + w) + m for plaintext coefficients m as in `reduceCentred`, small integers w with |w| ≤ 127 and wide ones y,
  /// N of each; what is nil is 0.
  func message(
    _ m: Span<UInt128>?, error w: Span<Int8>?, noise y: WideIntegers?, limbCount: Int
  ) -> Poly<Coefficients>
  /// (b·u + f, a·u + g) in evaluations for small u: an encryption with f and g from `message`.
  func encryption(
    of f: consuming Poly<Coefficients>, _ g: consuming Poly<Coefficients>, under b: Poly<Evaluations>,
    _ a: Poly<Evaluations>, ephemeral u: borrowing SecretBuffer<Int8>
  ) -> (Poly<Evaluations>, Poly<Evaluations>)
  /// (s + Σ c0_k·x_k + b·u + f, t + Σ c1_k·x_k + a·u + g) in coefficients for small u and a sum (s, t), zero if nil: a
  /// reply before switching, with f and g from `message`.
  func reply(
    _ f: consuming Poly<Coefficients>, _ g: consuming Poly<Coefficients>, products: [ReplyTerm],
    adding sum: (Poly<Evaluations>, Poly<Evaluations>)?, under b: Poly<Evaluations>, _ a: Poly<Evaluations>,
    ephemeral u: borrowing SecretBuffer<Int8>
  ) -> (Poly<Coefficients>, Poly<Coefficients>)

  /// f − g·s in coefficients: the phase of a reply (f, g) under the key s.
  func phase(_ f: Poly<Coefficients>, _ g: Poly<Coefficients>, key s: Poly<Evaluations>) -> Poly<Coefficients>

  /// Drops the last `count` primes, one at a time: δ = p·[−c·p⁻¹]_(q_l) centred, c ← (c + δ)/q_l. The plaintext is
  /// multiplied by q_l⁻¹ mod p for each; `recompose` with `restoringDropped` undoes it.
  func switchModulus(_ c: consuming Poly<Coefficients>, dropping count: Int) -> Poly<Coefficients>
  /// The centred representative of each coefficient modulo q_0 ⋯ q_(l−1), l = `limbCount`, reduced modulo p, times the
  /// product of the primes l ..< `restoringDropped` (pass `limbCount` to restore nothing). Writes N values in [0, p).
  func recompose(
    _ f: Poly<Coefficients>, restoringDropped chainLength: Int, into values: inout MutableSpan<UInt128>)

  /// Plaintext coefficients → slots, in place: N values in [0, p). With fewer than log2 N `layers` only the first ones
  /// are done, leaving 2^layers independent polynomials modulo X^(N/2^layers) − ζ_t (component packing).
  func slots(fromCoefficients values: inout MutableSpan<UInt128>, layers: Int)
  /// The inverse of `slots(fromCoefficients:layers:)`.
  func coefficients(fromSlots values: inout MutableSpan<UInt128>, layers: Int)
  /// Fibre packing: `values` are N/d slot values, each meant for a block of d equal slots; the result is the N/d
  /// coefficients of the polynomial in Y = X^d that has them. One small transform. d is a power of two.
  func fibreCoefficients(fromBlockValues values: inout [UInt128])
  /// The evaluations of Σ_i m_i·X^(d·i) for the N/d centred lifts m_i of plaintext coefficients in [0, p): one transform
  /// of degree N/d per prime, every value repeated d times.
  func fibreEvaluations(ofCoefficients m: Span<UInt128>, limbCount: Int) -> Poly<Evaluations>
  /// The same without repeating: the N/d block values. Secret memory.
  func blockEvaluations(ofCoefficients m: Span<UInt128>, limbCount: Int) -> Poly<Evaluations>
  /// sums_j ← sums_j + Σ_k a_k·x_jk for polynomials x_jk in X^d given by their N/d block values; at most 1024 products.
  /// For each block a matrix product over the residues.
  func addBlockProducts(_ a: [Poly<Evaluations>], _ x: [[Poly<Evaluations>]], to sums: inout [Poly<Evaluations>])
}

extension RingBackend {
  /// log2 N.
  public var logDegree: Int { basis.ringDegree.trailingZeroBitCount }
  /// All plaintext coefficients → slots.
  public func slots(fromCoefficients values: inout [UInt128]) { slots(fromCoefficients: &values, layers: logDegree) }
  /// All slots → plaintext coefficients.
  public func coefficients(fromSlots values: inout [UInt128]) { coefficients(fromSlots: &values, layers: logDegree) }
  /// The first `layers` layers on an array.
  public func slots(fromCoefficients values: inout [UInt128], layers: Int) {
    var span = values.mutableSpan
    slots(fromCoefficients: &span, layers: layers)
  }
  /// The inverse of the first `layers` layers on an array.
  public func coefficients(fromSlots values: inout [UInt128], layers: Int) {
    var span = values.mutableSpan
    coefficients(fromSlots: &span, layers: layers)
  }
  /// `recompose` into a new array.
  public func recompose(_ f: Poly<Coefficients>, restoringDropped chainLength: Int) -> [UInt128] {
    var values = [UInt128](repeating: 0, count: f.ringDegree)
    var span = values.mutableSpan
    recompose(f, restoringDropped: chainLength, into: &span)
    return values
  }
  /// A zero polynomial over the first `limbCount` primes (default all).
  public func zero<R>(_: R.Type, limbCount: Int? = nil, secret: Bool = false) -> Poly<R> {
    Poly(zeroOfDegree: basis.ringDegree, limbCount: limbCount ?? basis.moduli.count, secret: secret)
  }
}
