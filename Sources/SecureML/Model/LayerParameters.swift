/// The parameters of one layer in clear, as its owner has them.
public struct LayerParameters: Hashable, Sendable, Codable {
  /// Dense: inputs × outputs, row-major. Convolution: filters × channels (of a group) × kernel height × kernel width.
  /// Scale: one factor a channel. Batch normalisation: γ, one a channel. Bias: none.
  public var weights: [Double]
  /// One an output, filter or channel; batch normalisation: β.
  public var bias: [Double]
  /// Batch normalisation only: μ and σ² of every channel.
  public var mean: [Double]?, variance: [Double]?

  /// Puts weights and biases together.
  public init(weights: [Double], bias: [Double]) {
    self.weights = weights
    self.bias = bias
  }

  /// A batch normalisation: γ, β, and the running mean and variance, one number a channel each.
  public static func batchNormalization(scale: [Double], bias: [Double], mean: [Double], variance: [Double])
    -> LayerParameters
  {
    var parameters = LayerParameters(weights: scale, bias: bias)
    parameters.mean = mean
    parameters.variance = variance
    return parameters
  }
}
