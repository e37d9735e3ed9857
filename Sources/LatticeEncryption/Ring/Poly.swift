/// What the numbers of a `Poly` mean.
public protocol PolynomialRepresentation: Sendable {}

/// Limb i holds the coefficients of X^0 … X^(N−1) modulo q_i.
public enum Coefficients: PolynomialRepresentation {}

/// Limb i holds f(ψ_i^(2·rev(k)+1)) modulo q_i at index k, rev reversing log2 N bits: products are pointwise.
public enum Evaluations: PolynomialRepresentation {}

/// An element of R_q in residue-number form: one limb of N canonical residues for each of the first `limbCount` primes
/// of a ring. A value type; copies share storage until one is written.
///
/// Secret polynomials are made with `secret: true`: their memory is wiped when the last copy dies. Results computed
/// from them are marked if the destination was; a secret key belongs into a `~Copyable` owner on top.
public struct Poly<Representation: PolynomialRepresentation>: Sendable {
  var storage: ResidueStorage
  /// N.
  public let ringDegree: Int
  /// Number of primes, a prefix of the ring's chain.
  public private(set) var limbCount: Int

  /// The zero polynomial.
  public init(zeroOfDegree ringDegree: Int, limbCount: Int, secret: Bool = false) {
    self.init(ringDegree: ringDegree, limbCount: limbCount, secret: secret, zeroed: true)
  }

  init(ringDegree: Int, limbCount: Int, secret: Bool, zeroed: Bool) {
    precondition(ringDegree > 0 && limbCount > 0, "a polynomial needs a degree and at least one limb")
    self.ringDegree = ringDegree
    self.limbCount = limbCount
    storage = ResidueStorage(wordCount: ringDegree * limbCount, wipesOnRelease: secret, zeroed: zeroed)
  }

  /// Reinterprets storage; the caller has transformed it.
  init<Other>(taking other: Poly<Other>) {
    storage = other.storage
    ringDegree = other.ringDegree
    limbCount = other.limbCount
  }

  /// Whether the memory is wiped on release.
  public var isSecret: Bool { storage.wipesOnRelease }

  /// Reads limb i: N residues in [0, q_i).
  public func withLimb<Result, Failure: Error>(
    _ i: Int, _ body: (Span<UInt64>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(i >= 0 && i < limbCount, "limb index out of range")
    let buffer = unsafe UnsafeBufferPointer(start: storage.base + i * ringDegree, count: ringDegree)
    let span = unsafe buffer.span
    let result = try body(span)
    withExtendedLifetime(storage) {}
    return result
  }

  /// Writes limb i. The caller stores canonical residues in [0, q_i); kernels rely on it.
  public mutating func withMutableLimb<Result, Failure: Error>(
    _ i: Int, _ body: (inout MutableSpan<UInt64>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(i >= 0 && i < limbCount, "limb index out of range")
    makeUnique()
    let buffer = unsafe UnsafeMutableBufferPointer(start: storage.base + i * ringDegree, count: ringDegree)
    var span = unsafe buffer.mutableSpan
    let result = try body(&span)
    withExtendedLifetime(storage) {}
    return result
  }

  /// The first `count` limbs only, as after modulus switching; no arithmetic. Keeps the memory of the others.
  mutating func keepLimbs(_ count: Int) {
    precondition(count > 0 && count <= limbCount)
    limbCount = count
  }

  /// From here on the content is public (a finished ciphertext): releasing it costs no wipe.
  mutating func declassify() {
    makeUnique()
    storage.wipesOnRelease = false
  }

  /// A copy of the first `count` limbs with its own memory.
  func prefix(_ count: Int) -> Poly {
    precondition(count > 0 && count <= limbCount, "limb count out of range")
    let copy = Poly(ringDegree: ringDegree, limbCount: count, secret: isSecret, zeroed: false)
    unsafe copy.storage.base.update(from: storage.base, count: count * ringDegree)
    return copy
  }

  mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
  }

  /// For kernels; unique before writing.
  @unsafe func limb(_ i: Int) -> UnsafePointer<UInt64> { unsafe UnsafePointer(storage.base + i * ringDegree) }
  @unsafe func mutableLimb(_ i: Int) -> UnsafeMutablePointer<UInt64> { unsafe storage.base + i * ringDegree }
}

extension Poly: Equatable {
  /// Equal residues in all limbs. Variable time: for tests and public values.
  public static func == (a: Poly, b: Poly) -> Bool {
    guard a.ringDegree == b.ringDegree, a.limbCount == b.limbCount else { return false }
    for i in 0..<a.ringDegree * a.limbCount where unsafe a.storage.base[i] != b.storage.base[i] { return false }
    return true
  }
}

extension Poly: CustomReflectable, CustomStringConvertible {
  /// Shape only: contents may be secret.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
  /// Shape only.
  public var description: String { "Poly<\(Representation.self)>(N: \(ringDegree), limbs: \(limbCount))" }
}
