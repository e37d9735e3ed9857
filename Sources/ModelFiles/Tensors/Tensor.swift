/// Numbers in a box of any rank, row-major: what tensor files and graphs hold. Values are `Double` whatever the file's
/// element type was; no integer is read that `Double` does not hold exactly.
public struct Tensor: Hashable, Sendable {
  /// Lengths of the dimensions; empty for a single number.
  public let shape: [Int]
  /// The elements, the last dimension fastest.
  public internal(set) var values: [Double]
  /// How the elements are stored in a file.
  public let elementType: ElementType

  /// Element types of the files.
  public enum ElementType: String, Hashable, Sendable, Codable, CaseIterable {
    case float64, float32, float16, bfloat16, int64, int32, int8, uint8, bool

    /// Bytes an element takes.
    public var byteCount: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16: 2
      case .int8, .uint8, .bool: 1
      }
    }

    /// Whether the elements are whole numbers.
    public var isInteger: Bool {
      switch self {
      case .float64, .float32, .float16, .bfloat16: false
      case .int64, .int32, .int8, .uint8, .bool: true
      }
    }
  }

  /// Creates a tensor; `values.count` must be the product of `shape`.
  public init(shape: [Int], values: [Double], elementType: ElementType = .float32) {
    precondition(Tensor.count(of: shape) == values.count, "as many values as the shape says")
    self.shape = shape
    self.values = values
    self.elementType = elementType
  }

  /// Number of elements.
  public var count: Int { values.count }

  /// "2x3", or "scalar".
  public var shapeText: String { Tensor.text(of: shape) }

  /// The product of the dimensions; `nil` if one is negative or it is above 2^40.
  static func count(of shape: [Int]) -> Int? {
    guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
    if shape.contains(0) { return 0 }
    var count = 1
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow, product <= 1 << 40 else { return nil }
      count = product
    }
    return count
  }

  static func text(of shape: [Int]) -> String {
    shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "x")
  }

  /// The same elements in another shape of the same count.
  func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape: shape, values: values, elementType: elementType) }

  /// The elements as whole numbers; `nil` if one is not.
  var integers: [Int]? {
    let integers = values.compactMap { Int(exactly: $0) }
    return integers.count == values.count ? integers : nil
  }

  /// Checks that no element is NaN or infinite.
  /// - Throws: `notFinite` with name and index.
  public func requireFinite(name: String, file: String) throws(ModelFileError) {
    for (index, value) in values.enumerated() where !value.isFinite {
      throw .notFinite(file: file, tensor: name, index: index, value: value)
    }
  }
}
