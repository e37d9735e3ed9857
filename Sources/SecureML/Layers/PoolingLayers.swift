internal import FieldArithmetic
public import MPCCore
internal import Online
public import SecretSharing

/// Windows of window × window, side by side, of every plane of an image.
struct PoolingWindows: Sendable {
  let channels, height, width, window: Int

  var area: Int { window * window }
  var output: ActivationShape { .image(channels: channels, height: height / window, width: width / window) }

  /// Where the values of each window stand in a batch, window after window.
  func indices(rows: Int) -> [Int] {
    var indices: [Int] = []
    indices.reserveCapacity(rows * channels * height * width)
    for plane in 0..<(rows * channels) {
      for top in stride(from: 0, to: height, by: window) {
        for left in stride(from: 0, to: width, by: window) {
          for row in top..<(top + window) {
            for column in left..<(left + window) { indices.append((plane * height + row) * width + column) }
          }
        }
      }
    }
    return indices
  }
}

/// Mean of every window: a local sum and one truncation; a check and 1 round. Error below 1 ulp, plus |sum|·2^(−f−1)
/// for the rounded 1/area if the area is no power of two.
public struct AveragePoolLayer<S: SharingScheme>: SecureLayer {
  let windows: PoolingWindows
  let format: FixedPointFormat
  /// Name in reports.
  public var kind: String { "averagePool" }
  /// One row of what it returns.
  public var output: ActivationShape { windows.output }

  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let sums = x.elements.gather(windows.indices(rows: x.rows)).groupSums(of: windows.area)
    let means: SharedVector<S>
    if windows.area == 1 {
      means = sums
    } else if windows.area.isPowerOfTwo {
      means = try await session.truncateProbabilistically(
        sums, valueBits: format.valueBits, droppedBits: windows.area.trailingZeroBitCount)
    } else {
      means = try await session.scale(sums, by: 1 / Double(windows.area), as: format)
    }
    return SharedMatrix(rows: x.rows, columns: output.count, elements: means)
  }
}

/// Largest value of every window: ⌈log2 area⌉ levels of a comparison of k + 1 bits and 1 round. Exact.
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
    let gathered = SharedMatrix(
      rows: x.rows * output.count, columns: windows.area,
      elements: x.elements.gather(windows.indices(rows: x.rows)))
    let largest = try await session.maximum(ofRows: gathered, valueBits: format.valueBits, digitWidth: digitWidth)
    return SharedMatrix(rows: x.rows, columns: output.count, elements: largest)
  }
}
