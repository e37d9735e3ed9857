import FieldArithmetic
import MPCCore
import Online
import SecretSharing
import Testing
import Transport

@Suite("Matrix products and convolutions agree with clear ones")
struct ProductTests {
  /// Small signed integers from a fixed sequence.
  static func integers(_ count: Int, seed: Int64) -> [Int64] {
    (0..<Int64(count)).map { ($0 * 7919 + seed) % 101 - 50 }
  }

  static func clearProduct(_ a: [Int64], _ b: [Int64], rows: Int, inner: Int, columns: Int) -> [Int64] {
    (0..<(rows * columns)).map { item in
      (0..<inner).reduce(0) { $0 + a[item / columns * inner + $1] * b[$1 * columns + item % columns] }
    }
  }

  static func clearConvolution(_ image: [Int64], _ kernel: [Int64], _ shape: ConvolutionShape) -> [Int64] {
    var out: [Int64] = []
    for item in 0..<shape.batch {
      for filter in 0..<shape.filters {
        for y in 0..<shape.outputHeight {
          for x in 0..<shape.outputWidth {
            var sum: Int64 = 0
            for channel in 0..<shape.channels {
              for i in 0..<shape.kernelHeight {
                for j in 0..<shape.kernelWidth {
                  let (inY, inX) = (y * shape.stride + i - shape.padding, x * shape.stride + j - shape.padding)
                  guard (0..<shape.height).contains(inY), (0..<shape.width).contains(inX) else { continue }
                  let pixel = ((item * shape.channels + channel) * shape.height + inY) * shape.width + inX
                  let weight =
                    ((filter * shape.channels + channel) * shape.kernelHeight + i) * shape.kernelWidth + j
                  sum += image[pixel] * kernel[weight]
                }
              }
            }
            out.append(sum)
          }
        }
      }
    }
    return out
  }

  @Test(
    "Matrix products of several shapes, passive and active",
    arguments: [(1, 1, 1), (3, 5, 2), (8, 17, 9), (1, 40, 1), (33, 1, 7)], [2, 3])
  func matrices(shape: (Int, Int, Int), parties: Int) async throws {
    let (rows, inner, columns) = shape
    let a = Self.integers(rows * inner, seed: 3)
    let b = Self.integers(inner * columns, seed: 8)
    let clear = Self.clearProduct(a, b, rows: rows, inner: inner, columns: columns)
    func product<S: SharingScheme>(_ scheme: S.Type) async throws -> [Int64] {
      try await run(scheme, parties: parties) { (session) throws(ProtocolAbort) in
        let x = SharedMatrix(rows: rows, columns: inner, elements: try await session.share(a))
        let y = SharedMatrix(rows: inner, columns: columns, elements: try await session.share(b))
        return try await session.revealSigned(try await session.multiply(x, y).elements)
      }.value
    }
    #expect(try await product(Active127.self) == clear)
    #expect(try await product(Passive61.self) == clear)
  }

  @Test(
    "Convolutions with stride, padding, channels, filters and batches",
    arguments: [
      ConvolutionShape(channels: 1, height: 3, width: 3, filters: 1, kernelHeight: 3, kernelWidth: 3),
      ConvolutionShape(batch: 2, channels: 3, height: 5, width: 4, filters: 2, kernelHeight: 3, kernelWidth: 2),
      ConvolutionShape(
        batch: 3, channels: 2, height: 7, width: 6, filters: 4, kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1),
      ConvolutionShape(channels: 1, height: 2, width: 2, filters: 1, kernelHeight: 4, kernelWidth: 4, padding: 2),
      ConvolutionShape(channels: 2, height: 8, width: 8, filters: 3, kernelHeight: 1, kernelWidth: 1, stride: 3),
    ])
  func convolutions(shape: ConvolutionShape) async throws {
    let image = Self.integers(shape.inputCount, seed: 1)
    let kernel = Self.integers(shape.kernelCount, seed: 5)
    let outcome = try await run(Active127.self) { (session) throws(ProtocolAbort) in
      let x = try await session.share(image)
      let y = try await session.share(kernel)
      return try await session.revealSigned(try await session.convolve(x, y, shape: shape))
    }
    #expect(outcome.value == Self.clearConvolution(image, kernel, shape))
  }

  @Test("Fixed-point matrix products are within an ulp, whatever the inner dimension")
  func fixedPointMatrix() async throws {
    let format = FixedPointFormat()
    let ulp = 1 / Double(format.one)
    let a = Self.integers(4 * 60, seed: 2)
    let b = Self.integers(60 * 3, seed: 9)
    let outcome = try await run(Active127.self, parties: 3) { (session) throws(ProtocolAbort) in
      let x = SharedMatrix(rows: 4, columns: 60, elements: try await session.share(a.map { $0 * 1237 }))
      let y = SharedMatrix(rows: 60, columns: 3, elements: try await session.share(b.map { $0 * 977 }))
      return try await session.reveal(try await session.multiply(x, y, as: format).elements, as: format)
    }
    let clear = Self.clearProduct(a, b, rows: 4, inner: 60, columns: 3).map { Double($0) * 1237 * 977 * ulp * ulp }
    #expect(largestDifference(outcome.value, clear) < ulp)
  }
}
