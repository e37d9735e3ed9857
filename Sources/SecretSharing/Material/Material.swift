internal import MPCCore

/// Beaver triples ([a], [b], [c]), c = ab, for as many products. One use: spending consumes the batch.
public struct MultiplicationTriples<S: SharingScheme>: ~Copyable, Sendable {
  private let a, b, c: SharedVector<S>

  /// Made by preprocessing sources only; the vectors have one length.
  package init(a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>) {
    precondition(a.count == b.count && b.count == c.count, "a, b and c have one length")
    self.a = a
    self.b = b
    self.c = c
  }

  /// How many products the batch is good for.
  public var count: Int { a.count }

  package consuming func spend() -> (a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>) { (a, b, c) }
}

/// Square pairs ([a], [a²]).
public struct SquarePairs<S: SharingScheme>: ~Copyable, Sendable {
  private let a, aSquared: SharedVector<S>

  package init(a: SharedVector<S>, aSquared: SharedVector<S>) {
    precondition(a.count == aSquared.count, "a and a² have one length")
    self.a = a
    self.aSquared = aSquared
  }

  /// How many squares the batch is good for.
  public var count: Int { a.count }

  package consuming func spend() -> (a: SharedVector<S>, aSquared: SharedVector<S>) { (a, aSquared) }
}

/// Random bits [b], b ∈ {0, 1}.
public struct RandomBits<S: SharingScheme>: ~Copyable, Sendable {
  private let bits: SharedVector<S>

  package init(_ bits: SharedVector<S>) { self.bits = bits }

  /// How many bits.
  public var count: Int { bits.count }

  /// The shares, for the one protocol that uses them.
  public consuming func spend() -> SharedVector<S> { bits }
}

/// Values [r] uniform in F_p that nobody knows: masks for ``SharedVector/masked(by:)``.
public struct UniformMask<S: SharingScheme>: ~Copyable, Sendable {
  private let r: SharedVector<S>

  package init(_ r: SharedVector<S>) { self.r = r }

  /// How many masks.
  public var count: Int { r.count }

  package consuming func spend() -> SharedVector<S> { r }
}

/// Input masks ([r], r known to one party).
public struct InputMasks<S: SharingScheme>: ~Copyable, Sendable {
  private let r: SharedVector<S>
  private let clear: [S.F]?

  package init(r: SharedVector<S>, clear: [S.F]?) {
    precondition(clear == nil || clear?.count == r.count, "one clear mask a share")
    self.r = r
    self.clear = clear
  }

  /// How many inputs the batch is good for.
  public var count: Int { r.count }

  package consuming func spend() -> (r: SharedVector<S>, clear: [S.F]?) { (r, clear) }
}

/// Shape of a matrix product: rows × inner times inner × columns.
public struct MatrixShape: Hashable, Sendable, Codable, CustomStringConvertible {
  /// d1, d2, d3 of `Papers/MODEL.md`.
  public let rows, inner, columns: Int

  /// Creates a shape of positive dimensions.
  public init(rows: Int, inner: Int, columns: Int) {
    precondition(rows > 0 && inner > 0 && columns > 0, "dimensions are positive")
    self.rows = rows
    self.inner = inner
    self.columns = columns
  }

  /// "128x128x10"
  public var description: String { "\(rows)x\(inner)x\(columns)" }
}

/// A matrix triple ([A], [B], [AB]).
public struct MatrixTriple<S: SharingScheme>: ~Copyable, Sendable {
  /// Dimensions of the product.
  public let shape: MatrixShape
  private let a, b, c: SharedVector<S>

  package init(shape: MatrixShape, a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>) {
    precondition(a.count == shape.rows * shape.inner, "A is rows × inner")
    precondition(b.count == shape.inner * shape.columns, "B is inner × columns")
    precondition(c.count == shape.rows * shape.columns, "C is rows × columns")
    self.shape = shape
    self.a = a
    self.b = b
    self.c = c
  }

  package consuming func spend() -> (a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>) { (a, b, c) }
}

/// A convolution triple ([A], [B], [conv(A, B)]): A an image batch, B the kernels.
public struct ConvolutionTriple<S: SharingScheme>: ~Copyable, Sendable {
  /// Geometry of the convolution.
  public let shape: ConvolutionShape
  private let a, b, c: SharedVector<S>

  package init(shape: ConvolutionShape, a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>) {
    precondition(
      a.count == shape.inputCount && b.count == shape.kernelCount && c.count == shape.outputCount,
      "image, kernel and output of the shape")
    self.shape = shape
    self.a = a
    self.b = b
    self.c = c
  }

  package consuming func spend() -> (a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>) { (a, b, c) }
}
