import Cryptography
import FieldArithmetic
import InsecureDealer
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing
import Transport

/// The shares of all parties of blocks of one kind, put together in clear.
struct ClearMaterial<F: PrimeField> {
  /// By column: the values Σ x_i.
  var values: [[F]]
  /// By column: whether Σ γ(x)_i = α·x everywhere; true without tags.
  var tagsAreRight: Bool
  var count: Int
}

/// A toy suite for a sharing scheme: the active or passive sets, shrunk to N = 64.
func toySuite<S: OfflineSharing>(_: S.Type, threads: Int = 1) throws -> OfflineSuite {
  let literal: ParameterLiteral =
    switch (S.adversary, S.F.modulus == P61.modulus) {
    case (.active, true): .b
    case (.active, false): .a
    case (.passive, true): .p61Passive
    case (.passive, false): .p
    }
  var small = try InsecureToy64.shrinking(literal, toRingDegree: 64).literal
  small.ciphertextsPerProof = min(small.ciphertextsPerProof, 2)
  small.replyLifetimeBits = max(small.replyLifetimeBits, 10)
  let parameters = try InsecureToy64.shrinking(small, toRingDegree: 64)
  return OfflineSuite(try BGV(parameters), threadCount: threads)
}

/// Runs `make` at all parties of a simulated session and puts the stock's shares of `kinds` together.
func generate<S: OfflineSharing>(
  _ scheme: S.Type, parties: Int = 2, kinds: [MaterialKind], options: OfflineOptions = OfflineOptions(),
  suite: OfflineSuite? = nil, _ make: @escaping MaterialProgram<S>
) throws -> [MaterialKind: ClearMaterial<S.F>] {
  let body = body(kinds: kinds, options: options, suite: try suite ?? toySuite(S.self), make)
  let report = runSimulated(partyCount: parties, seed: 1, options: RunOptions(), body)
  return combine(try report.run.values(), kinds: kinds, S.self)
}

/// The same in real time, for what a simulation cannot run: several threads.
func generateInProcess<S: OfflineSharing>(
  _ scheme: S.Type, parties: Int = 2, kinds: [MaterialKind], suite: OfflineSuite, _ make: @escaping MaterialProgram<S>
) async throws -> [MaterialKind: ClearMaterial<S.F>] {
  let report = await runInProcess(
    partyCount: parties, options: RunOptions(), body(kinds: kinds, options: OfflineOptions(), suite: suite, make))
  return combine(try report.values(), kinds: kinds, S.self)
}

/// What a party does after the set-up.
typealias MaterialProgram<S: OfflineSharing> =
  @Sendable (inout LowGear<S, WireChannel>) async throws(ProtocolAbort) -> Void

/// A party's key share and its shares by kind and column.
private typealias PartyShares<F: PrimeField> = (key: Vector<F>, shares: [MaterialKind: [Vector<F>]])

private func body<S: OfflineSharing>(
  kinds: [MaterialKind], options: OfflineOptions, suite: OfflineSuite, _ make: @escaping MaterialProgram<S>
) -> PartyBody<PartyShares<S.F>> {
  { (channel) throws(ProtocolAbort) in
    var party = try await LowGear<S, WireChannel>.setUp(
      over: channel, suite: suite, random: InsecureSeededRandom(seed: 7, party: channel.me), options: options)
    try await make(&party)
    var shares: [MaterialKind: [Vector<S.F>]] = [:]
    for kind in kinds {
      let block = try party.stock.withdraw(kind, count: party.stock.count(of: kind))
      shares[kind] = block.columns.map { Vector(components: $0.components) }
    }
    return (Vector(components: [S.tagConstants(party.session.key)]), shares)
  }
}

private func combine<S: OfflineSharing>(
  _ all: [PartyShares<S.F>], kinds: [MaterialKind], _: S.Type
) -> [MaterialKind: ClearMaterial<S.F>] {
  let alpha = all.flatMap { $0.0.components[0] }.reduce(S.F.zero) { $0 + $1 }
  var result: [MaterialKind: ClearMaterial<S.F>] = [:]
  for kind in kinds {
    let columns = all[0].1[kind]!.indices.map { column in
      all.map { $0.1[kind]![column].components }.reduce(into: [[S.F]]()) { sum, part in
        sum = sum.isEmpty ? part : zip(sum, part).map { S.F.add($0, $1) }
      }
    }
    let right = columns.allSatisfy { $0.count == 1 || $0[1] == S.F.scale($0[0], by: alpha) }
    result[kind] = ClearMaterial(
      values: columns.map { $0[0] }, tagsAreRight: right, count: columns[0][0].count / kind.columnWidths[0])
  }
  return result
}

/// Sendable shares.
struct Vector<F: PrimeField>: Sendable {
  var components: [[F]]
}
