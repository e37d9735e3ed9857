public import SecretSharing
internal import MPCCore

/// What `spdz-bench prep` makes.
public enum PrepKind: String, Sendable, CaseIterable {
  /// Beaver triples.
  case triples
  /// Square pairs.
  case squares
  /// Random bits.
  case bits
  /// Input masks.
  case inputs
  /// Uniform values nobody knows.
  case random
  /// Sums of values of `highBits` bits, one a party, proven bounded.
  case bounded
  /// Masks of probabilistic truncation.
  case truncation
  /// Masks of comparison.
  case comparison
  /// Matrix triples.
  case matrix
  /// Convolution triples.
  case conv

  /// Whether `--shape` belongs to it.
  public var hasShape: Bool { self == .matrix || self == .conv }

  /// A shape as an example for messages.
  var shapeExample: String { self == .conv ? "1x28x28*5x1x5x5" : "128x128x128" }
}

/// Text of `--shape`.
public enum ShapeText {
  /// "ROWSxINNERxCOLUMNS".
  /// - Throws: ``PrepError/usage(_:)`` with an example.
  public static func matrix(_ text: String) throws(PrepError) -> MatrixShape {
    guard let sizes = numbers(text), sizes.count == 3 else { throw wrong(text, .matrix) }
    return MatrixShape(rows: sizes[0], inner: sizes[1], columns: sizes[2])
  }

  /// The inverse of ``matrix(_:)``.
  static func text(_ shape: MatrixShape) -> String { "\(shape.rows)x\(shape.inner)x\(shape.columns)" }

  /// The inverse of ``convolution(_:)``.
  static func text(_ shape: ConvolutionShape) -> String {
    let image = "\(shape.batch)x\(shape.channels)x\(shape.height)x\(shape.width)"
    let kernels = "\(shape.filters)x\(shape.channels)x\(shape.kernelHeight)x\(shape.kernelWidth)"
    let isPlain = shape.stride == 1 && shape.padding == 0
    return "\(image)*\(kernels)" + (isPlain ? "" : "/\(shape.stride)+\(shape.padding)")
  }

  /// "[BATCHx]CHANNELSxHEIGHTxWIDTH*FILTERSxCHANNELSxHEIGHTxWIDTH[/STRIDE+PADDING]"; without the last part stride 1 and no
  /// padding.
  /// - Throws: ``PrepError/usage(_:)`` with an example.
  public static func convolution(_ text: String) throws(PrepError) -> ConvolutionShape {
    let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let steps =
      halves.count == 2 ? halves[1].split(separator: "+", omittingEmptySubsequences: false).map { Int($0) } : [1, 0]
    let parts = halves[0].split(separator: "*", omittingEmptySubsequences: false)
    guard steps.count == 2, let stride = steps[0], let padding = steps[1], (1...256).contains(stride),
      (0...256).contains(padding)
    else { throw wrong(text, .conv) }
    guard parts.count == 2, var image = numbers(String(parts[0])), let kernel = numbers(String(parts[1])),
      kernel.count == 4, image.count == 3 || image.count == 4
    else { throw wrong(text, .conv) }
    if image.count == 3 { image.insert(1, at: 0) }
    guard image[1] == kernel[1] else {
      throw .usage(
        "--shape \(text): the image has \(image[1]) channels, the kernels have \(kernel[1]); "
          + "example: --shape \(PrepKind.conv.shapeExample)")
    }
    guard kernel[2] <= image[2] + 2 * padding, kernel[3] <= image[3] + 2 * padding else {
      throw .usage(
        "--shape \(text): the kernel is larger than the image; example: --shape \(PrepKind.conv.shapeExample)")
    }
    return ConvolutionShape(
      batch: image[0], channels: image[1], height: image[2], width: image[3], filters: kernel[0],
      kernelHeight: kernel[2], kernelWidth: kernel[3], stride: stride, padding: padding)
  }

  /// Sizes 1…65,536 separated by "x".
  private static func numbers(_ text: String) -> [Int]? {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let sizes = parts.compactMap { $0 }
    return sizes.count == parts.count && sizes.allSatisfy { (1...65_536).contains($0) } ? sizes : nil
  }

  private static func wrong(_ text: String, _ kind: PrepKind) -> PrepError {
    .usage(
      "--shape \"\(text)\" is no shape of --kind \(kind.rawValue); example: --shape \(kind.shapeExample)"
        + (kind == .conv
          ? " (channels x height x width * filters x channels x height x width)" : " (rows x inner x columns)"))
  }
}
