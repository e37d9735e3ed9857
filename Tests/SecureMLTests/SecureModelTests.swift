import FieldArithmetic
import InsecureDealer
import MPCCore
import Online
import SecretSharing
import SecureML
import Testing
import Transport

/// Numbers in [−scale, scale] from a fixed linear congruential generator.
func pseudorandom(_ count: Int, seed: UInt64, scale: Double) -> [Double] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 40) / Double(1 << 23) - 1) * scale
  }
}

/// What every party sees of a run.
struct Inference: Sendable, Equatable {
  var outputs: [Int64]
  var events: [String]
  var roundsPerLayer: [Int]
}

@Suite("Secure inference gives what the clear fixed-point model gives")
struct SecureModelTests {
  /// The parameters of a model, random in [−scale, scale].
  static func parameters(_ specification: SecureModelSpecification, scale: Double) -> [LayerParameters] {
    var result: [LayerParameters] = []
    for (index, layer) in specification.layers.enumerated() {
      let count = specification.shapes[index].count
      switch layer {
      case .dense(let outputs):
        result.append(
          LayerParameters(
            weights: pseudorandom(count * outputs, seed: UInt64(index + 1), scale: scale),
            bias: pseudorandom(outputs, seed: UInt64(index + 100), scale: scale)))
      case .convolution(let filters, let height, let width, _, _, _):
        guard case .image(let channels, _, _) = specification.shapes[index] else { continue }
        result.append(
          LayerParameters(
            weights: pseudorandom(filters * channels * height * width, seed: UInt64(index + 1), scale: scale),
            bias: pseudorandom(filters, seed: UInt64(index + 100), scale: scale)))
      default: break
      }
    }
    return result
  }

  /// The last party owns the model, the first the data; all learn the outputs.
  func infer<S: SharingScheme>(
    _ scheme: S.Type, parties: Int, _ specification: SecureModelSpecification, parameters: [Int64], rows: [Int64],
    publicWeights: Bool = false
  ) async throws -> Inference {
    let rowCount = rows.count / specification.input.count
    let report = await runInProcess(partyCount: parties) { channel throws(ProtocolAbort) -> Inference in
      let dealer = InsecureDealer<S>(
        seed: [UInt8](repeating: 7, count: 32), me: channel.me, partyCount: channel.partyCount)
      var session = try openSession(scheme, channel, dealer)
      let owner = PartyID(parties - 1)
      let model =
        publicWeights
        ? SecureModel<S>(specification, publicParameters: parameters)
        : try await SecureModel<S>.input(
          specification, channel.me == owner ? parameters : nil, from: owner, in: &session)
      let features = try await model.input(
        features: channel.me == PartyID(0) ? rows : nil, rowCount: rowCount, from: PartyID(0), in: &session)
      var events: [String] = []
      var rounds: [Int] = []
      var before = 0
      let outputs = try await model.forward(features, in: &session) { event throws(ProtocolAbort) in
        switch event {
        case .willRun(let layer, let kind):
          events.append("\(layer) \(kind)")
          before = channel.statistics().roundCount
        case .didRun: rounds.append(channel.statistics().roundCount - before)
        }
      }
      let revealed = try await session.reveal(outputs.elements)
      return Inference(outputs: revealed.map { Int64($0.signed) }, events: events, roundsPerLayer: rounds)
    }
    let results = try report.values()
    #expect(results.allSatisfy { $0 == results[0] }, "all parties see the same")
    return results[0]
  }

  func check<S: SharingScheme>(
    _ scheme: S.Type, parties: Int, _ specification: SecureModelSpecification, scale: Double, rowCount: Int = 4,
    publicWeights: Bool = false
  ) async throws -> Inference {
    let parameters = Self.parameters(specification, scale: scale)
    let rows = pseudorandom(rowCount * specification.input.count, seed: 77, scale: 2)
    let clear = try ClearForward(specification, parameters: parameters, rows: rows)
    let secure = try await infer(
      scheme, parties: parties, specification, parameters: try specification.encode(parameters),
      rows: try specification.encode(features: rows), publicWeights: publicWeights)
    #expect(secure.outputs.count == clear.values.count)
    for (index, (mine, reference)) in zip(secure.outputs, clear.values).enumerated() {
      #expect(abs(Double(mine - reference)) <= clear.tolerances[index], "output \(index): \(mine), clear \(reference)")
    }
    return secure
  }

