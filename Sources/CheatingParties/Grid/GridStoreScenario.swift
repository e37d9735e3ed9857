internal import Cryptography
internal import FieldArithmetic
internal import Foundation
internal import InsecureDealer
internal import MPCCore
internal import MaterialStore
internal import SecretSharing
internal import Transport

extension GridScenario {
  /// Parties with stores of 100 squares each agree where they stand; how much is left.
  static let store = GridScenario(
    name: "store agreement",
    program: { (channel, probe) throws(ProtocolAbort) in
      let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("spdz-grid-\(UUID().uuidString)").path
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let store = try filledStore(directory, me: channel.me, partyCount: channel.partyCount)
      defer { store.close() }
      let random = InsecureSeededRandom(seed: probe.seed, party: channel.me)
      let agreement = try await store.agree(over: channel, random: random)
      return [UInt128(agreement.left[.squares] ?? 0)]
    }, isActive: true)

  private typealias S = AuthenticatedSharing<P127>

  private static func filledStore(_ directory: String, me: PartyID, partyCount: Int) throws(ProtocolAbort)
    -> PartyStore<S>
  {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let key = StoreKey.generate()
      let path = directory + "/store"
      let terms = StoreTerms(
        S.self, partyCount: partyCount, session: .demonstration, parameterDigest: [UInt8](repeating: 4, count: 32),
        trustModel: .dishonestMajorityActive(assumption: "toy"), masks: "bounded")
      let store = try PartyStore<S>.create(
        directory: path, terms: terms, party: me, keyShare: P127(UInt64(5)), under: key)
      try store.append(
        MaterialBlock(kind: .squares, count: 100, columns: [SharedVector(zeros: 100), SharedVector(zeros: 100)]))
      try store.commit()
      try store.finishGenerating()
      store.close()
      return try PartyStore<S>.open(directory: path, expecting: StoreExpectation(), under: key)
    } catch {
      throw .localFailure(step: StepLabel("Grid", 1), detail: "\(error)")
    }
  }
}
