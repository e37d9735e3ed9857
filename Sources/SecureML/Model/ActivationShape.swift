/// What one row of a batch holds between two layers.
public enum ActivationShape: Hashable, Sendable, Codable {
  /// So many numbers.
  case vector(Int)
  /// Planes of height × width numbers, channel after channel, row-major.
  case image(channels: Int, height: Int, width: Int)

  /// Numbers in a row.
  public var count: Int {
    switch self {
    case .vector(let count): count
    case .image(let channels, let height, let width): channels * height * width
    }
  }

  /// All dimensions are positive.
  var isValid: Bool {
    switch self {
    case .vector(let count): count > 0
    case .image(let channels, let height, let width): channels > 0 && height > 0 && width > 0
    }
  }
}

extension ActivationShape: CustomStringConvertible {
  /// "64 values" or "an image of 3x8x8".
  public var description: String {
    switch self {
    case .vector(let count): "\(count) values"
    case .image(let channels, let height, let width): "an image of \(channels)x\(height)x\(width)"
    }
  }
}
