public import MPCCore

// The fused operations of encryption and replies, composed of single ones: what a backend does that has nothing faster,
// and what the faster ones are tested against.
extension RingBackend {
  /// p·(y + w) + m by separate reductions.
  public func message(
    _ m: Span<UInt128>?, error w: Span<Int8>?, noise y: WideIntegers?, limbCount: Int
  ) -> Poly<Coefficients> {
    var total = Poly<Coefficients>(zeroOfDegree: basis.ringDegree, limbCount: limbCount, secret: true)
    if let y { add(reduce(y, limbCount: limbCount, secret: true), to: &total) }
    if let w { add(reduce(w, limbCount: limbCount, secret: true), to: &total) }
    scale(&total, by: plaintext.value, adding: nil)
    if let m { add(reduceCentred(m, limbCount: limbCount, secret: true), to: &total) }
    return total
  }

  /// (b·u + f, a·u + g) in evaluations.
  public func encryption(
    of f: consuming Poly<Coefficients>, _ g: consuming Poly<Coefficients>, under b: Poly<Evaluations>,
    _ a: Poly<Evaluations>, ephemeral u: borrowing SecretBuffer<Int8>
  ) -> (Poly<Evaluations>, Poly<Evaluations>) {
    let u = forwardTransform(u.withSpan { [count = f.limbCount] in reduce($0, limbCount: count, secret: true) })
    return (
      sumOfProducts([(b, u)], adding: forwardTransform(f)), sumOfProducts([(a, u)], adding: forwardTransform(g))
    )
  }

  /// (s + Σ c0_k·x_k + b·u + f, t + Σ c1_k·x_k + a·u + g) in coefficients.
  public func reply(
    _ f: consuming Poly<Coefficients>, _ g: consuming Poly<Coefficients>, products: [ReplyTerm],
    adding sum: (Poly<Evaluations>, Poly<Evaluations>)?, under b: Poly<Evaluations>, _ a: Poly<Evaluations>,
    ephemeral u: borrowing SecretBuffer<Int8>
  ) -> (Poly<Coefficients>, Poly<Coefficients>) {
    let u = forwardTransform(u.withSpan { [count = f.limbCount] in reduce($0, limbCount: count, secret: true) })
    var first = sumOfProducts([(b, u)], adding: sum?.0)
    var second = sumOfProducts([(a, u)], adding: sum?.1)
    for term in products {
      first = sumOfProducts([(term.c0, term.multiplicand)], adding: first)
      second = sumOfProducts([(term.c1, term.multiplicand)], adding: second)
    }
    var (c0, c1) = (inverseTransform(first), inverseTransform(second))
    add(f, to: &c0)
    add(g, to: &c1)
    return (c0, c1)
  }

  /// f − g·s in coefficients.
  public func phase(
    _ f: Poly<Coefficients>, _ g: Poly<Coefficients>, key s: Poly<Evaluations>
  ) -> Poly<Coefficients> {
    var difference = inverseTransform(multiply(forwardTransform(g), s))
    subtract(f, from: &difference)
    negate(&difference)
    return difference
  }
}

/// A ciphertext and what it is multiplied by, in a reply.
public struct ReplyTerm: Sendable {
  /// First component of the ciphertext.
  public let c0: Poly<Evaluations>
  /// Second component.
  public let c1: Poly<Evaluations>
  /// Secret.
  public let multiplicand: Poly<Evaluations>

  /// The three belong to one ring.
  public init(c0: Poly<Evaluations>, c1: Poly<Evaluations>, multiplicand: Poly<Evaluations>) {
    self.c0 = c0
    self.c1 = c1
    self.multiplicand = multiplicand
  }
}
