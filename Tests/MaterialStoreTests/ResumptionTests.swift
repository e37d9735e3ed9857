import Cryptography
import FieldArithmetic
import Foundation
import InsecureDealer
import MPCCore
import SecretSharing
import Synchronization
import Testing
import Transport

@testable import MaterialStore

/// A link that dies after so many frames of P_1, in both directions, and the places where parties were then.
private final class DyingLink: Sendable {
  enum Place: Sendable {
    /// Nothing was handed out since the last settlement.
    case settled
    /// Between handing out and settling.
    case undecided
    /// Suspended in order.
    case done
  }

  private let frames = Mutex(0)
  private let places = Mutex<[Place]>([.settled, .settled])
  let limit: Int

  init(after limit: Int) { self.limit = limit }

  var frameCount: Int { frames.withLock { $0 } }
  func place(_ party: Int) -> Place { places.withLock { $0[party] } }
  func enter(_ place: Place, _ party: PartyID) { places.withLock { $0[party.index] = place } }

  var tap: FrameTap {
    FrameTap { [self] bytes, from, _ in
      let count = frames.withLock { frames in
        if from.index == 1, frames <= limit { frames += 1 }
        return frames
      }
      return count > limit ? [] : [bytes]
    }
  }
}

@Suite("Sessions that lose a peer, and their resumption")
struct ResumptionTests {
  let scratch: Scratch
  let key = StoreKey.generate()
  static let batch = 50

  init() throws { scratch = try Scratch() }

  private func fill() throws {
    for party in 0..<2 {
      let name = "p\(party)"
      try? FileManager.default.removeItem(atPath: scratch(name))
      let store = try makeStore(Active.self, scratch(name), party: party, under: key)
      try store.append(dealtTriples(9000, party: party, seed: 1))
      try store.finishGenerating()
      store.close()
    }
  }

  /// Two batches of squares, each settled, then suspension; the link dies as `link` says.
  private func run(_ link: DyingLink, seed: UInt64) throws -> [Result<[P127], ProtocolAbort>] {
    let stores = try (0..<2).map { try openStore(Active.self, scratch("p\($0)"), under: key) }
    var options = RunOptions(session: SessionID(bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 32)))
    options.tap = link.tap
    return runSimulated(partyCount: 2, seed: seed, options: options) { (channel) throws(ProtocolAbort) -> [P127] in
      let store = stores[channel.me.index]
      let random = InsecureSeededRandom(seed: seed, party: channel.me)
      do {
        _ = try await store.agree(over: channel, random: random)
        var session = try Session<Active, WireChannel>(over: channel, preprocessing: try store.source(), random: random)
        var result: [P127] = []
        for _ in 0..<2 {
          let x = session.constant((1...Self.batch).map { P127(UInt64($0)) })
          link.enter(.undecided, channel.me)
          result += try await session.reveal(session.multiply(x, x))
          try store.settle(after: session)
          link.enter(.settled, channel.me)
        }
        try store.suspend()
        link.enter(.done, channel.me)
        return result
      } catch let abort as ProtocolAbort {
        store.end(because: abort)
        throw abort
      } catch {
        throw .localFailure(step: StepLabel("Test", 1), detail: "\(error)")
      }
    }.run.results
  }

  private var right: [P127] {
    let squares = (1...Self.batch).map { P127(UInt64($0 * $0)) }
    return squares + squares
  }

  private func isAlive(_ party: Int) throws -> Bool {
    switch try StoreInspection.read(directory: scratch("p\(party)")).state {
    case .aborted, .spent: false
    default: true
    }
  }

  private func used(_ party: Int) throws -> Int {
    try StoreInspection.read(directory: scratch("p\(party)")).kinds.map(\.usedCount).reduce(0, +)
  }

  @Test("A link that dies at any frame leaves a store alive if and only if nothing was undecided; the living go on")
  func disconnectEverywhere() throws {
    try fill()
    let whole = DyingLink(after: .max - 1)
    #expect(try run(whole, seed: 1).allSatisfy { (try? $0.get()) == right })
    let total = whole.frameCount
    #expect(total > 10)
    var (suspensions, aborts, resumptions) = (0, 0, 0)
    for limit in 0..<total {
      try fill()
      let link = DyingLink(after: limit)
      let results = try run(link, seed: 2)
      for party in 0..<2 {
        let alive = try isAlive(party)
        switch link.place(party) {
        case .done: #expect(alive, "frame \(limit), P\(party): ended in order")
        case .settled:
          #expect(alive, "frame \(limit), P\(party): nothing was undecided")
          suspensions += 1
        case .undecided:
          #expect(!alive, "frame \(limit), P\(party): openings were undecided")
          aborts += 1
        }
        if case .failure(let abort) = results[party] {
          #expect(
            abort.group == .peerLost, "frame \(limit), P\(party): \(abort)")
        }
      }
      guard try isAlive(0), try isAlive(1) else {
        // A dead store cannot be opened, so nobody runs with the living one of its peer.
        #expect(throws: StoreError.self) { _ = try run(DyingLink(after: .max - 1), seed: 3) }
        continue
      }
      let before = try (0..<2).map(used)
      let again = try run(DyingLink(after: .max - 1), seed: 3)
      #expect(again.allSatisfy { (try? $0.get()) == right }, "frame \(limit)")
      let first = try #require(before.max())
      for party in 0..<2 { #expect(try used(party) == first + 2 * Self.batch, "frame \(limit): nothing is used twice") }
      resumptions += 1
    }
    #expect(suspensions > 0 && aborts > 0 && resumptions > 0)
  }

  @Test("A store rolled back to before a session goes on behind what its peer used")
  func rolledBack() throws {
    try fill()
    try scratch.copy("p1", to: "backup")
    #expect(try run(DyingLink(after: .max - 1), seed: 1).allSatisfy { (try? $0.get()) == right })
    try scratch.copy("backup", to: "p1")
    #expect(try used(1) == 0)
    #expect(try run(DyingLink(after: .max - 1), seed: 2).allSatisfy { (try? $0.get()) == right })
    #expect(try used(0) == 4 * Self.batch)
    #expect(try used(1) == 4 * Self.batch)
  }

  @Test("Another party's store, and a peer's store under the own name, are refused before anything is opened")
  func anotherParty() throws {
    try fill()
    try scratch.copy("p0", to: "p1")
    for result in try run(DyingLink(after: .max - 1), seed: 1) {
      guard case .failure(let abort) = result else {
        Issue.record("a session ran with two stores of one party")
        continue
      }
      switch abort {
      case .localFailure(_, let detail): #expect(detail.contains("is of P0"))
      case .abortedByPeer, .peerLost: break
      default: Issue.record("\(abort)")
      }
    }
    // P_0 hears its peer's abort, and an abort burns.
    #expect(try !isAlive(0))
  }
}
