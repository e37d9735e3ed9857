import FieldArithmetic
import InsecureDealer
import MPCCore
import Online
import SecretSharing
import SecureML
import Testing
import Transport

@Suite("Roles: the owner's weights, the client's queries, and only the client learns y")
struct RoleTests {
  /// What a party knows after three queries.
  struct Knowledge: Sendable, Equatable {
    var answers: [[Int64]] = []
    var sentPerQuery: [Int] = []
    var material: [[String: Int]] = []
  }

  static func specification() throws -> SecureModelSpecification {
    try SecureModelSpecification(
      input: .image(channels: 1, height: 4, width: 4),
      layers: [
        .convolution(filters: 2, kernelHeight: 3, kernelWidth: 3), .relu, .flatten, .dense(outputs: 6), .square,
        .dense(outputs: 3),
      ])
  }

  static let queries = [1, 3, 2]

  /// P_1 owns the weights, P_0 asks; with three parties P_2 only computes.
  func query<S: SharingScheme>(_ scheme: S.Type, parties: Int, prepared: Bool, tooMany: Bool = false) async throws
    -> RunReport<Knowledge>
  {
    let specification = try Self.specification()
    let weights = try specification.encode(SecureModelTests.parameters(specification, scale: 0.5))
    let rows = try Self.queries.map { count in
      try specification.encode(features: pseudorandom(16 * count, seed: UInt64(count), scale: 2))
    }
    let (client, owner) = (PartyID(0), PartyID(1))
    return await runInProcess(partyCount: parties) { channel throws(ProtocolAbort) -> Knowledge in
      let dealer = InsecureDealer<S>(
        seed: [UInt8](repeating: 5, count: 32), me: channel.me, partyCount: channel.partyCount)
      var session = try openSession(scheme, channel, dealer)
      let model = try await SecureModel<S>.input(
        specification, channel.me == owner ? weights : nil, from: owner, in: &session)
      var knowledge = Knowledge()
      let capacity = Self.queries.reduce(0, +) - (tooMany ? 1 : 0)
      var fixed = try await model.prepared(rowCapacity: capacity, in: &session)
      for (query, count) in zip(rows, Self.queries) {
        let x = try await model.input(
          features: channel.me == client ? query : nil, rowCount: count, from: client, in: &session)
        let (sent, used) = (channel.statistics().totalSent.payloadByteCount, dealer.consumption)
        let y = prepared ? try await fixed.forward(x, in: &session) : try await model.forward(x, in: &session)
        knowledge.sentPerQuery.append(channel.statistics().totalSent.payloadByteCount - sent)
        knowledge.material.append(dealer.consumption.since(used).amounts)
        if let answer = try await session.revealPrivately(y.elements, to: client) {
          knowledge.answers.append(answer.map { Int64($0.signed) })
        }
      }
      return knowledge
    }
  }

  func check<S: SharingScheme>(_ scheme: S.Type, parties: Int) async throws {
    let specification = try Self.specification()
    let model = try ClearFixedPointModel(
      specification, parameters: SecureModelTests.parameters(specification, scale: 0.5))
    for prepared in [false, true] {
      let known = try await query(scheme, parties: parties, prepared: prepared).values()
      for party in 1..<parties { #expect(known[party].answers.isEmpty, "party \(party) learns nothing") }
      #expect(known[0].answers.count == Self.queries.count)
      for (answer, count) in zip(known[0].answers, Self.queries) {
        let clear = try model.evaluate(pseudorandom(16 * count, seed: UInt64(count), scale: 2))
        let expected = try #require(clear.activations.last)
        #expect(answer.count == expected.count)
        for (mine, reference) in zip(answer, expected) { #expect(abs(mine - reference) <= 40) }
      }
    }
  }

  @Test("Only the client learns the answers, and they are right, passive", arguments: [2, 3])
  func passive(parties: Int) async throws { try await check(AdditiveSharing<P127>.self, parties: parties) }

  @Test("Only the client learns the answers, and they are right, active", arguments: [2, 3])
  func active(parties: Int) async throws { try await check(AuthenticatedSharing<P127>.self, parties: parties) }

  @Test("Prepared weights are opened once: later queries open the rows only and draw no bilinear triples")
  func savings() async throws {
    let plain = try await query(AdditiveSharing<P127>.self, parties: 2, prepared: false).values()[0]
    let fixed = try await query(AdditiveSharing<P127>.self, parties: 2, prepared: true).values()[0]
    // 9·2 kernel entries, 8·6 and 6·3 weights, 16 bytes each, are not sent again in any query.
    #expect(
      zip(plain.sentPerQuery, fixed.sentPerQuery).allSatisfy { $0 - $1 == 16 * (9 * 2 + 8 * 6 + 6 * 3) },
      "\(plain.sentPerQuery), \(fixed.sentPerQuery)")
    #expect(
      fixed.material.allSatisfy { used in !used.keys.contains { $0.hasPrefix("matrix") || $0.hasPrefix("conv") } })
    #expect(plain.material.allSatisfy { used in used.keys.contains { $0.hasPrefix("matrix") } })
  }

  @Test("More rows than were prepared end the session before anything of them is opened")
  func exhausted() async throws {
    let report = try await query(AuthenticatedSharing<P127>.self, parties: 2, prepared: true, tooMany: true)
    #expect(throws: ProtocolAbort.preprocessingExhausted(kind: "rows of a fixed operand", needed: 2, left: 1)) {
      try report.values()
    }
  }
}
