public import Online

/// Why a model cannot be built or fed. Found before anything is sent.
public enum ModelError: Error, Hashable, Sendable {
  /// A layer does not fit what comes before it.
  case shapeMismatch(layer: Int, kind: String, expected: String, given: String)
  /// The owner's parameters do not fit the layers.
  case wrongParameters(layer: Int, kind: String, expected: String, given: String)
  /// A batch normalisation does not follow a dense, convolution or scale layer, so there is nothing to fold it into.
  case cannotFold(layer: Int, after: String)
  /// The rows of features do not fit the input.
  case wrongFeatureCount(expected: String, given: Int)
  /// A weight or feature lies outside the range that is proven when it is shared.
  case outOfRange(what: String, value: Double, bits: Int, fractionBits: Int)
  /// Allowed inputs exist for which a layer's values outgrow k bits, and with it the masks that hide them.
  case valuesTooLong(layer: Int, kind: String, neededBits: Int, valueBits: Int)
  /// Calibration data give values of more than k bits: the secure result would be wrong.
  case overflow(AuditedValue, count: Int, valueBits: Int)
  /// Calibration data need more than k bits once the margin is added.
  case calibratedValuesTooLong(AuditedValue, marginBits: Int, valueBits: Int, largestValueBits: Int)
  /// A training makes no sense: a layer without a derivative here, or a number out of range.
  case notTrainable(String)
  /// The format, or a function's intermediate values, do not fit the field.
  case format(FixedPointError)
}

extension ModelError: CustomStringConvertible {
  /// Cause and remedy in one line.
  public var description: String {
    switch self {
    case .shapeMismatch(let layer, let kind, let expected, let given):
      "layer \(layer) (\(kind)) expects \(expected), given \(given); change the layer or the one before it"
    case .wrongParameters(let layer, let kind, let expected, let given):
      "the parameters of layer \(layer) (\(kind)) are \(given), expected \(expected)"
    case .cannotFold(let layer, let before):
      "layer \(layer) (batchNormalization) follows \(before) and cannot be folded; move it behind a dense, convolution or "
        + "scale layer, or write it as a scale layer with factors γ/√(σ² + ε) and biases β − μγ/√(σ² + ε)"
    case .wrongFeatureCount(let expected, let given):
      "the features are \(given) numbers, expected \(expected) a row"
    case .outOfRange(let what, let value, let bits, let fractionBits):
      "\(what) is \(value), not between ±2^\(bits - 1 - fractionBits), the range of \(bits) bits that is proven for it; "
        + "rescale it or raise the bits"
    case .valuesTooLong(let layer, let kind, let needed, let k):
      "layer \(layer) (\(kind)) can reach \(needed) bits for allowed inputs, more than k = \(k), so a masked opening "
        + "would not hide them; raise k or lower the bits of features and weights"
    case .notTrainable(let what): "cannot be trained: \(what)"
    case .overflow(let value, let count, let k):
      "\(value) does not fit k = \(k) bits or the domain of its function, as \(count - 1) more; raise k, lower f, or rescale "
        + "features and weights"
    case .calibratedValuesTooLong(let value, let margin, let k, let largest):
      "\(value) and \(margin) bits of margin need \(value.bits + margin) bits, more than k = \(k); "
        + (value.bits + margin <= largest
          ? "raise k, the field has room for \(largest)"
          : "the field has room for k = \(largest) only: lower f, s or the margin, or take a larger field")
    case .format(let error): error.description
    }
  }
}
