internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Transport

extension GridScenario {
  /// Set-up, input masks and tag-product triples over a toy ring; then a product of inputs with them.
  static let tagProduct = offline("tag-product triples", AuthenticatedSharing<P61>.self, .tagProduct)
  /// The same with classic triples and their sacrifice.
  static let classic = offline("classic triples", AuthenticatedSharing<P61>.self, .classic)
  /// The same in the passive scheme, with seeded operands.
  static let passive = offline("passive triples", AdditiveSharing<P61>.self, .tagProduct)

  private static func offline<S: OfflineSharing>(
    _ name: String, _ scheme: S.Type, _ triples: OfflineOptions.Triples
  ) -> GridScenario where S.F == P61 {
    let suite = toySuite(S.adversary)
    return GridScenario(
      name: name,
      program: { (channel, probe) throws(ProtocolAbort) in
        let suite = try suite.get()
        var party = try await LowGear<S, WireChannel>.setUp(
          over: channel, suite: suite, random: InsecureSeededRandom(seed: probe.seed, party: channel.me),
          options: OfflineOptions(triples: triples))
        do throws(ProtocolAbort) {
          for owner in channel.parties { try await party.inputMasks(batches: 1, for: owner) }
          var epoch = try await party.beginEpoch()
          switch triples {
          case .tagProduct: try await party.tagProductTriples(batches: 1, in: &epoch)
          case .classic: try await party.classicTriples(batches: 1, in: &epoch)
          }
          _ = try await party.retire(epoch)
          let product = try await productOfInputs(&party.session)
          return try await party.session.reveal(product).map(\.canonical)
        } catch {
          let first = party.session.end(error)
          if !party.stock.key.isDestroyed || !party.stock.contents.isEmpty { probe.noteKeptKey(channel.me) }
          throw first
        }
      }, isActive: S.adversary == .active)
  }

  /// A set for p61 shrunk to N = 64: INSECURE.
  private static func toySuite(_ adversary: ParameterLiteral.Adversary) -> Result<OfflineSuite, ProtocolAbort> {
    do {
      let literal: ParameterLiteral = adversary == .active ? .b : .p61Passive
      var small = try InsecureToy64.shrinking(literal, toRingDegree: 64).literal
      small.ciphertextsPerProof = min(small.ciphertextsPerProof, 2)
      small.replyLifetimeBits = max(small.replyLifetimeBits, 10)
      return .success(OfflineSuite(try BGV(try InsecureToy64.shrinking(small, toRingDegree: 64))))
    } catch {
      return .failure(.localFailure(step: StepLabel("Grid", 1), detail: "\(error)"))
    }
  }
}
