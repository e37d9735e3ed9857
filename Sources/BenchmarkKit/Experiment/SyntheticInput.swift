public import SecureML

/// Random rows in place of a data set, for layers that are measured alone: uniform in [−1, 1), from the experiment's seed.
/// The model keeps its random weights; the "labels" are the classes of the model in clear.
public struct SyntheticInput: Hashable, Sendable, Codable {
  /// One row: `[784]` is a vector, `[1, 28, 28]` an image of channels, height and width.
  public var shape: [Int]

  /// One row as the layers see it.
  public var activation: ActivationShape {
    shape.count == 3 ? .image(channels: shape[0], height: shape[1], width: shape[2]) : .vector(shape.reduce(1, *))
  }

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    shape = try reader.shape("shape") ?? [1]
    if reader.node("shape") == nil { throw reader.error("shape", .missingKey("shape")) }
  }

  static let keys = ["shape"]

  /// So many rows.
  func rows(_ count: Int, name: String, seed: UInt64) -> Dataset {
    var generator = SplitMix64(seed: seed)
    let width = activation.count
    return Dataset(
      file: name, featureNames: (1...width).map { "x\($0)" },
      features: (0..<count * width).map { _ in generator.symmetricUnit() },
      labels: [Int](repeating: 0, count: count), classCount: 1)
  }
}

extension SyntheticInput {
  /// So many rows, each in the class whose random linear form is largest on it.
  func labelledRows(_ count: Int, name: String, classCount: Int, seed: UInt64) -> Dataset {
    var data = rows(count, name: name, seed: seed)
    var generator = SplitMix64(seed: seed ^ 0x5A5A)
    let width = data.featureCount
    let forms = (0..<classCount).map { _ in (0..<width).map { _ in generator.symmetricUnit() } }
    data.labels = (0..<count).map { row in
      let values = data.features[row * width..<(row + 1) * width]
      return indexOfLargest(forms.map { form in zip(form, values).reduce(0) { $0 + $1.0 * $1.1 } })
    }
    data.classCount = classCount
    return data
  }
}

extension ObjectReader {
  /// `[n]` or `[channels, height, width]`; nil if absent.
  func shape(_ key: String) throws(ConfigurationError) -> [Int]? {
    guard let items = try array(key) else { return nil }
    let sizes = items.compactMap { item -> Int? in
      guard case .number(let text) = item.value, let value = Int(text), (1...1_000_000).contains(value) else {
        return nil
      }
      return value
    }
    let total = sizes.reduce(1) { min($0, 10_000_000) * $1 }
    guard sizes.count == items.count, sizes.count == 1 || sizes.count == 3, total <= 1_000_000 else {
      throw error(
        key,
        .outOfRange(
          found: node(key)?.summary ?? "",
          allowed: "[values] or [channels, height, width] with at most 1,000,000 values"))
    }
    return sizes
  }
}
