/// Windows of a convolution or pooling over 1 to 3 spatial dimensions.
public struct WindowGeometry: Hashable, Sendable {
  /// How far the windows reach, one an axis.
  public var kernel: [Int]
  /// Steps between windows.
  public var strides: [Int]
  /// Steps inside a window.
  public var dilations: [Int]
  /// Padding before and behind each axis.
  public var padding: Padding
  /// Whether a last window that begins inside, but ends behind the padded image counts.
  public var roundsUp: Bool

  /// ONNX's `pads` and `auto_pad`.
  public enum Padding: Hashable, Sendable {
    /// Given numbers.
    case explicit(before: [Int], after: [Int])
    /// None.
    case valid
    /// As much as makes ⌈length/stride⌉ windows; an odd one more behind (upper) or before (lower).
    case same(oddBefore: Bool)
  }

  /// Puts the parts together; all lists are as long as `kernel`.
  public init(
    kernel: [Int], strides: [Int]? = nil, dilations: [Int]? = nil, padding: Padding = .valid, roundsUp: Bool = false
  ) {
    self.kernel = kernel
    self.strides = strides ?? kernel.map { _ in 1 }
    self.dilations = dilations ?? kernel.map { _ in 1 }
    self.padding = padding
    self.roundsUp = roundsUp
  }

  /// The windows of an image: how many along each axis, and the padding before it.
  struct Placement: Hashable {
    var counts: [Int]
    var before: [Int]
    var after: [Int]
  }

  /// Where the windows of an image of these spatial dimensions stand.
  /// - Returns: `nil` if the numbers of axes differ or no window fits.
  func placement(on spatial: [Int]) -> Placement? {
    guard spatial.count == kernel.count, (1...3).contains(spatial.count) else { return nil }
    var placement = Placement(counts: [], before: [], after: [])
    for axis in spatial.indices {
      let (length, stride) = (spatial[axis], strides[axis])
      let reach = dilations[axis] * (kernel[axis] - 1) + 1
      let (before, after): (Int, Int)
      switch padding {
      case .explicit(let first, let last): (before, after) = (first[axis], last[axis])
      case .valid: (before, after) = (0, 0)
      case .same(let oddBefore):
        let total = max(0, ((length + stride - 1) / stride - 1) * stride + reach - length)
        (before, after) = oddBefore ? (total - total / 2, total / 2) : (total / 2, total - total / 2)
      }
      let free = length + before + after - reach
      guard length > 0, free >= 0 else { return nil }
      var count = (roundsUp ? free + stride - 1 : free) / stride + 1
      if roundsUp, (count - 1) * stride >= length + before { count -= 1 }
      placement.counts.append(count)
      placement.before.append(before)
      placement.after.append(after)
    }
    return placement
  }
}
