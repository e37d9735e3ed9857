import FieldArithmetic
import Foundation
import MPCCore
import Online
import SecureML
import Testing

@Suite("Model specifications are checked before anything runs")
struct SpecificationTests {
  @Test("A layer that does not fit names itself, what it expects and what it got")
  func mismatches() {
    #expect(
      throws: ModelError.shapeMismatch(
        layer: 1, kind: "dense", expected: "a vector (put a flatten before it)", given: "an image of 2x4x4")
    ) {
      try SecureModelSpecification(
        input: .image(channels: 1, height: 4, width: 4),
        layers: [.convolution(filters: 2, kernelHeight: 3, kernelWidth: 3, padding: 1), .dense(outputs: 3)])
    }
    #expect(
      throws: ModelError.shapeMismatch(
        layer: 0, kind: "convolution", expected: "an image", given: "5 values")
    ) {
      try SecureModelSpecification(
        input: .vector(5), layers: [.convolution(filters: 1, kernelHeight: 1, kernelWidth: 1)])
    }
    #expect(
      throws: ModelError.shapeMismatch(
        layer: 0, kind: "averagePool", expected: "a window inside 5x4 with padding 0", given: "5x5")
    ) {
      try SecureModelSpecification(
        input: .image(channels: 1, height: 5, width: 4), layers: [.averagePool(window: 5)])
    }
    #expect(
      throws: ModelError.shapeMismatch(
        layer: 1, kind: "argmax", expected: "to be the last layer", given: "1 more after it")
    ) {
      try SecureModelSpecification(input: .vector(3), layers: [.relu, .argmax, .relu])
    }
  }

  @Test(
    "Sigmoids without a meaning are refused when a specification is made, from a file too",
    arguments: [(4, 5), (11, 5), (7, 0), (7, 1e9)] as [(Int, Double)])
  func sigmoids(degree: Int, radius: Double) {
    #expect {
      try SecureModelSpecification(input: .vector(2), layers: [.sigmoid(.polynomial(degree: degree, radius: radius))])
    } throws: {
      "\($0)".contains("a degree of 1, 3, 5, 7 or 9 and a radius of 2^-10 to 2^20")
    }
  }

  @Test("Weights and features that do not fit are refused with the numbers")
  func parameters() throws {
    let specification = try SecureModelSpecification(input: .vector(2), layers: [.dense(outputs: 1), .relu])
    #expect(
      throws: ModelError.wrongParameters(
        layer: 0, kind: "dense", expected: "2 weights and 1 biases", given: "3 weights and 1 biases")
    ) {
      try specification.encode([LayerParameters(weights: [1, 2, 3], bias: [0])])
    }
    #expect(throws: ModelError.outOfRange(what: "weight 1 of layer 0 (dense)", value: 8, bits: 20, fractionBits: 16)) {
      try specification.encode([LayerParameters(weights: [1, 8], bias: [0])])
    }
    #expect(throws: ModelError.outOfRange(what: "feature 1 of row 0", value: .infinity, bits: 21, fractionBits: 16)) {
      try specification.encode(features: [1, .infinity])
    }
    #expect(throws: ModelError.wrongFeatureCount(expected: "2 values", given: 3)) {
      try specification.encode(features: [1, 2, 3])
    }
    #expect(try specification.encode(features: [-16, 15.5]) == [-16 << 16, 31 << 15])
  }

  @Test("A specification survives JSON, and a bad one is refused there too")
  func coding() throws {
    let specification = try SecureModelSpecification(
      input: .image(channels: 1, height: 8, width: 8),
      layers: [
        .convolution(filters: 4, kernelHeight: 3, kernelWidth: 3, stride: 1, padding: 1), .relu,
        .averagePool(window: 2),
        .flatten, .dense(outputs: 10), .sigmoid(.exact(.limit(steps: 8))), .argmax,
      ], digitWidth: 3)
    let json = try JSONEncoder().encode(specification)
    #expect(try JSONDecoder().decode(SecureModelSpecification.self, from: json) == specification)
    let all = try SecureModelSpecification(
      input: .image(channels: 4, height: 8, width: 8),
      layers: [
        .convolution(filters: 4, kernelHeight: 3, kernelWidth: 3, padding: 1, groups: 4),
        .batchNormalization(epsilon: 1e-3), .scale, .bias, .averagePool(window: 3, stride: 1, countsPadding: true),
        .maxPool(window: 3, stride: 2, padding: 1), .square, .globalAveragePool, .flatten,
        .exponential(.base2(degree: 5)), .softmax(Softmax(exponential: .base2(degree: 5))),
      ])
    let text = try JSONEncoder().encode(all)
    #expect(try JSONDecoder().decode(SecureModelSpecification.self, from: text) == all)
    let short = Data(
      #"""
      {"input": {"image": {"channels": 1, "height": 8, "width": 8}},
       "layers": [{"convolution": {"filters": 2, "kernelHeight": 3, "kernelWidth": 3}}, {"batchNormalization": {}},
                  {"averagePool": {"window": 2}}, {"flatten": {}}, {"softmax": {}}]}
      """#.utf8)
    let defaults = try JSONDecoder().decode(SecureModelSpecification.self, from: short)
    #expect(
      defaults.layers == [
        .convolution(filters: 2, kernelHeight: 3, kernelWidth: 3), .batchNormalization(), .averagePool(window: 2),
        .flatten, .softmax(),
      ])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(SecureLayerSpecification.self, from: Data(#"{"relu": {}, "square": {}}"#.utf8))
    }
    let bad = Data(#"{"input": {"vector": {"_0": 4}}, "layers": [{"maxPool": {"window": 2}}]}"#.utf8)
    #expect(
      throws: ModelError.shapeMismatch(layer: 0, kind: "maxPool", expected: "an image", given: "4 values")
    ) {
      try JSONDecoder().decode(SecureModelSpecification.self, from: bad)
    }
  }

  @Test("Worst-case lengths over all provable inputs are bounded, and k must cover them on request")
  func ranges() throws {
    let short = try SecureModelSpecification(input: .vector(30), layers: [.dense(outputs: 16), .square])
    // 30·2^20·2^19 + 2^35 < 2^44; its square over 2^16 reaches 2^(2·28), more than 48 bits.
    #expect(short.worstCaseBits == [45, 57])
    #expect(throws: ModelError.valuesTooLong(layer: 1, kind: "square", neededBits: 57, valueBits: 48)) {
      try short.requireHiddenForAllInputs()
    }
    #expect(short.statisticalSecurityForAllInputs(SecurityParameters()) == 31)
    let long = try SecureModelSpecification(
      input: .vector(30), layers: [.dense(outputs: 16), .square],
      format: FixedPointFormat(fractionBits: 16, valueBits: 58))
    try long.requireHiddenForAllInputs()
    #expect(long.statisticalSecurityForAllInputs(SecurityParameters()) == 40)
    try long.validate(P127.self, parameters: SecurityParameters(), partyCount: 8)
  }

  @Test("A polynomial sigmoid hides all inputs if it clamps, and only those inside its radius if it does not")
  func polynomialRange() throws {
    func worst(_ outside: Sigmoid.OutsideDomain) throws -> Int {
      let sigmoid = Sigmoid.polynomial(degree: 3, radius: 4, outside: outside)
      let model = try SecureModelSpecification(input: .vector(1), layers: [.sigmoid(sigmoid)], featureBits: 20)
      return try #require(model.worstCaseBits.first)
    }
    #expect(try worst(.clamped) == 21)
    // Features reach 8, twice the radius: three bits on top of k.
    #expect(try worst(.excludedByCaller) == 48 + 3 + 1)
  }

  @Test("A format that does not fit the field is refused with the inequality")
  func field() throws {
    let specification = try SecureModelSpecification(input: .vector(3), layers: [.dense(outputs: 2), .argmax])
    #expect(
      throws: ModelError.format(
        .fieldTooSmall(field: "p61", fieldBits: 61, valueBits: 48, statisticalSecurity: 40, partyCount: 2))
    ) {
      try specification.validate(P61.self, parameters: SecurityParameters(), partyCount: 2)
    }
  }
}
