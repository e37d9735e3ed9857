import FieldArithmetic
import Foundation
import MPCCore
import Online
import SecretSharing
@testable import SecureML
import Testing

@Suite("Ranges: a clear rehearsal on integers says what k a model needs, and where it would overflow")
struct RangeTests {
  @Test("The clear fixed-point model gives what the secure one gives, layer by layer within the truncations' ulps")
  func rehearsal() async throws {
    let specification = try SecureModelSpecification(
      input: .image(channels: 2, height: 5, width: 5),
      layers: [
        .convolution(filters: 4, kernelHeight: 3, kernelWidth: 3, padding: 1, groups: 2), .batchNormalization(),
        .relu, .maxPool(window: 3, stride: 2, padding: 1), .averagePool(window: 2, stride: 1), .scale, .bias, .flatten,
        .dense(outputs: 3), .square, .dense(outputs: 4), .sigmoid(.fivePieces),
      ])
    let parameters = [
      LayerParameters(
        weights: pseudorandom(36, seed: 1, scale: 0.5), bias: pseudorandom(4, seed: 2, scale: 0.5)),
      .batchNormalization(
        scale: [1, 0.5, 2, 1], bias: [0, 1, 0, -1], mean: [0.5, 0, 0, 0], variance: [1, 1, 4, 0.5]),
      LayerParameters(weights: [0.5, 1, -0.5, 0.25], bias: [1, 0, 0, 0]),
      LayerParameters(weights: [], bias: [0.125, 0, 0, -0.5]),
      LayerParameters(weights: pseudorandom(48, seed: 5, scale: 0.4), bias: pseudorandom(3, seed: 6, scale: 0.5)),
      LayerParameters(weights: pseudorandom(12, seed: 7, scale: 0.4), bias: pseudorandom(4, seed: 8, scale: 0.5)),
    ]
    let rows = pseudorandom(3 * specification.input.count, seed: 11, scale: 2)
    let clear = try ClearFixedPointModel(specification, parameters: parameters).evaluate(rows)
    #expect(clear.overflows.isEmpty && clear.overflowCount == 0)
    #expect(clear.activations.count == specification.layers.count)
    for (index, activations) in clear.activations.enumerated() {
      #expect(activations.count == 3 * specification.shapes[index + 1].count)
    }
    let secure = try await SecureModelTests().infer(
      AuthenticatedSharing<P127>.self, parties: 2, specification, parameters: try specification.encode(parameters),
      rows: try specification.encode(features: rows))
    let outputs = try #require(clear.activations.last)
    // Eight truncations, none amplified more than fourfold by the weights above; the pieces add 4 ulp.
    for (mine, reference) in zip(secure.outputs, outputs) { #expect(abs(mine - reference) <= 36) }
  }

  @Test("Calibration counts the bits of the longest value of each layer, by hand")
  func calibration() throws {
    let specification = try SecureModelSpecification(input: .vector(2), layers: [.dense(outputs: 2), .relu, .square])
    let model = try ClearFixedPointModel(
      specification, parameters: [LayerParameters(weights: [1, -2, 0.5, 0], bias: [0, 1])])
    // x = (4, 2): sums 5 and −7; x = (1, 1): 1.5 and −1. −7·2^32 has 36 bits, 5·2^16 has 20, 25·2^32 has 38.
    let ranges = try model.calibrate([1, 1, 4, 2], marginBits: 3)
    #expect(ranges.layers.map(\.longest.bits) == [36, 20, 38])
    #expect(ranges.layers.map(\.neededBits) == [39, 23, 41])
    #expect(ranges.neededValueBits == 41 && ranges.rowCount == 2 && ranges.marginBits == 3)
    #expect(
      ranges.layers[0].longest
        == AuditedValue(
          layer: 0, kind: "dense", tensor: "sums with 32 fraction bits", row: 1, element: 1, value: -7, bits: 36))
    #expect(ranges.layers[2].longest.value == 25)
    #expect(zip(ranges.layers, specification.worstCaseBits).allSatisfy { $0.worstCaseBits == $1 })
    #expect(zip(ranges.layers, specification.worstCaseBits).allSatisfy { $0.longest.bits <= $1 })
    #expect(try JSONDecoder().decode(CalibratedRanges.self, from: JSONEncoder().encode(ranges)) == ranges)
  }

