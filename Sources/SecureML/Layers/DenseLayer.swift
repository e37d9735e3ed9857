internal import FieldArithmetic
public import MPCCore
public import Online
public import SecretSharing

/// The weights of a layer at one party: shares, or public integers with f fraction bits.
public enum LayerWeights<S: SharingScheme>: Sendable {
  /// Nobody knows them.
  case shared(weights: SharedVector<S>, bias: SharedVector<S>)
  /// Everybody knows them: products with them are local.
  case known(weights: [S.F], bias: [S.F])
}

/// x·W + b: the products are summed with 2f fraction bits, b·2^f is added, and each output is truncated once.
///
/// Cost with shared weights: one matrix triple rows × inputs × outputs, 1 round, a check, 1 round; with public weights
/// the truncation's check and round only. Error below 1 ulp an output.
public struct DenseLayer<S: SharingScheme>: SecureLayer {
  let inputs: Int
  let outputs: Int
  let weights: LayerWeights<S>
  let format: FixedPointFormat
  /// Name in reports.
  public var kind: String { "dense" }
  /// One row of what it returns.
  public var output: ActivationShape { .vector(outputs) }

  /// - Parameters:
  ///   - weights: inputs × outputs row-major, and one bias an output.
  public init(inputs: Int, outputs: Int, weights: LayerWeights<S>, format: FixedPointFormat) {
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.format = format
  }

  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let shape = MatrixShape(rows: x.rows, inner: inputs, columns: outputs)
    let pattern = (0..<x.rows).flatMap { _ in 0..<outputs }
    let sums: SharedVector<S>
    switch weights {
    case .shared(let weights, let bias):
      let product = try await session.multiply(
        x, SharedMatrix(rows: inputs, columns: outputs, elements: weights))
      sums = product.elements + bias.scaled(by: S.F.powerOfTwo(format.fractionBits)).gather(pattern)
    case .known(let weights, let bias):
      let product = x.elements.mapLinear { values in
        var out = [S.F](repeating: .zero, count: shape.rows * shape.columns)
        shape.multiplyAccumulate(&out, values, weights)
        return out
      }
      let scaled = bias.map { $0 * S.F.powerOfTwo(format.fractionBits) }
      sums = session.add(pattern.map { scaled[$0] }, to: product)
    }
    return SharedMatrix(
      rows: x.rows, columns: outputs, elements: try await session.truncate(sums, as: format))
  }
}

/// A 2-D convolution of every row's image, plus one bias a filter, truncated once an output.
///
/// Cost with shared kernels: one convolution triple, |images| + |kernels| openings in 1 round, a check, 1 round.
public struct ConvolutionLayer<S: SharingScheme>: SecureLayer {
  /// The geometry for one row.
  let geometry: ConvolutionShape
  let weights: LayerWeights<S>
  let format: FixedPointFormat
  /// Name in reports.
  public var kind: String { "convolution" }
  /// One row of what it returns.
  public var output: ActivationShape {
    .image(channels: geometry.filters, height: geometry.outputHeight, width: geometry.outputWidth)
  }

  /// - Parameters:
  ///   - geometry: for a batch of one image; batches of any size can be run.
  ///   - weights: filters × channels × kernel height × kernel width, and one bias a filter.
  public init(geometry: ConvolutionShape, weights: LayerWeights<S>, format: FixedPointFormat) {
    self.geometry = geometry
    self.weights = weights
    self.format = format
  }

  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let shape = ConvolutionShape(
      batch: x.rows, channels: geometry.channels, height: geometry.height, width: geometry.width,
      filters: geometry.filters, kernelHeight: geometry.kernelHeight, kernelWidth: geometry.kernelWidth,
      stride: geometry.stride, padding: geometry.padding)
    let positions = shape.outputHeight * shape.outputWidth
    let pattern = (0..<(x.rows * shape.filters * positions)).map { $0 / positions % shape.filters }
    let sums: SharedVector<S>
    switch weights {
    case .shared(let weights, let bias):
      let product = try await session.convolve(x.elements, weights, shape: shape)
      sums = product + bias.scaled(by: S.F.powerOfTwo(format.fractionBits)).gather(pattern)
    case .known(let weights, let bias):
      let product = x.elements.mapLinear { values in
        var out = [S.F](repeating: .zero, count: shape.outputCount)
        shape.accumulate(&out, image: values, kernel: weights)
        return out
      }
      let scaled = bias.map { $0 * S.F.powerOfTwo(format.fractionBits) }
      sums = session.add(pattern.map { scaled[$0] }, to: product)
    }
    return SharedMatrix(
      rows: x.rows, columns: output.count, elements: try await session.truncate(sums, as: format))
  }
}
