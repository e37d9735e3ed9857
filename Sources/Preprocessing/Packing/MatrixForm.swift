internal import SecretSharing

/// A bilinear map written as one matrix product: out = encrypted · multiplied, rows × inner times inner × columns.
///
/// A matrix product in two ways: as it is with A encrypted, or transposed, Cᵀ = Bᵀ·Aᵀ, with B encrypted. A convolution
/// in one way: kernels (filters × patch) times the images' patches (patch × positions). Patches repeat entries of the
/// images, so only the kernels can be encrypted: an entry encrypted twice would have to be proven equal to itself, while
/// the multiplier's repetitions are its own computation.
struct MatrixForm: Hashable, Sendable {
  let shape: BilinearShape
  let encryptedOperand: BilinearShape.Operand
  let rows, inner, columns: Int

  /// nil for a convolution whose images are to be encrypted.
  init?(_ shape: BilinearShape, encrypting operand: BilinearShape.Operand) {
    self.shape = shape
    encryptedOperand = operand
    switch (shape, operand) {
    case (.matrix(let s), .left): (rows, inner, columns) = (s.rows, s.inner, s.columns)
    case (.matrix(let s), .right): (rows, inner, columns) = (s.columns, s.inner, s.rows)
    case (.convolution(let s), .right):
      (rows, inner, columns) = (s.filters, s.patchCount, s.batch * s.outputHeight * s.outputWidth)
    case (.convolution, .left): return nil
    }
  }

  /// Entry of the encrypted operand at (row, k).
  func encryptedEntry(row: Int, inner k: Int) -> Int {
    switch (shape, encryptedOperand) {
    case (.matrix, .right): k * rows + row
    default: row * inner + k
    }
  }

  /// Entry of the multiplied operand at (k, column); nil for a zero of the padding.
  func multipliedEntry(inner k: Int, column: Int) -> Int? {
    switch shape {
    case .matrix: encryptedOperand == .left ? k * columns + column : column * inner + k
    case .convolution(let s): s.imageEntry(patch: k, position: column)
    }
  }

  /// Entry of C at (row, column).
  func outputEntry(row: Int, column: Int) -> Int {
    switch shape {
    case .matrix: return encryptedOperand == .left ? row * columns + column : column * rows + row
    case .convolution(let s):
      let positions = s.outputHeight * s.outputWidth
      let (item, position) = column.quotientAndRemainder(dividingBy: positions)
      return (item * s.filters + row) * positions + position
    }
  }
}

extension ConvolutionShape {
  /// The image entry that kernel tap `patch` (channel, row, column) meets at `position` (image, row, column of the
  /// output); nil in the padding.
  func imageEntry(patch: Int, position: Int) -> Int? {
    let (tap, kernelColumn) = patch.quotientAndRemainder(dividingBy: kernelWidth)
    let (channel, kernelRow) = tap.quotientAndRemainder(dividingBy: kernelHeight)
    let (line, outputColumn) = position.quotientAndRemainder(dividingBy: outputWidth)
    let (item, outputRow) = line.quotientAndRemainder(dividingBy: outputHeight)
    let row = outputRow * stride + kernelRow - padding
    let column = outputColumn * stride + kernelColumn - padding
    guard row >= 0, row < height, column >= 0, column < width else { return nil }
    return ((item * channels + channel) * height + row) * width + column
  }
}