  @Test("The audit names tensor, value, row and element of an overflow, and stops there")
  func audit() throws {
    let specification = try SecureModelSpecification(
      input: .vector(2), layers: [.dense(outputs: 2), .square, .dense(outputs: 1)],
      format: FixedPointFormat(fractionBits: 16, valueBits: 40))
    let parameters = [
      LayerParameters(weights: [1, 2, 0, 1], bias: [0, 0]), LayerParameters(weights: [1, 1], bias: [0]),
    ]
    let model = try ClearFixedPointModel(specification, parameters: parameters)
    // Squares from 2^7 on overflow: rows (1, 1): 1, 3; (2, 8): 2, 12.
    let evaluation = try model.evaluate([1, 1, 2, 8])
    #expect(evaluation.overflowCount == 1 && evaluation.activations.count == 2)
    let place = AuditedValue(
      layer: 1, kind: "square", tensor: "sums with 32 fraction bits", row: 1, element: 1, value: 144, bits: 41)
    #expect(evaluation.overflows == [place])
    #expect(throws: ModelError.overflow(place, count: 1, valueBits: 40)) { try model.calibrate([1, 1, 2, 8]) }
    #expect(
      ModelError.overflow(place, count: 1, valueBits: 40).description.contains("row 1, element 1: 144.0 (41 bits)"))
    _ = try model.calibrate([1, 1])
  }

  @Test("Values that leave a function's domain are overflows too")
  func domains() throws {
    let sigmoid = try ClearFixedPointModel(
      SecureModelSpecification(
        input: .vector(2),
        layers: [.sigmoid(.polynomial(degree: 3, radius: 4, outside: .excludedByCaller))]), parameters: [])
    #expect(try sigmoid.evaluate([4, -4]).overflows.isEmpty)
    #expect(try sigmoid.evaluate([3, -4.5]).overflows.map(\.element) == [1])
    let exponential = try ClearFixedPointModel(
      SecureModelSpecification(input: .vector(2), layers: [.exponential(.base2(degree: 5))]), parameters: [])
    #expect(try exponential.evaluate([11, -15]).overflows.isEmpty)
    #expect(try exponential.evaluate([11.5, 0]).overflows.map(\.value) == [11.5])
  }

  @Test("Sums beyond 128 bits saturate instead of trapping")
  func saturation() throws {
    let specification = try SecureModelSpecification(
      input: .vector(64), layers: [.dense(outputs: 1), .square],
      format: FixedPointFormat(fractionBits: 1, valueBits: 63), featureBits: 63, weightBits: 63)
    let largest = 0x1p60
    let model = try ClearFixedPointModel(
      specification,
      parameters: [LayerParameters(weights: [Double](repeating: -largest, count: 64), bias: [largest])])
    let evaluation = try model.evaluate([Double](repeating: largest, count: 64))
    #expect(evaluation.overflows.map(\.bits) == [128])
    #expect(specification.worstCaseBits.allSatisfy { $0 > 63 })
  }

  @Test(
    "A run is refused when k, f, s and p cannot hold the values, and warned about when a cheater's could leave them")
  func refusals() throws {
    let layers: [SecureLayerSpecification] = [.dense(outputs: 2), .relu, .square]
    func model(_ k: Int, weightBits: Int? = nil) throws -> ClearFixedPointModel {
      try ClearFixedPointModel(
        SecureModelSpecification(
          input: .vector(2), layers: layers, format: FixedPointFormat(fractionBits: 16, valueBits: k),
          featureBits: 20, weightBits: weightBits),
        parameters: [LayerParameters(weights: [1, -2, 0.5, 0], bias: [0, 1])])
    }
    let parameters = SecurityParameters()
    // 25·2^32 and two bits of margin need 40 bits.
    let fitting = try model(40)
    let ranges = try fitting.calibrate([4, 2])
    let warnings = try fitting.specification.checkRanges(
      P127.self, parameters: parameters, partyCount: 2, calibration: ranges)
    let worst = fitting.specification.worstCaseBits
    #expect(worst[0] == 41 && worst[2] == 48)
    #expect(
      warnings == [
        .worstCaseExceedsValueBits(
          layer: 0, kind: "dense", worstCaseBits: 41, valueBits: 40, statisticalSecurity: 40 - (worst[2] - 40))
      ])
    let short = try model(39)
    #expect(throws: ModelError.self) {
      try short.specification.checkRanges(
        P127.self, parameters: parameters, partyCount: 2, calibration: try short.calibrate([4, 2]))
    }
    do {
      _ = try short.specification.checkRanges(
        P127.self, parameters: parameters, partyCount: 2, calibration: try short.calibrate([4, 2]))
    } catch {
      #expect("\(error)".contains("need 40 bits, more than k = 39; raise k"))
    }
    // Without data: a warning that says so.
    let long = try model(60)
    #expect(
      try long.specification.checkRanges(P127.self, parameters: parameters, partyCount: 2, calibration: nil)
        == [.notCalibrated])
    // p61 cannot hold k = 48 with s = 40, whatever the data.
    #expect(
      throws: ModelError.format(
        .fieldTooSmall(field: "p61", fieldBits: 61, valueBits: 48, statisticalSecurity: 40, partyCount: 2))
    ) {
      try model(48).specification.checkRanges(P61.self, parameters: parameters, partyCount: 2, calibration: nil)
    }
    #expect(FixedPointFormat().largestValueBits(P61.self, parameters: parameters, partyCount: 2) == 18)
    #expect(FixedPointFormat().largestValueBits(P127.self, parameters: parameters, partyCount: 2) == 63)
  }
}
