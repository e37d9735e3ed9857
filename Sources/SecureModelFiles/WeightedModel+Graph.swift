public import ModelFiles
public import Online
public import SecureML

extension WeightedModel {
  /// What a file does not say about a secure model.
  public struct ImportOptions: Hashable, Sendable {
    /// One row of the input, if the file leaves it open.
    public var input: ActivationShape?
    /// f and k of all activations.
    public var format: FixedPointFormat
    /// Range of features; see `SecureModelSpecification.featureBits`.
    public var featureBits: Int?
    /// Range of weights and biases.
    public var weightBits: Int?
    /// How sigmoid layers are computed.
    public var sigmoid: Sigmoid
    /// How softmax and exponential layers are computed.
    public var softmax: Softmax

    /// The defaults are those of `SecureModelSpecification`, and the sigmoid polynomial of degree 9 on [−8, 8].
    public init(
      input: ActivationShape? = nil, format: FixedPointFormat = FixedPointFormat(), featureBits: Int? = nil,
      weightBits: Int? = nil, sigmoid: Sigmoid = .polynomial(degree: 9, radius: 8),
      softmax: Softmax = Softmax()
    ) {
      self.input = input
      self.format = format
      self.featureBits = featureBits
      self.weightBits = weightBits
      self.sigmoid = sigmoid
      self.softmax = softmax
    }
  }

  /// The model that a graph describes: a chain of layers whose first dimension is the batch.
  ///
  /// Batch normalisation, scaling and biases are folded into the dense layer or convolution before them, elsewhere they
  /// become scale and bias layers; dilations become zeros of larger kernels; dropout and identities vanish, and so does a
  /// softmax before an argmax.
  /// - Throws: `unsupportedNodes` with *all* nodes without a secure layer; `notFinite` for NaN and infinite weights;
  ///   `outOfRange` for weights without an encoding; `invalidGraph` for shapes that do not fit.
  public init(_ graph: ModelGraph, options: ImportOptions = ImportOptions()) throws(ModelFileError) {
    try graph.requireFiniteConstants()
    guard graph.inputs.count == 1, graph.outputs.count == 1 else {
      throw .invalidGraph(
        file: graph.file, node: (graph.inputs + graph.outputs).map(\.name).joined(separator: ", "),
        reason:
          "\(graph.inputs.count) inputs and \(graph.outputs.count) outputs; one of each can be imported, choose one "
          + "output")
    }
    let (bound, input) = try Self.bindInput(of: graph, options.input)
    var conversion = try GraphConversion(bound.foldingConstants(), sigmoid: options.sigmoid, softmax: options.softmax)
    try conversion.run()
    let parameters = conversion.layers.compactMap(\.parameters)
    let specification: SecureModelSpecification
    do throws(ModelError) {
      specification = try SecureModelSpecification(
        input: input, layers: conversion.layers.map(\.layer), format: options.format,
        featureBits: options.featureBits, weightBits: options.weightBits)
    } catch {
      throw .invalidGraph(file: graph.file, node: graph.outputs[0].name, reason: error.description)
    }
    try Self.requireRange(of: parameters, specification, file: graph.file)
    do throws(ModelError) {
      try self.init(specification, parameters: parameters)
    } catch {
      throw .invalidGraph(file: graph.file, node: graph.outputs[0].name, reason: error.description)
    }
  }

  /// The graph with a known input of one row.
  private static func bindInput(of graph: ModelGraph, _ given: ActivationShape?) throws(ModelFileError)
    -> (ModelGraph, ActivationShape)
  {
    var bound = graph
    let declared = graph.inputs[0]
    if let given {
      switch given {
      case .vector(let count): bound.inputs[0].dimensions = [1, count]
      case .image(let channels, let height, let width): bound.inputs[0].dimensions = [1, channels, height, width]
      }
      return (bound, given)
    }
    let row = declared.dimensions.dropFirst().compactMap { $0 }
    guard row.count == declared.dimensions.count - 1, row.count == 1 || row.count == 3 else {
      let text = declared.dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: "x")
      throw .invalidGraph(
        file: graph.file, node: declared.name,
        reason:
          "the input is declared as \(text); batch x values or batch x channels x height x width expected, or say "
          + "the shape of a row")
    }
    return (bound, row.count == 1 ? .vector(row[0]) : .image(channels: row[0], height: row[1], width: row[2]))
  }
}
