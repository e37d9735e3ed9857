internal import FieldArithmetic
public import MPCCore
internal import Online
public import SecretSharing

/// Windows over every plane of an image; values outside the image are left out.
struct PoolingWindows: Sendable {
  let channels, height, width, windowHeight, windowWidth, stride, padding: Int

  var area: Int { windowHeight * windowWidth }
  var outputHeight: Int { (height + 2 * padding - windowHeight) / stride + 1 }
  var outputWidth: Int { (width + 2 * padding - windowWidth) / stride + 1 }
  var output: ActivationShape { .image(channels: channels, height: outputHeight, width: outputWidth) }

  /// Where the values of each window stand in one plane; at least one each, as the padding is smaller than the window.
  var plane: [[Int]] {
    (0..<outputHeight).flatMap { y in
      (0..<outputWidth).map { x in
        let rows = max(0, y * stride - padding)..<min(height, y * stride - padding + windowHeight)
        let columns = max(0, x * stride - padding)..<min(width, x * stride - padding + windowWidth)
        return rows.flatMap { row in columns.map { row * width + $0 } }
      }
    }
  }

  /// Where the values of each window stand in a batch, window after window.
  func indices(rows: Int) -> [[Int]] {
    let plane = plane
    return (0..<(rows * channels)).flatMap { number in
      plane.map { window in window.map { number * height * width + $0 } }
    }
  }
}

/// Mean of every window: a local sum and one truncation; a check and 1 round.
///
/// Source: `Papers/MODEL.md`, "Functions". Error below 1 ulp, plus |sum|·2^(−f−1) for the rounded 1/count where a
/// window's count is no power of two.
public struct AveragePoolLayer<S: SharingScheme>: SecureLayer {
  let windows: PoolingWindows
  let countsPadding: Bool
  let format: FixedPointFormat
  /// Name in reports.
  public let kind: String
  /// One row of what it returns.
  public var output: ActivationShape { windows.output }

  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let indices = windows.indices(rows: x.rows)
    let sums = x.elements.mapLinear { values in
      indices.map { window in window.reduce(S.F.zero) { $0 + values[$1] } }
    }
    let counts = indices.map { countsPadding ? windows.area : $0.count }
    let means: SharedVector<S>
    if let count = counts.first, counts.allSatisfy({ $0 == count }), count.isPowerOfTwo {
      means =
        count == 1
        ? sums
        : try await session.truncateProbabilistically(
          sums, valueBits: format.valueBits, droppedBits: count.trailingZeroBitCount)
    } else {
      let factors = counts.map { session.publicFactor(1 / Double($0), fractionBits: format.fractionBits) }
      means = try await session.truncate(sums.scaled(by: factors), as: format)
    }
    return SharedMatrix(rows: x.rows, columns: output.count, elements: means)
  }
}

/// Largest value of every window: ⌈log2 area⌉ levels of a comparison of k + 1 bits and 1 round. Exact.
///
/// Source: [CH10, LTZ] in a tree. Padding counts as −∞: a window at the border meets one of its values again instead, so
/// that all windows have one length.
public struct MaxPoolLayer<S: SharingScheme>: SecureLayer {
  let windows: PoolingWindows
  let format: FixedPointFormat
  let digitWidth: Int
  /// Name in reports.
  public var kind: String { "maxPool" }
  /// One row of what it returns.
  public var output: ActivationShape { windows.output }

  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let windows = windows.indices(rows: x.rows)
    let columns = windows.reduce(1) { max($0, $1.count) }
    let padded = windows.flatMap { window in window + Array(repeating: window[0], count: columns - window.count) }
    let gathered = SharedMatrix(
      rows: x.rows * output.count, columns: columns, elements: x.elements.gather(padded))
    let largest = try await session.maximum(ofRows: gathered, valueBits: format.valueBits, digitWidth: digitWidth)
    return SharedMatrix(rows: x.rows, columns: output.count, elements: largest)
  }
}
