public import FieldArithmetic
public import MPCCore
public import Online

/// Layers, shapes, number format and input ranges of a model: everything public about it. Checked when it is made.
public struct SecureModelSpecification: Hashable, Sendable {
  /// One row of the input.
  public let input: ActivationShape
  /// The layers, first to last.
  public let layers: [SecureLayerSpecification]
  /// f and k of all activations.
  public let format: FixedPointFormat
  /// Features are proven to lie in [−2^(featureBits−1), 2^(featureBits−1)) as integers with f fraction bits.
  public let featureBits: Int
  /// Likewise weights and biases.
  public let weightBits: Int
  /// w of all comparisons.
  public let digitWidth: Int
  /// The input of every layer, and behind the last one the output.
  public let shapes: [ActivationShape]

  /// Checks that every layer fits the one before it.
  /// - Parameters:
  ///   - featureBits: default: ±16 in the format, f + 5.
  ///   - weightBits: default: ±8 in the format, f + 4.
  /// - Throws: `shapeMismatch` with layer, kind, expected and given.
  public init(
    input: ActivationShape, layers: [SecureLayerSpecification], format: FixedPointFormat = FixedPointFormat(),
    featureBits: Int? = nil, weightBits: Int? = nil, digitWidth: Int = 2
  ) throws(ModelError) {
    guard input.isValid else {
      throw .shapeMismatch(
        layer: 0, kind: "input", expected: "positive dimensions of at most 2^31 numbers", given: input.description)
    }
    guard (1...4).contains(digitWidth) else {
      throw .shapeMismatch(layer: 0, kind: "input", expected: "a digit width of 1 to 4", given: "\(digitWidth)")
    }
    self.input = input
    self.layers = layers
    self.format = format
    self.featureBits = featureBits ?? format.fractionBits + 5
    self.weightBits = weightBits ?? format.fractionBits + 4
    self.digitWidth = digitWidth
    for bits in [self.featureBits, self.weightBits] where !(1...min(63, max(1, format.valueBits))).contains(bits) {
      throw .shapeMismatch(layer: 0, kind: "input", expected: "ranges of 1 to k bits", given: "\(bits) bits")
    }
    var shapes = [input]
    for (index, layer) in layers.enumerated() {
      if layer == .argmax && index != layers.count - 1 {
        throw .shapeMismatch(
          layer: index, kind: layer.kind, expected: "to be the last layer",
          given: "\(layers.count - 1 - index) more after it")
      }
      if case .batchNormalization = layer, Self.foldTarget(of: index, in: layers) == nil {
        throw .cannotFold(layer: index, after: index == 0 ? "the input" : "a \(layers[index - 1].kind) layer")
      }
      let output = try layer.output(of: shapes[index], layer: index)
      guard output.isValid else {
        throw .shapeMismatch(
          layer: index, kind: layer.kind, expected: "at most 2^31 numbers a row", given: output.description)
      }
      shapes.append(output)
    }
    self.shapes = shapes
  }

  /// One row of the output.
  public var output: ActivationShape { shapes[layers.count] }

  /// Whether the output are indices, integers, rather than numbers of the format.
  public var outputsIndices: Bool { layers.last == .argmax }

  /// Checks that k and every layer's intermediate values fit the field.
  /// - Throws: `format` with the inequality.
  public func validate<F: PrimeField>(_ field: F.Type, parameters: SecurityParameters, partyCount: Int)
    throws(ModelError)
  {
    do throws(FixedPointError) {
      try format.validate(field, parameters: parameters, partyCount: partyCount)
      for layer in layers {
        try FixedPointFormat.validate(
          intermediateBits: layer.longestValueBits(format), field: field, parameters: parameters,
          partyCount: partyCount)
      }
    } catch {
      throw .format(error)
    }
  }
}

extension SecureModelSpecification: Codable {
  private enum CodingKeys: String, CodingKey { case input, layers, format, featureBits, weightBits, digitWidth }

  /// Reads and checks; only `input` and `layers` are required.
  /// - Throws: ``ModelError``, or what decoding throws.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      input: container.decode(ActivationShape.self, forKey: .input),
      layers: container.decode([SecureLayerSpecification].self, forKey: .layers),
      format: container.decodeIfPresent(FixedPointFormat.self, forKey: .format) ?? FixedPointFormat(),
      featureBits: container.decodeIfPresent(Int.self, forKey: .featureBits),
      weightBits: container.decodeIfPresent(Int.self, forKey: .weightBits),
      digitWidth: container.decodeIfPresent(Int.self, forKey: .digitWidth) ?? 2)
  }

  /// Writes everything but the derived shapes.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(input, forKey: .input)
    try container.encode(layers, forKey: .layers)
    try container.encode(format, forKey: .format)
    try container.encode(featureBits, forKey: .featureBits)
    try container.encode(weightBits, forKey: .weightBits)
    try container.encode(digitWidth, forKey: .digitWidth)
  }
}
