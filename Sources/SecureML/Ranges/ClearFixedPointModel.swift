internal import Online

/// A model with its weights in clear, run on the integers that the parties compute with: the rehearsal of a secure run.
///
/// Sums are exact and rounded to nearest where the parties round at random to one of the two neighbours, so each
/// truncation may differ by less than 1 ulp. Sigmoids, exponentials and softmax are evaluated in `Double` by their
/// method's formula (exponentials exactly), so their own errors come on top. For owners of data and weights only:
/// nothing of this is secret-shared.
public struct ClearFixedPointModel: Sendable {
  /// Layers and format.
  public let specification: SecureModelSpecification
  /// Per layer.
  let weights: [[Int64]], biases: [[Int64]]

  /// Folds and encodes the parameters.
  /// - Throws: as `SecureModelSpecification/encode(_:)`.
  public init(_ specification: SecureModelSpecification, parameters: [LayerParameters]) throws(ModelError) {
    let encoded = try specification.encode(parameters)
    self.specification = specification
    var start = 0
    var (weights, biases): ([[Int64]], [[Int64]]) = ([], [])
    for (layer, shape) in zip(specification.layers, specification.shapes) {
      let counts = layer.parameterCounts(shape) ?? (0, 0)
      weights.append(Array(encoded[start..<(start + counts.weights)]))
      biases.append(Array(encoded[(start + counts.weights)..<(start + counts.weights + counts.bias)]))
      start += counts.weights + counts.bias
    }
    self.weights = weights
    self.biases = biases
  }

  /// Runs rows of features, and audits every value on the way.
  /// - Throws: `wrongFeatureCount`, `outOfRange`.
  public func evaluate(_ rows: [Double]) throws(ModelError) -> ClearEvaluation {
    var pass = ClearPass(
      values: try specification.encode(features: rows), rowCount: rows.count / specification.input.count,
      format: specification.format)
    for index in specification.layers.indices {
      pass.run(
        specification.layers[index], index: index, input: specification.shapes[index],
        output: specification.shapes[index + 1], weights: weights[index], bias: biases[index])
      guard pass.evaluation.overflows.isEmpty else { break }
    }
    return pass.evaluation
  }
}

/// One evaluation under way.
struct ClearPass {
  private(set) var values: [Int64]
  let rowCount: Int
  let format: FixedPointFormat
  private(set) var evaluation = ClearEvaluation()
  private var layer = 0
  private var kind = ""

  init(values: [Int64], rowCount: Int, format: FixedPointFormat) {
    self.values = values
    self.rowCount = rowCount
    self.format = format
  }

  private var f: Int { format.fractionBits }
  private var one: Double { Double(format.one) }

  mutating func run(
    _ specification: SecureLayerSpecification, index: Int, input: ActivationShape, output: ActivationShape,
    weights: [Int64], bias: [Int64]
  ) {
    layer = index
    kind = specification.kind
    let columns = input.count
    switch specification {
    case .dense(let outputs):
      dense(outputs, inputs: columns, weights, bias)
    case .convolution: convolution(specification, input, output, weights, bias)
    case .scale:
      let pattern = input.channelPattern(rows: 1)
      truncate(
        (0..<values.count).map { item in
          let channel = pattern[item % columns]
          return Int128(bias[channel]) << Int128(f) + Int128(values[item]) * Int128(weights[channel])
        }, fractionBits: 2 * f, dropping: f)
    case .bias:
      let pattern = input.channelPattern(rows: 1)
      audit(values.indices.map { Int128(values[$0]) + Int128(bias[pattern[$0 % columns]]) }, "sums", f)
      values = values.indices.map { clamped(Int128(values[$0]) + Int128(bias[pattern[$0 % columns]])) }
    case .square:
      truncate(values.map { Int128($0) * Int128($0) }, fractionBits: 2 * f, dropping: f)
    case .averagePool, .maxPool, .globalAveragePool: pool(specification, input)
    case .relu:
      auditInput()
      values = values.map { max(0, $0) }
    case .sigmoid(let method):
      auditInput()
      if case .polynomial(_, let radius, .excludedByCaller) = method {
        let one = self.one
        audit(
          values.map { Int128($0) }, "input, outside the radius \(radius) of its polynomial", f,
          exceeds: { abs(Double($0)) > radius * one })
      }
      values = method(values.map { Double($0) / one }).map { encode($0) }
    case .exponential(let method):
      auditInput()
      let (largest, one) = (method.largestArgument(format), self.one)
      audit(
        values.map { Int128($0) }, "input, above the largest exponent \(largest)", f,
        exceeds: { Double($0) > largest * one })
      values = values.map { encode(method.clear(Double($0) / one, format)) }
    case .softmax(let method):
      auditInput()
      values = (0..<rowCount).flatMap { row in
        method(values[(row * columns)..<((row + 1) * columns)].map { Double($0) / one }).map { encode($0) }
      }
    case .argmax:
      auditInput()
      values = (0..<rowCount).map { row in
        let start = row * columns
        return Int64((0..<columns).reduce(0) { values[start + $1] > values[start + $0] ? $1 : $0 })
      }
    case .flatten, .batchNormalization: auditInput()
    }
    evaluation.activations.append(values)
  }

