/// What a node of a ``ModelGraph`` computes; semantics as the ONNX operator of that name, attributes checked.
///
/// Shapes are those of the whole batch, its dimension first. Inputs are the node's, in ONNX's order.
public enum GraphOperation: Hashable, Sendable {
  /// α·A·B + β·C with A or B transposed on request; C may be left out.
  case gemm(alpha: Double, beta: Double, transposesA: Bool, transposesB: Bool)
  /// The matrix product of the last two dimensions.
  case matrixProduct
  /// Element by element, with NumPy's broadcasting.
  case binary(BinaryOperation)
  /// Element by element.
  case unary(UnaryOperation)
  /// Cross-correlation of 1 to 3 spatial dimensions: image, kernel, and a bias that may be left out.
  case convolution(WindowGeometry, groups: Int)
  /// Largest value of every window; padding never wins.
  case maxPool(WindowGeometry)
  /// Mean of every window.
  case averagePool(WindowGeometry, countsPadding: Bool)
  /// Mean of every plane.
  case globalAveragePool
  /// scale·(x − mean)/√(variance + ε) + bias, per channel (dimension 1): x, scale, bias, mean, variance.
  case batchNormalization(epsilon: Double)
  /// As a matrix: dimensions before and from `axis` on.
  case flatten(axis: Int)
  /// Into a given shape: 0 keeps a dimension (unless `allowsZero`), −1 is what is left.
  case reshape([Int], allowsZero: Bool)
  /// Dimensions in another order; reversed, if none is given.
  case transpose([Int]?)
  /// Without dimensions of length 1: the given ones, or all.
  case squeeze([Int]?)
  /// With new dimensions of length 1 at these places of the result.
  case unsqueeze([Int])
  /// e^x over its sum along one axis, or along all dimensions from `axis` on (`flattens`, before opset 13).
  case softmax(axis: Int, flattens: Bool)
  /// The logarithm of the softmax.
  case logSoftmax(axis: Int, flattens: Bool)
  /// Index of the largest value along an axis; the first one of several, or the last.
  case argMax(axis: Int, keepsDimension: Bool, selectsLast: Bool)

  /// Operations of two tensors.
  public enum BinaryOperation: String, Hashable, Sendable, Codable { case add, subtract, multiply, divide }

  /// Functions of a number.
  public enum UnaryOperation: String, Hashable, Sendable, Codable {
    case relu, sigmoid, identity, negate, tanh, exponential
  }

  /// The name in reports: ONNX's.
  public var name: String {
    switch self {
    case .gemm: "Gemm"
    case .matrixProduct: "MatMul"
    case .binary(.add): "Add"
    case .binary(.subtract): "Sub"
    case .binary(.multiply): "Mul"
    case .binary(.divide): "Div"
    case .unary(.relu): "Relu"
    case .unary(.sigmoid): "Sigmoid"
    case .unary(.identity): "Identity"
    case .unary(.negate): "Neg"
    case .unary(.tanh): "Tanh"
    case .unary(.exponential): "Exp"
    case .convolution: "Conv"
    case .maxPool: "MaxPool"
    case .averagePool: "AveragePool"
    case .globalAveragePool: "GlobalAveragePool"
    case .batchNormalization: "BatchNormalization"
    case .flatten: "Flatten"
    case .reshape: "Reshape"
    case .transpose: "Transpose"
    case .squeeze: "Squeeze"
    case .unsqueeze: "Unsqueeze"
    case .softmax: "Softmax"
    case .logSoftmax: "LogSoftmax"
    case .argMax: "ArgMax"
    }
  }
}
