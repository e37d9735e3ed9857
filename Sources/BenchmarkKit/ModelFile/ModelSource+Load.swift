internal import Foundation
internal import ModelFiles
internal import Online
internal import SecureML
internal import SecureModelFiles

extension ModelSpecification {
  /// Reads the model of a file for a run with `settings`.
  ///
  /// With layers listed beside the file, the file must have the same ones; for weights alone they are the layers. Sigmoids,
  /// exponentials and softmax of ONNX graphs are computed as the listed layer at their place says.
  /// - Parameters:
  ///   - folder: the folder relative paths start from.
  ///   - input: one row, if the data say what it is; needed for weights alone and for graphs that leave it open.
  ///   - file: the experiment file, for errors, and `path`, the place of the workload in it.
  /// - Throws: `ModelFileError` naming all unsupported nodes, or tensor and value; ``ConfigurationError`` if layers or input
  ///   are not those of the file.
  func load(
    _ source: ModelSource, relativeTo folder: String, input: ActivationShape?, settings: FixedPointSettings,
    file: String, path: String
  ) throws -> WeightedModel {
    let place = source.path.hasPrefix("/") || folder.isEmpty ? source.path : "\(folder)/\(source.path)"
    let format = FixedPointFormat(fractionBits: settings.f, valueBits: settings.k)
    let listed = layers.compactMap(\.secure)
    var model: WeightedModel
    if FileBytes.isFolder(place) {
      try Self.requireChecksum(
        [WeightedModel.specificationFile, WeightedModel.weightsFile].flatMap {
          source.sha256.isEmpty ? [] : try FileBytes.read("\(place)/\($0)")
        }, of: place, source)
      model = try WeightedModel(folder: place).converted(
        to: format, featureBits: settings.featureBits, weightBits: settings.weightBits, file: place)
    } else {
      let bytes = try FileBytes.read(place)
      try Self.requireChecksum(bytes, of: place, source)
      if source.holdsWeightsAlone {
        guard let input, !layers.isEmpty else {
          throw conflict(
            "\(source.path) holds weights alone", remedy: "list model.layers, and dataset.shape for images", file, path)
        }
        let weights =
          place.hasSuffix(".npz")
          ? SafetensorsFile(
            tensors: try NPZFile.read(bytes, file: place).map {
              SafetensorsFile.NamedTensor(name: $0.name, tensor: $0.tensor)
            })
          : try SafetensorsFile(bytes, file: place)
        _ = try layerShapes(input: input, classCount: nil, file: file, path: "\(path).model")
        if let index = layers.firstIndex(of: .batchNorm) {
          throw conflict(
            "layer \(index) is a batchNorm, which is folded into the weights before they are shared",
            remedy: "fold it into the weights of the layer before it, or use an ONNX file", file, path)
        }
        model = try WeightedModel(
          SecureModelSpecification(
            input: input, layers: listed, format: format, featureBits: settings.featureBits,
            weightBits: settings.weightBits), weights: weights, file: place)
      } else {
        var options = WeightedModel.ImportOptions(
          input: input, format: format, featureBits: settings.featureBits, weightBits: settings.weightBits)
        for layer in listed {
          switch layer {
          case .sigmoid(let function): options.sigmoid = function
          case .softmax(let function): options.softmax = function
          case .exponential(let function): options.softmax = Softmax(exponential: function)
          default: break
          }
        }
        model = try WeightedModel(
          ModelGraph(onnx: bytes, outputs: source.output.isEmpty ? nil : [source.output], file: place),
          options: options)
      }
    }
    if let input, input != model.specification.input {
      throw conflict(
        "a row of the data is \(input), and \(source.path) takes \(model.specification.input)",
        remedy: "correct dataset.shape, or the data", file, path)
    }
    guard layers.isEmpty || listed == model.specification.layers else {
      let own = model.specification.layers
      let index = zip(listed, own).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      throw conflict(
        index.map { "layer \($0) of \(source.path) is \(own[$0]), listed is \(listed[$0])" }
          ?? "\(source.path) has \(own.count) layers, listed are \(listed.count)",
        remedy: "correct model.layers ('spdz-bench model inspect' prints those of the file), or remove them", file, path
      )
    }
    return model
  }

  private func conflict(_ what: String, remedy: String, _ file: String, _ path: String) -> ConfigurationError {
    ConfigurationError(file: file, origin: nil, path: "\(path).model", cause: .conflict(what, remedy: remedy))
  }

  private static func requireChecksum(_ bytes: [UInt8], of place: String, _ source: ModelSource) throws(ModelFileError)
  {
    guard !source.sha256.isEmpty else { return }
    let found = sha256Hex(bytes)
    guard found == source.sha256 else {
      throw .checksumMismatch(file: place, what: "SHA-256", expected: source.sha256, found: found)
    }
  }
}

extension LayerSpecification {
  /// The layer of an experiment file that the secure model has as `layer`.
  init(_ layer: SecureLayerSpecification) {
    switch layer {
    case .dense(let outputs): self = .dense(outputs: outputs, inputs: nil)
    case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, let groups):
      self = .convolution(
        filters: filters, kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride, padding: padding,
        groups: groups)
    case .averagePool(let window, let stride, let padding, let countsPadding):
      self = .averagePool(window: window, stride: stride, padding: padding, countsPadding: countsPadding)
    case .maxPool(let window, let stride, let padding):
      self = .maxPool(window: window, stride: stride, padding: padding)
    case .globalAveragePool: self = .globalAveragePool
    case .batchNormalization: self = .batchNorm
    case .scale: self = .scale
    case .bias: self = .bias
    case .flatten: self = .flatten
    case .relu: self = .relu
    case .square: self = .square
    case .sigmoid(let function): self = .sigmoid(function)
    case .exponential(let function): self = .exponential(function)
    case .softmax(let function): self = .softmax(function)
    case .argmax: self = .argmax
    }
  }
}
