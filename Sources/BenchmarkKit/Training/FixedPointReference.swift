internal import Online

/// Runs a ``ClearModel`` with the integers the parties compute with, but in clear: what a correct secure inference gives,
/// up to the random bit of each probabilistic truncation.
///
/// Values are round(v·2^f) in `Int64`; products and sums are exact in `Int128` and truncated once per output.
public struct FixedPointReference: Sendable {
  /// How 2f fraction bits become f.
  public enum Rounding: String, Hashable, Sendable, Codable, CaseIterable {
    /// ⌊x/2^f⌋.
    case floor
    /// ⌊x/2^f + 1/2⌋.
    case nearest
  }

  /// f and k.
  public let settings: FixedPointSettings
  /// How products are truncated.
  public let rounding: Rounding
  private let model: ClearModel
  private let encoded: [Encoded?]

  private struct Encoded: Sendable {
    let weights: [Int64]
    let bias: [Int64]
  }

  /// Encodes the weights of `model`.
  /// - Throws: `FixedPointError` for a weight outside ±2^(k−1−f).
  public init(_ model: ClearModel, settings: FixedPointSettings, rounding: Rounding = .floor) throws {
    self.model = model
    self.settings = settings
    self.rounding = rounding
    let format = FixedPointFormat(fractionBits: settings.f, valueBits: settings.k)
    encoded = try model.layers.map { layer in
      guard let own = layer.weightsAndBias else { return nil }
      return Encoded(weights: try format.encode(own.weights), bias: try format.encode(own.bias))
    }
  }

  /// What one row gives.
  public struct Trace: Hashable, Sendable {
    /// Outputs of every layer as integers with f fraction bits; an argmax layer gives the index itself.
    public var activations: [[Int64]]
    /// The longest value before any truncation or comparison, in bits with sign. Above k, the secure computation would
    /// be neither correct nor private.
    public var largestBits: Int
  }

  /// Runs the network on one row.
  /// - Throws: `FixedPointError` for a feature without encoding.
  public func trace(_ row: some Collection<Double>) throws -> Trace {
    let format = FixedPointFormat(fractionBits: settings.f, valueBits: settings.k)
    var trace = Trace(activations: [], largestBits: 0)
    var values = try format.encode(Array(row))
    for (layer, own) in zip(model.layers, encoded) {
      switch layer {
      case .dense(let dense): values = product(values, dense, own, &trace)
      case .convolution(let convolution): values = product(values, convolution.geometry, own, &trace)
      case .averagePool(let windows): values = means(values, windows, &trace)
      case .maxPool(let windows):
        values = (0..<windows.outputCount).map { output in
          windows.indices(ofOutput: output).reduce(Int64.min) { max($0, values[$1]) }
        }
      case .globalAveragePool(let area): values = means(groups: values, of: area, &trace)
      case .softmax:
        values = try format.encode(softmaxOfRow(values.map { Double($0) / Double(format.one) }))
      case .batchNorm, .flatten, .identity: break
      case .relu: values = values.map { max(0, $0) }
      case .square: values = values.map { multiply($0, $0, &trace) }
      case .sigmoid(let method): values = values.map { sigmoid($0, method, format.one, &trace) }
      case .argmax: values = [Int64(indexOfLargest(values))]
      }
      trace.activations.append(values)
    }
    return trace
  }

  /// The class of each row of `data`, and the longest value in bits with sign met on the way.
  /// - Throws: as ``trace(_:)``.
  public func predictions(_ data: Dataset) throws -> (classes: [Int], largestBits: Int) {
    let one = Double(UInt64(1) << UInt64(settings.f))
    let isIndex = model.layers.last == .argmax
    var classes: [Int] = []
    var largestBits = 0
    for row in 0..<data.rowCount {
      let trace = try trace(data.features[row * data.featureCount..<(row + 1) * data.featureCount])
      largestBits = max(largestBits, trace.largestBits)
      let outputs = (trace.activations.last ?? []).map { Double($0) / (isIndex ? 1 : one) }
      classes.append(model.predictedClass(fromOutputs: outputs))
    }
    return (classes, largestBits)
  }

  /// Sums with 2f fraction bits; an overflow of Int128 is noted.
  private func add(_ x: Int64, _ y: Int64, to sum: inout Int128, _ trace: inout Trace) {
    let (result, overflow) = sum.addingReportingOverflow(Int128(x) * Int128(y))
    sum = result
    if overflow { trace.largestBits = Int128.bitWidth }
  }

  private func product(_ values: [Int64], _ dense: DenseWeights, _ own: Encoded?, _ trace: inout Trace) -> [Int64] {
    guard let own else { return values }
    var sums = own.bias.map { Int128($0) << Int128(settings.f) }
    for (input, value) in values.enumerated() {
      let start = input * dense.outputs
      for output in 0..<dense.outputs { add(value, own.weights[start + output], to: &sums[output], &trace) }
    }
    return sums.map { truncate($0, &trace) }
  }

