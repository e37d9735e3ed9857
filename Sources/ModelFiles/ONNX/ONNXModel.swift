/// The part of an ONNX file that is read: `ModelProto` of onnx.proto3. Nothing is interpreted yet.
struct ONNXModel {
  var irVersion: Int64 = 0
  var producer = ""
  /// Version of the operator set of each domain; the standard one is "".
  var operatorSets: [String: Int64] = [:]
  var graph = Graph()
  /// Model-local functions, which are not read.
  var functionCount = 0

  struct Graph {
    var name = ""
    var nodes: [Node] = []
    var initializers: [String: Tensor] = [:]
    var sparseInitializerCount = 0
    var inputs: [ValueInfo] = []
    var outputs: [ValueInfo] = []
  }

  struct Node {
    var name = ""
    var operation = ""
    var domain = ""
    var inputs: [String] = []
    var outputs: [String] = []
    var attributes: [String: Attribute] = [:]
  }

  enum Attribute {
    case float(Double)
    case integer(Int64)
    case text(String)
    case tensor(Tensor)
    case floats([Double])
    case integers([Int64])
    /// A subgraph, a type, or a list of strings, tensors or graphs.
    case other
  }

  struct ValueInfo {
    var name = ""
    /// `nil` where the file has a name or nothing instead of a number.
    var dimensions: [Int64?] = []
    /// Whether it is a dense tensor.
    var isTensor = false
  }
}
