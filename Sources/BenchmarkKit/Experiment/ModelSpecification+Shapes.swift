public import SecureML

extension ModelSpecification {
  /// Checks the layers against the data and gives their widths; see ``layerShapes(input:classCount:isTrained:file:path:)``.
  /// - Parameters:
  ///   - featureCount: columns of the input, read as a vector.
  ///   - classCount: classes of the label.
  @discardableResult
  public func layerWidths(featureCount: Int, classCount: Int, file: String, path: String)
    throws(ConfigurationError) -> [Int]
  {
    try layerShapes(input: .vector(featureCount), classCount: classCount, file: file, path: path).map(\.count)
  }

  /// Checks the layers against the data: shapes, a layer with weights, argmax only at the end, the right number of
  /// outputs.
  /// - Parameters:
  ///   - input: one row.
  ///   - classCount: classes of the label; one sigmoid output counts as two classes. nil: any model, for layers that are
  ///     measured on random rows.
  ///   - isTrained: whether the layers must be such that they can be trained here.
  /// - Precondition: there is a layer.
  /// - Returns: the output of each layer.
  /// - Throws: `shapeMismatch` naming layer index, kind, expected and given, with `file` and `path`.
  public func layerShapes(
    input: ActivationShape, classCount: Int?, isTrained: Bool = true, file: String, path: String
  ) throws(ConfigurationError) -> [ActivationShape] {
    func mismatch(_ layer: Int, _ expected: String, _ given: String) -> ConfigurationError {
      ConfigurationError(
        file: file, origin: nil, path: "\(path).layers[\(layer)]",
        cause: .shapeMismatch(layer: layer, kind: layers[layer].kind.rawValue, expected: expected, given: given))
    }
    precondition(!layers.isEmpty, "a model has layers")
    let last = layers.count - 1
    var shape = input
    var shapes: [ActivationShape] = []
    for (index, layer) in layers.enumerated() {
      switch layer {
      case .dense(_, let inputs?) where inputs != shape.count:
        throw mismatch(index, "\(shape.count) inputs", "\(inputs)")
      case .argmax:
        guard index == last else { throw mismatch(index, "to be the last layer", "\(last - index) more after it") }
        if let classCount, shape.count != classCount {
          throw mismatch(index, "\(classCount) inputs, one per class", "\(shape.count)")
        }
      case .batchNorm:
        let before = index > 0 ? layers[index - 1].kind : nil
        guard before == .dense || before == .convolution else {
          throw mismatch(index, "a dense layer or a convolution directly before it", before?.rawValue ?? "nothing")
        }
      default: break
      }
      do throws(ModelError) {
        shape = try layer.checkedOutput(of: shape)
      } catch {
        guard case .shapeMismatch(_, _, let expected, let given) = error else {
          throw mismatch(index, "another layer", "\(error)")
        }
        throw mismatch(index, expected, given)
      }
      shapes.append(shape)
    }
    guard let classCount else { return shapes }
    if isTrained {
      if let index = layers.firstIndex(where: { $0.kind == .softmax }), index != last {
        throw mismatch(index, "to be the last layer of a model that is trained", "\(last - index) more after it")
      }
      guard layers.contains(where: { $0.kind == .dense || $0.kind == .convolution }) else {
        throw mismatch(last, "a dense layer or a convolution before it", "none")
      }
    }
    if layers[last] != .argmax {
      let single = classCount == 2 && shape.count == 1 && layers[last].kind == .sigmoid
      guard shape.count == classCount || single else {
        throw mismatch(
          last, "\(classCount) outputs, one per class (or one sigmoid output for 2 classes)", "\(shape.count)")
      }
    }
    return shapes
  }
}

extension LayerSpecification {
  /// The layer as the secure model has it; nil if it vanishes there.
  var secure: SecureLayerSpecification? {
    switch self {
    case .dense(let outputs, _): .dense(outputs: outputs)
    case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, let groups):
      .convolution(
        filters: filters, kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride, padding: padding,
        groups: groups)
    case .averagePool(let window, let stride, let padding, let countsPadding):
      .averagePool(window: window, stride: stride, padding: padding, countsPadding: countsPadding)
    case .maxPool(let window, let stride, let padding): .maxPool(window: window, stride: stride, padding: padding)
    case .globalAveragePool: .globalAveragePool
    case .scale: .scale
    case .bias: .bias
    case .softmax(let function): .softmax(function)
    case .exponential(let function): .exponential(function)
    case .flatten: .flatten
    case .relu: .relu
    case .square: .square
    case .sigmoid(let function): .sigmoid(function)
    case .argmax: .argmax
    case .identity, .batchNorm: nil
    }
  }

  /// What the layer makes of `input`.
  /// - Throws: `shapeMismatch`.
  func checkedOutput(of input: ActivationShape) throws(ModelError) -> ActivationShape {
    guard let secure else { return input }
    return try SecureModelSpecification(input: input, layers: [secure]).output
  }

  /// What the layer makes of `input`; nil if they do not fit.
  func output(of input: ActivationShape) -> ActivationShape? { try? checkedOutput(of: input) }
}