  private func product(
    _ values: [Int64], _ geometry: ConvolutionGeometry, _ own: Encoded?, _ trace: inout Trace
  ) -> [Int64] {
    guard let own else { return values }
    let plane = geometry.outputHeight * geometry.outputWidth
    var sums = own.bias.flatMap { [Int128](repeating: Int128($0) << Int128(settings.f), count: plane) }
    geometry.forEachStretch { weight, output, input, count in
      for index in 0..<count {
        add(values[input + index * geometry.stride], own.weights[weight], to: &sums[output + index], &trace)
      }
    }
    return sums.map { truncate($0, &trace) }
  }

  /// Sums, shifted if the area is a power of two, else times the rounded 1/area.
  private func means(_ values: [Int64], _ windows: PoolingGeometry, _ trace: inout Trace) -> [Int64] {
    let gathered = (0..<windows.outputCount).flatMap { windows.indices(ofOutput: $0).map { values[$0] } }
    return means(groups: gathered, of: windows.area, &trace)
  }

  private func means(groups values: [Int64], of area: Int, _ trace: inout Trace) -> [Int64] {
    let factor = Int64((Double(UInt64(1) << UInt64(settings.f)) / Double(area)).rounded(.toNearestOrEven))
    return stride(from: 0, to: values.count, by: area).map { start in
      let sum = values[start..<start + area].reduce(Int128(0)) { $0 + Int128($1) }
      if area == 1 { return Int64(clamping: sum) }
      if area & (area - 1) == 0 { return truncate(sum, dropping: area.trailingZeroBitCount, &trace) }
      return truncate(sum * Int128(factor), &trace)
    }
  }

  private func truncate(_ value: Int128, dropping bits: Int? = nil, _ trace: inout Trace) -> Int64 {
    let bits = bits ?? settings.f
    let magnitude = value < 0 ? ~value : value
    trace.largestBits = max(trace.largestBits, Int128.bitWidth - magnitude.leadingZeroBitCount + 1)
    let half: Int128 = rounding == .nearest ? 1 << Int128(bits - 1) : 0
    return Int64(clamping: (value + half) >> Int128(bits))
  }

  private func multiply(_ x: Int64, _ y: Int64, _ trace: inout Trace) -> Int64 {
    truncate(Int128(x) * Int128(y), &trace)
  }

  /// As the parties compute it: the pieces with slopes of f bits; the polynomial in x/R with g = f + 4 fraction bits.
  private func sigmoid(_ x: Int64, _ method: SigmoidMethod, _ one: Int64, _ trace: inout Trace) -> Int64 {
    func encode(_ value: Double, _ bits: Int) -> Int64 {
      Int64((value * Double(UInt64(1) << UInt64(bits))).rounded(.toNearestOrEven))
    }
    let f = settings.f
    switch method {
    case .exact: return encode(SigmoidMethod.logistic(Double(x) / Double(one)), f)
    case .piecewise:
      let function = PiecewiseLinear.sigmoid5
      let piece = function.cuts.count { x >= encode($0, f) }
      let sum = Int128(encode(function.slopes[piece], f)) * Int128(x)
      return truncate(sum + Int128(encode(function.intercepts[piece], f)) << Int128(f), &trace)
    case .polynomial:
      let g = f + 4
      let bound = Int64(SigmoidMethod.radius) * one
      let scaled = Int128(min(max(x, -bound), bound)) * Int128(encode(1 / SigmoidMethod.radius, g))
      let u = truncate(scaled, dropping: f, &trace)
      func product(_ x: Int64, _ y: Int64) -> Int64 { truncate(Int128(x) * Int128(y), dropping: g, &trace) }
      let u2 = product(u, u)
      let u4 = product(u2, u2)
      let u3 = product(u2, u)
      let powers = [1: u, 3: u3, 5: product(u4, u), 7: product(u4, u3)]
      var sum = Int128(encode(SigmoidMethod.leastSquares.coefficients[0], g)) << Int128(g)
      for (power, value) in powers {
        sum += Int128(encode(SigmoidMethod.leastSquares.coefficients[power], g)) * Int128(value)
      }
      return truncate(sum, dropping: 2 * g - f, &trace)
    }
  }
}

extension ClearLayer {
  /// Weights and biases of dense layers and convolutions, in the order they are shared.
  var weightsAndBias: (weights: [Double], bias: [Double])? {
    switch self {
    case .dense(let dense): (dense.weights, dense.bias)
    case .convolution(let convolution): (convolution.weights, convolution.bias)
    default: nil
    }
  }
}
