import Cryptography
import FieldArithmetic
import Foundation
import MPCCore
import SecretSharing
import Testing

@testable import MaterialStore

@Suite("The life of a store")
struct LifeTests {
  let scratch: Scratch
  let key = StoreKey.generate()
  let directory: String

  init() throws {
    scratch = try Scratch()
    directory = scratch("store")
  }

  func filled<S: SharingScheme>(_: S.Type) throws -> PartyStore<S> {
    let store = try makeStore(S.self, directory, under: key)
    try store.append(numbered(.triples, S.self, from: 0, count: 20000))
    try store.finishGenerating()
    return store
  }

  func isDestroyed(_ error: StoreError?) -> Bool {
    if case .destroyed = error { return true }
    return false
  }

  @Test("Suspension keeps what was set apart and not handed out; resumption goes on behind the last item")
  func suspension() throws {
    let store = try filled(Active.self)
    try store.beginUseAlone()
    #expect(numbers(try store.take(.triples, count: 10)) == Array(0..<10))
    #expect(store.undecided != nil)
    if case .wrongState(.inUse, _) = failure({ try store.suspend() }) {} else { Issue.record("suspended undecided") }
    try store.settle()
    try store.suspend()
    #expect(try StoreInspection.read(directory: directory).state == .suspended)

    let again = try openStore(Active.self, directory, under: key)
    #expect(again.left == [.triples: 19990])
    try again.beginUseAlone()
    #expect(numbers(try again.take(.triples, count: 3)) == [10, 11, 12])
  }

  @Test("The key witness comes back as it was made; without one an active store cannot be added to")
  func keyWitness() throws {
    let witness = SharedVector<Active>(components: [[Active.F(77)], [Active.F(78)]])
    try PartyStore<Active>.create(
      directory: directory, terms: terms(Active.self), party: PartyID(0), keyShare: Active.F(alpha), witness: witness,
      under: key
    ).close()
    let continued = try #require(try openStore(Active.self, directory, under: key).continuedKey)
    #expect(continued.witness.components == witness.components)
    #expect(continued.key.withShare { $0 } == Active.F(alpha))

    #expect(try makeStore(Active.self, scratch("dealt"), under: key).continuedKey == nil)
    #expect(try makeStore(Passive.self, scratch("passive"), under: key).continuedKey?.witness.count == 0)
  }

  @Test("A process that dies at rest loses what was set apart; one that dies undecided leaves a dead store")
  func death() throws {
    let store = try filled(Active.self)
    try store.beginUseAlone()
    _ = numbers(try store.take(.triples, count: 10))
    try store.settle()
    store.close()

    let second = try openStore(Active.self, directory, under: key)
    #expect(second.state == .inUse)
    try second.beginUseAlone()
    #expect(numbers(try second.take(.triples, count: 2)) == [8192, 8193])
    try second.settle()
    _ = numbers(try second.take(.triples, count: 1))  // from memory: the mark alone is committed
    #expect(try StoreInspection.read(directory: directory).undecided != nil)
    second.close()

    #expect(isDestroyed(failure { _ = try openStore(Active.self, directory, under: key) }))
    #expect(try scratch.segments(of: "store").isEmpty)
    #expect(isDestroyed(failure { _ = try openStore(Active.self, directory, under: key) }))
  }

  @Test("In the passive scheme nothing is ever undecided")
  func passiveDeath() throws {
    let store = try filled(Passive.self)
    try store.beginUseAlone()
    _ = numbers(try store.take(.triples, count: 10))
    store.close()
    let again = try openStore(Passive.self, directory, under: key)
    try again.beginUseAlone()
    #expect(numbers(try again.take(.triples, count: 1)) == [8192])
  }

  @Test("A process that dies in a live key epoch leaves a dead store, in generation too")
  func keyEpoch() throws {
    let store = try makeStore(Active.self, directory, under: key)
    try store.beginUndecided("a key epoch is live")
    if case .wrongState = failure({ try store.finishGenerating() }) {} else { Issue.record("finished in an epoch") }
    store.close()
    let error = failure { _ = try openStore(Active.self, directory, under: key) }
    #expect(isDestroyed(error))
    #expect(error?.description.contains("a key epoch is live") == true)
  }

