internal import FieldArithmetic
public import MPCCore
public import SecretSharing

extension Session {
  /// [conv(image_g, kernel_g)] for groups of one shape, all openings in one round: depthwise and grouped convolutions.
  ///
  /// Source: `Papers/MODEL.md`, "Matrix products", once a group. Cost: one convolution triple a group, Σ |image_g| +
  /// |kernel_g| openings, 1 round.
  public mutating func convolve(
    _ images: [SharedVector<S>], _ kernels: [SharedVector<S>], shape: ConvolutionShape
  ) async throws(ProtocolAbort) -> [SharedVector<S>] {
    precondition(images.count == kernels.count, "one kernel a group")
    precondition(images.allSatisfy { $0.count == shape.inputCount }, "images of the shape")
    precondition(kernels.allSatisfy { $0.count == shape.kernelCount }, "kernels of the shape")
    var parts: [(a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>)] = []
    for _ in images {
      let triple = try await draw { source throws(ProtocolAbort) in try await source.convolutionTriple(shape) }
      parts.append(triple.spend())
    }
    let opened = try await openDifferences(  // 1
      images.indices.flatMap { [(images[$0], parts[$0].a), (kernels[$0], parts[$0].b)] })
    let size = shape.inputCount + shape.kernelCount
    return parts.enumerated().map { group, part in  // 2
      let d = Array(opened[(group * size)..<(group * size + shape.inputCount)])
      let f = Array(opened[(group * size + shape.inputCount)..<((group + 1) * size)])
      var z = part.c
      z.updateLinear(part.a, part.b) { z, a, b in
        shape.accumulate(&z, image: d, kernel: b)
        shape.accumulate(&z, image: a, kernel: f)
      }
      var product = S.F.filled(shape.outputCount, with: .zero)
      shape.accumulate(&product, image: d, kernel: f)
      return add(product, to: z)
    }
  }
}
