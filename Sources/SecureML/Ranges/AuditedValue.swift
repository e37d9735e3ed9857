/// One value that a layer truncates, compares or hands on, in clear: where it stands and how long it is.
public struct AuditedValue: Hashable, Sendable, Codable {
  /// The layer that computes with it.
  public let layer: Int
  /// The layer's kind.
  public let kind: String
  /// Which of the layer's tensors it stands in: "input", "sums with 2f fraction bits", …
  public let tensor: String
  /// Row of the data, and place inside the row's tensor.
  public let row, element: Int
  /// As a real number.
  public let value: Double
  /// Length of the integer that stands for it, sign included.
  public let bits: Int

  /// The least n with −2^(n−1) ≤ value < 2^(n−1).
  static func bits(_ value: Int128) -> Int { 129 - (value < 0 ? ~value : value).leadingZeroBitCount }
}

extension AuditedValue: CustomStringConvertible {
  /// "layer 2 (dense), sums with 2f fraction bits, row 3, element 1: 123.5 (52 bits)"
  public var description: String {
    "layer \(layer) (\(kind)), \(tensor), row \(row), element \(element): \(value) (\(bits) bits)"
  }
}

/// A model in clear on rows of data: activations, and how long its values were.
public struct ClearEvaluation: Hashable, Sendable {
  /// Outputs of each layer that was evaluated, rows × outputs, with f fraction bits; of an argmax the indices.
  public internal(set) var activations: [[Int64]] = []
  /// The longest value of each layer that was evaluated.
  public internal(set) var longest: [AuditedValue] = []
  /// Values of more than k bits, or outside a polynomial's radius, of the first layer that has any: the first
  /// ``listedOverflowCount`` of them. Layers behind it are not evaluated: they would see numbers no secure run has.
  public internal(set) var overflows: [AuditedValue] = []
  /// How many there are in all.
  public internal(set) var overflowCount = 0

  /// How many overflows are listed.
  public static let listedOverflowCount = 16
}