  @Test("Destruction is for ever, names its reason, and survives a restored key file")
  func destruction() throws {
    let store = try filled(Active.self)
    try scratch.copy("store/keys", to: "keys")
    let segment = try Data(contentsOf: URL(fileURLWithPath: directory + "/segment-1"))
    try store.destroy(because: "MAC check failed")
    #expect(store.key.isDestroyed)
    #expect(try scratch.segments(of: "store").isEmpty)
    let error = failure { _ = try openStore(Active.self, directory, under: key) }
    #expect(error?.description.contains("MAC check failed") == true)
    let inspection = try StoreInspection.read(directory: directory)
    if case .aborted("MAC check failed", _) = inspection.state {} else { Issue.record("\(inspection.state)") }
    #expect(failure { try store.append(numbered(.triples, Active.self, from: 0, count: 1)) } != nil)

    try scratch.copy("keys", to: "store/keys")
    try segment.write(to: URL(fileURLWithPath: directory + "/segment-1"))
    #expect(isDestroyed(failure { _ = try openStore(Active.self, directory, under: key) }))
    #expect(isDestroyed(failure { _ = try openStore(Active.self, directory, under: key) }))
    #expect(try scratch.segments(of: "store").isEmpty)
    #expect(failure { _ = try makeStore(Active.self, directory, under: key) } == .exists(path: directory))
  }

  @Test("A lost peer suspends a store at rest; everything else, and everything undecided, destroys it")
  func ends() async throws {
    let step = StepLabel("Test", 1)
    let cases: [(ProtocolAbort, settled: Bool, survives: Bool)] = [
      (.peerLost(from: PartyID(1), during: step), true, true),
      (.peerLost(from: PartyID(1), during: step), false, false),
      (.timedOut(waitingFor: PartyID(1), during: step), true, true),
      (.abortedByPeer(PartyID(1), during: step), true, false),
      (.macCheckFailed(openings: 3), true, false),
      (.cancelled(during: step), true, false),
    ]
    for (index, (reason, settled, survives)) in cases.enumerated() {
      let directory = scratch("end\(index)")
      let store = try makeStore(Active.self, directory, under: key)
      try store.append(numbered(.triples, Active.self, from: 0, count: 100))
      try store.finishGenerating()
      try store.beginUseAlone()
      let source = try store.source()
      _ = numbers(try await source.take(.triples, count: 5))
      if settled { try store.settle() }
      source.key.destroy(because: reason)  // what a session does before it destroys its source
      source.destroy()
      let error = failure { _ = try openStore(Active.self, directory, under: key) }
      #expect(survives ? error == nil : isDestroyed(error), "\(reason)")
    }
  }

  @Test("Purging needs no keys, and a purged store is spent")
  func purge() throws {
    try filled(Active.self).close()
    try StoreDirectory.purge(directory, because: "exported to another program")
    if case .spent("exported to another program", _) = try StoreInspection.read(directory: directory).state {
    } else {
      Issue.record("not spent")
    }
    #expect(isDestroyed(failure { _ = try openStore(Active.self, directory, under: key) }))
  }

  @Test("Used segments leave the disk")
  func usedSegments() throws {
    let store = try filled(Active.self)
    try store.beginGenerating()
    try store.append(numbered(.triples, Active.self, from: 20000, count: 20000))
    try store.finishGenerating()
    #expect(try scratch.segments(of: "store") == ["segment-1", "segment-2"])
    try store.beginUseAlone()
    _ = numbers(try store.take(.triples, count: 20001))
    _ = numbers(try store.take(.triples, count: 9000))
    #expect(try scratch.segments(of: "store") == ["segment-2"])
  }

  @Test("The states refuse what does not belong to them")
  func states() async throws {
    let store = try makeStore(Active.self, directory, under: key)
    if case .wrongState(.generating, _) = failure({ _ = try store.source() }) {} else { Issue.record("source") }
    try store.append(numbered(.bits, Active.self, from: 0, count: 5))
    try store.finishGenerating()
    if case .wrongState(.ready, _) = failure({
      try store.append(numbered(.bits, Active.self, from: 5, count: 5))
    }) {
    } else {
      Issue.record("append")
    }
    if case .wrongState(.ready, _) = failure({ try store.beginUse() }) {} else { Issue.record("no agreement") }
    try store.beginUseAlone()
    let source = try store.source()
    await #expect(throws: ProtocolAbort.preprocessingExhausted(kind: "bits", needed: 6, left: 5)) {
      _ = try await source.take(.bits, count: 6)
    }
    #expect(numbers(try await source.take(.bits, count: 5)) == Array(0..<5))
    #expect(source.consumption.amounts == ["bits": 5])
    store.close()
    if case .wrongState = failure({ try store.settle() }) {} else { Issue.record("closed") }
  }
}
