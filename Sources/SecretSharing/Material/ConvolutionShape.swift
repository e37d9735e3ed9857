package import FieldArithmetic

/// Geometry of a 2-D convolution (cross-correlation, as in machine learning): `batch` images of `channels` planes of
/// `height` × `width`, `filters` kernels of `channels` × `kernelHeight` × `kernelWidth`.
public struct ConvolutionShape: Hashable, Sendable, Codable {
  /// Sizes of the input.
  public let batch, channels, height, width: Int
  /// Sizes of the kernels.
  public let filters, kernelHeight, kernelWidth: Int
  /// Step and zero padding, the same in both directions.
  public let stride, padding: Int

  /// Creates a geometry; the kernel fits into the padded image.
  public init(
    batch: Int = 1, channels: Int, height: Int, width: Int, filters: Int, kernelHeight: Int, kernelWidth: Int,
    stride: Int = 1, padding: Int = 0
  ) {
    precondition(batch > 0 && channels > 0 && height > 0 && width > 0 && filters > 0, "sizes are positive")
    precondition(kernelHeight > 0 && kernelWidth > 0 && stride > 0 && padding >= 0, "sizes are positive")
    precondition(
      kernelHeight <= height + 2 * padding && kernelWidth <= width + 2 * padding, "the kernel fits into the image")
    self.batch = batch
    self.channels = channels
    self.height = height
    self.width = width
    self.filters = filters
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
  }

  /// Rows of the output.
  public var outputHeight: Int { (height + 2 * padding - kernelHeight) / stride + 1 }
  /// Columns of the output.
  public var outputWidth: Int { (width + 2 * padding - kernelWidth) / stride + 1 }
  /// batch · channels · height · width.
  public var inputCount: Int { batch * channels * height * width }
  /// filters · channels · kernelHeight · kernelWidth.
  public var kernelCount: Int { filters * patchCount }
  /// batch · filters · outputHeight · outputWidth.
  public var outputCount: Int { batch * filters * outputHeight * outputWidth }
  /// Values one output sums over.
  public var patchCount: Int { channels * kernelHeight * kernelWidth }
}

extension ConvolutionShape {
  /// out ← out + conv(image, kernel), in clear: images NCHW, kernels FCHW, output NFHW, all row-major.
  package func accumulate<F: PrimeField>(_ out: inout [F], image: [F], kernel: [F]) {
    precondition(
      image.count == inputCount && kernel.count == kernelCount && out.count == outputCount, "the shape's sizes")
    let positions = outputHeight * outputWidth
    for item in 0..<batch {
      let patches = patchMatrix(image, item: item)  // patchCount × positions
      var span = out.mutableSpan
      var target = span._mutatingExtracting((item * filters * positions)..<((item + 1) * filters * positions))
      F.matrixMultiplyAccumulate(
        &target, kernel.span, patches.span, rows: filters, inner: patchCount, columns: positions)
    }
  }

  /// The image's patches as columns of a matrix, zero outside the image.
  private func patchMatrix<F: PrimeField>(_ image: [F], item: Int) -> [F] {
    var patches: [F] = []
    patches.reserveCapacity(patchCount * outputHeight * outputWidth)
    for channel in 0..<channels {
      let plane = (item * channels + channel) * height * width
      for kernelRow in 0..<kernelHeight {
        for kernelColumn in 0..<kernelWidth {
          for outputRow in 0..<outputHeight {
            let row = outputRow * stride + kernelRow - padding
            for outputColumn in 0..<outputWidth {
              let column = outputColumn * stride + kernelColumn - padding
              let inside = row >= 0 && row < height && column >= 0 && column < width
              patches.append(inside ? image[plane + row * width + column] : .zero)
            }
          }
        }
      }
    }
    return patches
  }
}
