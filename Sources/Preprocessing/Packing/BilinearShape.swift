public import FieldArithmetic
public import SecretSharing

/// A bilinear map C = f(A, B) over F_p that a triple is made for.
///
/// Entries are numbered as in the material of `SecretSharing`: matrices row-major; A of a convolution is the image
/// batch (NCHW), B the kernels (FCHW), C the output (NFHW).
public enum BilinearShape: Hashable, Sendable, CustomStringConvertible {
  /// C = A·B.
  case matrix(MatrixShape)
  /// C = conv(A, B).
  case convolution(ConvolutionShape)

  /// One of the two arguments of the map.
  public enum Operand: Hashable, Sendable {
    /// A: the left matrix, or the images.
    case left
    /// B: the right matrix, or the kernels.
    case right

    /// The other one.
    public var other: Operand { self == .left ? .right : .left }
  }

  /// Entries of A or B.
  public func count(_ operand: Operand) -> Int {
    switch (self, operand) {
    case (.matrix(let s), .left): s.rows * s.inner
    case (.matrix(let s), .right): s.inner * s.columns
    case (.convolution(let s), .left): s.inputCount
    case (.convolution(let s), .right): s.kernelCount
    }
  }

  /// Entries of C.
  public var outputCount: Int {
    switch self {
    case .matrix(let s): s.rows * s.columns
    case .convolution(let s): s.outputCount
    }
  }

  /// f(A, B) in clear.
  ///
  /// - Parameters: left: `count(.left)` entries; right: `count(.right)` entries.
  /// - Returns: `outputCount` entries.
  public func evaluate<F: PrimeField>(_ left: [F], _ right: [F]) -> [F] {
    precondition(left.count == count(.left) && right.count == count(.right), "the entries of the shape")
    var c = [F](repeating: .zero, count: outputCount)
    switch self {
    case .matrix(let s):
      var out = c.mutableSpan
      F.matrixMultiplyAccumulate(
        &out, left.span, right.span, rows: s.rows, inner: s.inner, columns: s.columns)
    case .convolution(let s):
      s.accumulate(&c, image: left, kernel: right)
    }
    return c
  }

  /// "128x128x10", "conv 3x32x32 * 16x3x5x5 /2 +1": sizes of image and kernel, stride, padding.
  public var description: String {
    switch self {
    case .matrix(let s): s.description
    case .convolution(let s):
      "conv \(s.batch)x\(s.channels)x\(s.height)x\(s.width)"
        + " * \(s.filters)x\(s.channels)x\(s.kernelHeight)x\(s.kernelWidth) /\(s.stride) +\(s.padding)"
    }
  }
}