  // MARK: Layers with sums

  private mutating func dense(_ outputs: Int, inputs: Int, _ weights: [Int64], _ bias: [Int64]) {
    var sums: [Int128] = []
    sums.reserveCapacity(rowCount * outputs)
    for row in 0..<rowCount {
      for output in 0..<outputs {
        var sum = Int128(bias[output]) << Int128(f)
        for input in 0..<inputs {
          sum = sum.addingSaturated(Int128(values[row * inputs + input]) * Int128(weights[input * outputs + output]))
        }
        sums.append(sum)
      }
    }
    truncate(sums, fractionBits: 2 * f, dropping: f)
  }

  private mutating func convolution(
    _ layer: SecureLayerSpecification, _ input: ActivationShape, _ output: ActivationShape, _ weights: [Int64],
    _ bias: [Int64]
  ) {
    guard
      case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, let groups) = layer,
      case .image(let channels, let height, let width) = input, case .image(_, let outHeight, let outWidth) = output
    else { return }
    let own = channels / groups
    var sums: [Int128] = []
    sums.reserveCapacity(rowCount * output.count)
    for row in 0..<rowCount {
      for filter in 0..<filters {
        let first = row * channels + filter / (filters / groups) * own
        for y in 0..<outHeight {
          for x in 0..<outWidth {
            var sum = Int128(bias[filter]) << Int128(f)
            for channel in 0..<own {
              for i in 0..<kernelHeight {
                let inY = y * stride + i - padding
                guard inY >= 0, inY < height else { continue }
                for j in 0..<kernelWidth {
                  let inX = x * stride + j - padding
                  guard inX >= 0, inX < width else { continue }
                  let value = values[((first + channel) * height + inY) * width + inX]
                  let weight = weights[((filter * own + channel) * kernelHeight + i) * kernelWidth + j]
                  sum = sum.addingSaturated(Int128(value) * Int128(weight))
                }
              }
            }
            sums.append(sum)
          }
        }
      }
    }
    truncate(sums, fractionBits: 2 * f, dropping: f)
  }

  private mutating func pool(_ layer: SecureLayerSpecification, _ input: ActivationShape) {
    guard let windows = layer.pooling(input) else { return }
    let indices = windows.indices(rows: rowCount)
    if case .maxPool = layer {
      auditInput()
      values = indices.map { window in window.reduce(Int64.min) { max($0, values[$1]) } }
      return
    }
    let countsPadding = if case .averagePool(_, _, _, true) = layer { true } else { false }
    let counts = indices.map { countsPadding ? windows.area : $0.count }
    let sums = indices.map { window in window.reduce(Int128(0)) { $0 + Int128(values[$1]) } }
    if let count = counts.first, counts.allSatisfy({ $0 == count }), count.isPowerOfTwo {
      truncate(sums, fractionBits: f, dropping: count.trailingZeroBitCount)
    } else {
      truncate(
        zip(sums, counts).map { $0 * Int128((one / Double($1)).rounded(.toNearestOrEven)) }, fractionBits: 2 * f,
        dropping: f)
    }
  }

  // MARK: Rounding and auditing

  private mutating func truncate(_ sums: [Int128], fractionBits: Int, dropping bits: Int) {
    audit(sums, bits == 0 ? "sums" : "sums with \(fractionBits) fraction bits", fractionBits)
    let half: Int128 = bits == 0 ? 0 : 1 << Int128(bits - 1)
    values = sums.map { clamped($0.addingSaturated(half) >> Int128(bits)) }
  }

  private mutating func auditInput() { audit(values.map { Int128($0) }, "input", f) }

  /// Notes the longest value, and those that exceed k bits.
  private mutating func audit(
    _ tensor: [Int128], _ name: String, _ fractionBits: Int, exceeds: ((Int128) -> Bool)? = nil
  ) {
    let columns = max(1, tensor.count / rowCount)
    func audited(_ item: Int) -> AuditedValue {
      AuditedValue(
        layer: layer, kind: kind, tensor: name, row: item / columns, element: item % columns,
        value: Double(tensor[item]) / Double(sign: .plus, exponent: fractionBits, significand: 1),
        bits: AuditedValue.bits(tensor[item]))
    }
    var (longest, largest) = (0, Int128(-1))
    for (item, value) in tensor.enumerated() {
      let magnitude = value < 0 ? ~value : value
      if magnitude > largest { (longest, largest) = (item, magnitude) }
      guard exceeds?(value) ?? (AuditedValue.bits(value) > format.valueBits) else { continue }
      evaluation.overflowCount += 1
      if evaluation.overflows.count < ClearEvaluation.listedOverflowCount { evaluation.overflows.append(audited(item)) }
    }
    if evaluation.longest.count == layer, !tensor.isEmpty { evaluation.longest.append(audited(longest)) }
  }

  private func encode(_ value: Double) -> Int64 {
    Int64(min(max((value * one).rounded(.toNearestOrEven), -0x1p62), 0x1p62))
  }

  private func clamped(_ value: Int128) -> Int64 { Int64(clamping: value) }
}

extension Int128 {
  /// The sum, or the end of the range that it passes.
  fileprivate func addingSaturated(_ other: Int128) -> Int128 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
