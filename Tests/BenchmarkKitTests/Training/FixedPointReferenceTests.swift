import Testing

@testable import BenchmarkKit

@Suite("Fixed-point reference")
struct FixedPointReferenceTests {
  /// One dense layer worked out by hand with f = 4.
  @Test func `a small product truncates as computed by hand`() throws {
    let model = ClearModel(
      featureCount: 2, classCount: 2,
      layers: [.dense(DenseWeights(inputs: 2, outputs: 1, weights: [1.5, -0.25], bias: [0.0625]))])
    let settings = FixedPointSettings(f: 4, k: 20, s: 40)
    // x = (5/16, 3/16): 5·24 + 3·(−4) + 1·16 = 124; ⌊124/16⌋ = 7, nearest 8.
    #expect(try FixedPointReference(model, settings: settings).trace([0.3125, 0.1875]).activations == [[7]])
    #expect(
      try FixedPointReference(model, settings: settings, rounding: .nearest).trace([0.3125, 0.1875]).activations == [
        [8]
      ])
    // x = (−5/16, 0): −120 + 16 = −104; ⌊−6.5⌋ = −7, nearest −6 (half goes up).
    #expect(try FixedPointReference(model, settings: settings).trace([-0.3125, 0]).activations == [[-7]])
    #expect(
      try FixedPointReference(model, settings: settings, rounding: .nearest).trace([-0.3125, 0]).activations == [[-6]])
    // 124 has 7 bits and a sign.
    #expect(try FixedPointReference(model, settings: settings).trace([0.3125, 0.1875]).largestBits == 8)
  }

  /// The bound: with n inputs of size at most X and weights of size at most W, encoding errs by 2^−(f+1) in each of x, w
  /// and b, and truncation by less than 2^−f: n·(X + W)·2^−(f+1) + n·2^−(2f+2) + 2^−(f+1) + 2^−f.
  @Test(arguments: FixedPointReference.Rounding.allCases, [8, 16, 24])
  func `a dense layer stays within its error bound`(_ rounding: FixedPointReference.Rounding, _ f: Int) throws {
    var generator = SplitMix64(seed: 42)
    let n = 30
    let dense = DenseWeights(
      inputs: n, outputs: 8, weights: (0..<n * 8).map { _ in 2 * generator.symmetricUnit() },
      bias: (0..<8).map { _ in generator.symmetricUnit() })
    let model = ClearModel(featureCount: n, classCount: 8, layers: [.dense(dense)])
    let reference = try FixedPointReference(
      model, settings: FixedPointSettings(f: f, k: 62, s: 40), rounding: rounding)
    let ulp = 1 / Double(1 << f)
    let bound = Double(n) * (4 + 2) * ulp / 2 + Double(n) * ulp * ulp / 4 + 1.5 * ulp
    for _ in 0..<50 {
      let row = (0..<n).map { _ in 4 * generator.symmetricUnit() }
      let exact = dense.apply(row)
      let got = try reference.trace(row).activations[0].map { Double($0) * ulp }
      #expect(zip(exact, got).allSatisfy { ($0 - $1).magnitude <= bound })
    }
  }

  @Test(arguments: [(SigmoidMethod.polynomial, 0.0070), (.piecewise, 0.0650)])
  func `sigmoid stays near the exact function and its own approximation`(_ method: SigmoidMethod, _ limit: Double)
    throws
  {
    let identity = DenseWeights(inputs: 1, outputs: 1, weights: [1], bias: [0])
    let model = ClearModel(featureCount: 1, classCount: 2, layers: [.dense(identity), .sigmoid(method)])
    let reference = try FixedPointReference(model, settings: FixedPointSettings())
    let ulp = 1 / 65_536.0
    for step in -2_000...2_000 {
      let x = Double(step) / 100 + 1e-3  // not on a cut, where one ulp of x chooses the piece
      let isClamped = method == .polynomial && x.magnitude > 5
      #expect((method(x) - SigmoidMethod.logistic(x)).magnitude <= (isClamped ? 0.014 : limit), "at \(x)")
      let got = Double(try reference.trace([x]).activations[1][0]) * ulp
      // Pieces: 2^(−f−1)·|x| for the slope and 2 ulp; polynomial: powers with 4 bits more and 1 ulp of the result.
      #expect((got - method(x)).magnitude <= (x.magnitude / 2 + 3) * ulp, "at \(x)")
    }
  }

  @Test func `square, ReLU and argmax are as in clear`() throws {
    let identity = DenseWeights(inputs: 3, outputs: 3, weights: [1, 0, 0, 0, 1, 0, 0, 0, 1], bias: [0, 0, 0])
    let model = ClearModel(
      featureCount: 3, classCount: 3, layers: [.dense(identity), .relu, .square, .identity, .argmax])
    let trace = try FixedPointReference(model, settings: FixedPointSettings()).trace([-3, 1.5, 2])
    let one: Int64 = 65_536
    #expect(
      trace.activations == [
        [-3 * one, 3 * one / 2, 2 * one], [0, 3 * one / 2, 2 * one], [0, 9 * one / 4, 4 * one],
        [0, 9 * one / 4, 4 * one], [2],
      ])
    #expect(model.activations([-3, 1.5, 2]).last == [2])
  }

  @Test func `absurd values give a large bit count, not a trap`() throws {
    let settings = FixedPointSettings(f: 16, k: 63, s: 40)
    let huge = DenseWeights(
      inputs: 4, outputs: 1, weights: [Double](repeating: 4e13, count: 4), bias: [0])
    let square = ClearModel(featureCount: 4, classCount: 2, layers: [.dense(huge), .square, .sigmoid(.polynomial)])
    let trace = try FixedPointReference(square, settings: settings).trace([4e13, 4e13, 4e13, 4e13])
    #expect(trace.largestBits > 63)
  }
}