  static let dense: [SecureLayerSpecification] = [
    .dense(outputs: 8), .relu, .dense(outputs: 4), .square, .dense(outputs: 3), .sigmoid(.threePieces),
  ]
  static let convolutional: [SecureLayerSpecification] = [
    .convolution(filters: 3, kernelHeight: 3, kernelWidth: 3, padding: 1), .relu, .averagePool(window: 2),
    .convolution(filters: 2, kernelHeight: 2, kernelWidth: 1, stride: 1), .maxPool(window: 1), .flatten,
    .dense(outputs: 5),
  ]

  @Test("A dense network, passive and active", arguments: [2, 3])
  func denseNetwork(parties: Int) async throws {
    let specification = try SecureModelSpecification(input: .vector(6), layers: Self.dense)
    let active = try await check(AuthenticatedSharing<P127>.self, parties: parties, specification, scale: 0.7)
    let passive = try await check(AdditiveSharing<P127>.self, parties: parties, specification, scale: 0.7)
    #expect(active.events == ["0 dense", "1 relu", "2 dense", "3 square", "4 dense", "5 sigmoid"])
    // Without checks: product and truncation; masked opening, tree and product; the same again.
    #expect(passive.roundsPerLayer == [2, 7, 2, 2, 2, 7])
    #expect(active.roundsPerLayer == [6, 11, 6, 6, 6, 11], "one check of four rounds a layer")
  }

  @Test("A convolutional network with pools, passive and active")
  func convolutionalNetwork() async throws {
    let specification = try SecureModelSpecification(
      input: .image(channels: 2, height: 6, width: 4), layers: Self.convolutional)
    _ = try await check(AuthenticatedSharing<P127>.self, parties: 2, specification, scale: 0.5)
    _ = try await check(AdditiveSharing<P127>.self, parties: 2, specification, scale: 0.5)
  }

  @Test("Strides, padding, odd average pools and max pools")
  func geometry() async throws {
    let specification = try SecureModelSpecification(
      input: .image(channels: 1, height: 9, width: 9),
      layers: [
        .convolution(filters: 2, kernelHeight: 3, kernelWidth: 2, stride: 2, padding: 2), .maxPool(window: 2),
        .averagePool(window: 3), .flatten,
      ])
    #expect(specification.shapes[1] == .image(channels: 2, height: 6, width: 6))
    _ = try await check(AuthenticatedSharing<P127>.self, parties: 2, specification, scale: 0.9, rowCount: 3)
  }

  @Test("Argmax gives the class of the clear model")
  func classes() async throws {
    let specification = try SecureModelSpecification(input: .vector(6), layers: [.dense(outputs: 7), .argmax])
    let result = try await check(AuthenticatedSharing<P127>.self, parties: 3, specification, scale: 1, rowCount: 20)
    #expect(Set(result.outputs).count > 1, "more than one class occurs")
  }

  @Test("Public weights cost one opening a layer and no product")
  func publicWeights() async throws {
    let specification = try SecureModelSpecification(
      input: .image(channels: 2, height: 6, width: 4), layers: Self.convolutional)
    let result = try await check(
      AuthenticatedSharing<P127>.self, parties: 2, specification, scale: 0.5, publicWeights: true)
    #expect(result.roundsPerLayer.last == 5, "check and truncation")
  }

  @Test("A short format over the 61-bit field")
  func smallField() async throws {
    let specification = try SecureModelSpecification(
      input: .vector(6), layers: [.dense(outputs: 5), .relu, .dense(outputs: 3)],
      format: FixedPointFormat(fractionBits: 6, valueBits: 18))
    // s = 40 is the default of a session; this format needs 18 + 40 + 2 + 1 = 61 bits.
    try specification.validate(P61.self, parameters: SecurityParameters(), partyCount: 2)
    _ = try await check(AuthenticatedSharing<P61>.self, parties: 2, specification, scale: 0.7)
  }
}

func openSession<S: SharingScheme>(
  _ scheme: S.Type, _ channel: WireChannel, _ dealer: InsecureDealer<S>
) throws(ProtocolAbort) -> Session<S, WireChannel> {
  do throws(SessionError) {
    return try Session(
      over: channel, preprocessing: dealer, random: InsecureSeededRandom(seed: 3, party: channel.me))
  } catch {
    throw .localFailure(step: StepLabel("Test", 1), detail: error.description)
  }
}
