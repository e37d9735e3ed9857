import Cryptography
import FieldArithmetic
import Foundation
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

@testable import MaterialStore

/// Authenticated triples of two parties under α = 2·`alpha`, from a seed.
func dealtTriples(_ count: Int, party: Int, seed: UInt64) -> MaterialBlock<Active> {
  let prg = PRG(seed: PRG.deriveSeed([UInt8(truncatingIfNeeded: seed)], label: "triples"))
  func vector() -> [P127] {
    var values = [P127](repeating: .zero, count: count)
    var span = values.mutableSpan
    prg.fill(&span)
    return values
  }
  let (a, b) = (vector(), vector())
  let c = P127.multiply(a, b)
  let key = P127(alpha) + P127(alpha)
  let columns = [a, b, c].map { values in
    let (share, tag) = (vector(), vector())
    let tags = values.map { $0 * key }
    return party == 0
      ? SharedVector<Active>(values: share, tags: tag)
      : SharedVector<Active>(
        values: zip(values, share).map { $0 - $1 }, tags: zip(tags, tag).map { $0 - $1 })
  }
  return MaterialBlock(kind: .triples, count: count, columns: columns)
}

@Suite("Sessions on stored material")
struct StoredSessionTests {
  let scratch: Scratch
  let key = StoreKey.generate()

  init() throws {
    scratch = try Scratch()
    for party in 0..<2 {
      let store = try makeStore(Active.self, scratch("p\(party)"), party: party, under: key)
      try store.append(dealtTriples(9000, party: party, seed: 1))
      try store.finishGenerating()
      store.close()
    }
  }

  /// Both parties square 1…n and check; `spoil` alters the first share of P_1's product.
  func run(_ n: Int, spoil: Bool = false) throws -> [Result<[P127], ProtocolAbort>] {
    let stores = try (0..<2).map { try openStore(Active.self, scratch("p\($0)"), under: key) }
    return runSimulated(partyCount: 2, seed: 8) { (channel) throws(ProtocolAbort) -> [P127] in
      let store = stores[channel.me.index]
      let random = InsecureSeededRandom(seed: 9, party: channel.me)
      _ = try await store.agree(over: channel, random: random)
      do {
        var session = try Session<Active, WireChannel>(
          over: channel, preprocessing: try store.source(), random: random)
        var x = session.constant((1...n).map { P127(UInt64($0)) })
        if spoil && channel.me.index == 1 { x.values[0] += .one }
        let squares = try await session.multiply(x, x)
        let result = try await session.reveal(squares)
        try store.settle(after: session)
        try store.suspend()
        return result
      } catch let error as ProtocolAbort {
        throw error
      } catch {
        throw .localFailure(step: StepLabel("Test", 1), detail: "\(error)")
      }
    }.run.results
  }

  @Test("A session, and another after suspension, compute with the material")
  func resumed() throws {
    for _ in 0..<3 {
      for result in try run(100) { #expect(try result.get() == (1...100).map { P127(UInt64($0 * $0)) }) }
    }
    let inspection = try StoreInspection.read(directory: scratch("p0"))
    #expect(inspection.resumeCount == 3 && inspection.state == .suspended)
    #expect(inspection.kinds.map(\.usedCount) == [300])
  }

  @Test("A store does not come to rest while openings of its material are unchecked")
  func settling() throws {
    let stores = try (0..<2).map { try openStore(Active.self, scratch("p\($0)"), under: key) }
    let report = runSimulated(partyCount: 2, seed: 8) { (channel) throws(ProtocolAbort) -> [Bool] in
      let store = stores[channel.me.index]
      let random = InsecureSeededRandom(seed: 9, party: channel.me)
      _ = try await store.agree(over: channel, random: random)
      do {
        var session = try Session<Active, WireChannel>(
          over: channel, preprocessing: try store.source(), random: random)
        let x = session.constant([P127(UInt64(3))])
        _ = try await session.multiply(x, x)
        var wasRefused = false
        do throws(StoreError) { try store.settle(after: session) } catch { wasRefused = true }
        let undecided = store.undecided != nil
        try await session.verify()
        try store.settle(after: session)
        return [wasRefused, undecided, store.undecided == nil]
      } catch let error as ProtocolAbort {
        throw error
      } catch {
        throw .localFailure(step: StepLabel("Test", 1), detail: "\(error)")
      }
    }
    for answers in try report.run.values() { #expect(answers == [true, true, true]) }
  }

  @Test("A failed MAC check destroys both stores, durably")
  func cheated() throws {
    for result in try run(100, spoil: true) {
      guard case .failure = result else {
        Issue.record("not noticed")
        return
      }
    }
    for party in 0..<2 {
      guard case .aborted = try StoreInspection.read(directory: scratch("p\(party)")).state else {
        Issue.record("P\(party) lives on")
        return
      }
      #expect(try scratch.segments(of: "p\(party)").isEmpty)
    }
    #expect(throws: StoreError.self) { _ = try run(1) }
  }
}
