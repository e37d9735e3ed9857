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

  /// Channels of an image, numbers of a vector: what has a factor or a bias of its own.
  public var channelCount: Int {
    switch self {
    case .vector(let count): count
    case .image(let channels, _, _): channels
    }
  }

  /// The channel of every number of `rows` rows.
  func channelPattern(rows: Int) -> [Int] {
    let perChannel = max(1, count / max(1, channelCount))
    let row = (0..<count).map { $0 / perChannel }
    return (0..<rows).flatMap { _ in row }
  }

  /// All dimensions are positive, and a row has at most 2^31 numbers.
  var isValid: Bool {
    let dimensions =
      switch self {
      case .vector(let count): [count]
      case .image(let channels, let height, let width): [channels, height, width]
      }
    var product = 1
    for dimension in dimensions {
      guard (1...Self.largestCount).contains(dimension) else { return false }
      product *= dimension
      guard product <= Self.largestCount else { return false }
    }
    return true
  }

  /// 2^31: a limit against specifications whose sizes overflow, far above what can be run.
  static let largestCount = 1 << 31
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
