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
    let product: SharedVector<S>
    switch weights {
    case .shared(let weights, _):
      product = try await session.multiply(x, SharedMatrix(rows: inputs, columns: outputs, elements: weights)).elements
    case .known(let weights, _):
      let shape = MatrixShape(rows: x.rows, inner: inputs, columns: outputs)
      product = x.elements.mapLinear { values in
        var out = [S.F](repeating: .zero, count: shape.rows * shape.columns)
        shape.multiplyAccumulate(&out, values, weights)
        return out
      }
    }
    return try await finish(product, rows: x.rows, in: &session)
  }

  /// Adds the biases to products with 2f fraction bits and truncates.
  func finish<C: Channel>(_ product: SharedVector<S>, rows: Int, in session: inout Session<S, C>)
    async throws(ProtocolAbort) -> SharedMatrix<S>
  {
    let sums = session.add(
      bias: weights, pattern: output.channelPattern(rows: rows), to: product, fractionBits: format.fractionBits)
    return SharedMatrix(rows: rows, columns: outputs, elements: try await session.truncate(sums, as: format))
  }
}

extension Session {
  /// x + b·2^fractionBits, with the bias that `pattern` names for every value; local.
  func add(bias weights: LayerWeights<S>, pattern: [Int], to x: SharedVector<S>, fractionBits: Int) -> SharedVector<S> {
    let one = S.F.powerOfTwo(fractionBits)
    switch weights {
    case .shared(_, let bias): return x + bias.scaled(by: one).gather(pattern)
    case .known(_, let bias):
      let scaled = bias.map { $0 * one }
      return add(pattern.map { scaled[$0] }, to: x)
    }
  }
}
