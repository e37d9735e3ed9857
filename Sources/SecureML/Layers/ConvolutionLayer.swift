internal import FieldArithmetic
public import MPCCore
public import Online
public import SecretSharing

/// A 2-D convolution of every row's image, plus one bias a filter, truncated once an output.
///
/// Source: `Papers/MODEL.md`, "Matrix products". Cost with shared kernels: one convolution triple a group, |images| +
/// |kernels| openings in 1 round for all groups, a check, 1 round. Error below 1 ulp an output.
public struct ConvolutionLayer<S: SharingScheme>: SecureLayer {
  /// The geometry for one row and one group.
  let geometry: ConvolutionShape
  let groups: Int
  let weights: LayerWeights<S>
  let format: FixedPointFormat
  /// Name in reports.
  public var kind: String { "convolution" }
  /// One row of what it returns.
  public var output: ActivationShape {
    .image(channels: groups * geometry.filters, height: geometry.outputHeight, width: geometry.outputWidth)
  }

  /// - Parameters:
  ///   - geometry: for a batch of one image and the channels and filters of one group; batches of any size can be run.
  ///   - groups: parts of the channels that are convolved apart; 1 is an ordinary convolution.
  ///   - weights: filters × channels of a group × kernel height × kernel width, and one bias a filter.
  public init(geometry: ConvolutionShape, groups: Int = 1, weights: LayerWeights<S>, format: FixedPointFormat) {
    precondition(groups > 0, "at least one group")
    self.geometry = geometry
    self.groups = groups
    self.weights = weights
    self.format = format
  }

  /// The geometry of a group for a batch.
  func shape(batch: Int) -> ConvolutionShape {
    ConvolutionShape(
      batch: batch, channels: geometry.channels, height: geometry.height, width: geometry.width,
      filters: geometry.filters, kernelHeight: geometry.kernelHeight, kernelWidth: geometry.kernelWidth,
      stride: geometry.stride, padding: geometry.padding)
  }

  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let shape = shape(batch: x.rows)
    let images = GroupedImages(shape: shape, groups: groups).split(x.elements)
    let products: [SharedVector<S>]
    switch weights {
    case .shared(let weights, _):
      let kernels = (0..<groups).map { weights[($0 * shape.kernelCount)..<(($0 + 1) * shape.kernelCount)] }
      products = try await session.convolve(images, kernels, shape: shape)
    case .known(let weights, _):
      products = images.enumerated().map { group, image in
        let kernel = Array(weights[(group * shape.kernelCount)..<((group + 1) * shape.kernelCount)])
        return image.mapLinear { values in
          var out = [S.F](repeating: .zero, count: shape.outputCount)
          shape.accumulate(&out, image: values, kernel: kernel)
          return out
        }
      }
    }
    return try await finish(GroupedImages(shape: shape, groups: groups).join(products), rows: x.rows, in: &session)
  }

  /// Adds the biases to products with 2f fraction bits and truncates.
  func finish<C: Channel>(_ product: SharedVector<S>, rows: Int, in session: inout Session<S, C>)
    async throws(ProtocolAbort) -> SharedMatrix<S>
  {
    let sums = session.add(
      bias: weights, pattern: output.channelPattern(rows: rows), to: product, fractionBits: format.fractionBits)
    return SharedMatrix(rows: rows, columns: output.count, elements: try await session.truncate(sums, as: format))
  }
}

/// Images whose channels are taken apart in groups, and outputs put together again; local.
struct GroupedImages: Sendable {
  let shape: ConvolutionShape
  let groups: Int

  func split<S: SharingScheme>(_ images: SharedVector<S>) -> [SharedVector<S>] {
    guard groups > 1 else { return [images] }
    let own = shape.inputCount / shape.batch
    return (0..<groups).map { group in
      images.gather((0..<shape.batch).flatMap { row in (0..<own).map { (row * groups + group) * own + $0 } })
    }
  }

  func join<S: SharingScheme>(_ outputs: [SharedVector<S>]) -> SharedVector<S> {
    guard groups > 1 else { return outputs[0] }
    let own = shape.outputCount / shape.batch
    return SharedVector.concatenate(outputs).gather(
      (0..<shape.batch).flatMap { row in
        (0..<groups).flatMap { group in (0..<own).map { (group * shape.batch + row) * own + $0 } }
      })
  }
}
