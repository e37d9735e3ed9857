extension NodeAttributes {
  /// Lengths, strides, dilations and padding are accepted up to here.
  private static let largestExtent = 1 << 16

  /// The window attributes of convolutions and pools.
  /// - Parameter kernel: of the weights, if there are any; a `kernel_shape` must agree.
  mutating func window(kernel known: [Int]?) throws(Refusal) -> WindowGeometry {
    let stated = try integers("kernel_shape")
    guard let kernel = known ?? stated, stated == nil || stated == kernel else {
      throw Refusal(reason: "kernel_shape is missing or not that of the weights")
    }
    guard (1...3).contains(kernel.count) else {
      throw Refusal(reason: "\(kernel.count) spatial dimensions, 1 to 3 expected")
    }
    let strides = try integers("strides") ?? kernel.map { _ in 1 }
    let dilations = try integers("dilations") ?? kernel.map { _ in 1 }
    let pads = try integers("pads")
    let rank = kernel.count
    let padding: WindowGeometry.Padding
    switch try text("auto_pad", "NOTSET") {
    case "NOTSET", "":
      let pads = pads ?? [Int](repeating: 0, count: 2 * rank)
      guard pads.count == 2 * rank, pads.allSatisfy({ (0...Self.largestExtent).contains($0) }) else {
        throw Refusal(reason: "pads \(pads); \(2 * rank) numbers from 0 to \(Self.largestExtent) expected")
      }
      padding = .explicit(before: Array(pads[..<rank]), after: Array(pads[rank...]))
    case "VALID": padding = .valid
    case "SAME_UPPER": padding = .same(oddBefore: false)
    case "SAME_LOWER": padding = .same(oddBefore: true)
    case let other: throw Refusal(reason: "auto_pad \(other.quotedShort)")
    }
    for (name, list) in [("kernel_shape", kernel), ("strides", strides), ("dilations", dilations)] {
      guard list.count == rank, list.allSatisfy({ (1...Self.largestExtent).contains($0) }) else {
        throw Refusal(reason: "\(name) \(list); \(rank) numbers from 1 to \(Self.largestExtent) expected")
      }
    }
    return WindowGeometry(
      kernel: kernel, strides: strides, dilations: dilations, padding: padding,
      roundsUp: try flag("ceil_mode", false))
  }
}
