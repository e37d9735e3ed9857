import Cryptography
import FieldArithmetic
import Foundation
import MPCCore
import SecretSharing
import Synchronization
import Testing

@testable import MaterialStore

/// A process that dies at its n-th operation on files: that operation and all later ones fail.
private final class Death: Sendable {
  private let state: Mutex<(left: Int, seen: Int)>

  init(after operations: Int) { state = Mutex((operations, 0)) }

  var seen: Int { state.withLock { $0.seen } }

  var files: FileSystem {
    FileSystem { _, _ in
      self.state.withLock { state in
        state.seen += 1
        state.left -= 1
        return state.left < 0 ? EIO : 0
      }
    }
  }
}

@Suite("Death at every operation on files")
struct CrashSweepTests {
  let scratch: Scratch
  let key = StoreKey.generate()

  init() throws { scratch = try Scratch() }

  func template<S: SharingScheme>(_: S.Type) throws {
    let store = try makeStore(S.self, scratch("template"), under: key)
    try store.append(numbered(.squares, S.self, from: 0, count: 20000))
    try store.append(numbered(.bits, S.self, from: 0, count: 9000))
    try store.commit()
    try store.append(numbered(.squares, S.self, from: 20000, count: 20000))
    try store.finishGenerating()
    store.close()
  }

  /// Takes until it fails; what was handed out.
  func use<S: SharingScheme>(_: S.Type, _ files: FileSystem, rounds: Int) -> (taken: [Int], error: StoreError?) {
    var taken: [Int] = []
    do {
      let store = try openStore(S.self, scratch("work"), under: key, files: files)
      defer { store.close() }
      try store.beginUseAlone()
      for round in 0..<rounds {
        taken += try #require(numbers(try store.take(.squares, count: 1000 + 150 * round)))
        if round % 2 == 0 { _ = numbers(try store.take(.bits, count: 100)) }
        if round % 2 == 1 { try store.settle() }
      }
      try store.settle()
      try store.suspend()
    } catch {
      return (taken, error as? StoreError ?? .notAStore(path: "", reason: "\(error)"))
    }
    return (taken, nil)
  }

  /// Kills one use at each operation in turn; afterwards lives on as the store allows.
  func sweep<S: SharingScheme>(_: S.Type) throws -> (points: Int, resumed: Int, dead: Int) {
    try template(S.self)
    var (resumed, dead) = (0, 0)
    for operations in 0..<1000 {
      try scratch.copy("template", to: "work")
      let death = Death(after: operations)
      let first = use(S.self, death.files, rounds: 12)
      if first.error == nil { return (operations, resumed, dead) }
      let second = use(S.self, FileSystem(), rounds: 3)
      let all = first.taken + second.taken
      #expect(Set(all).count == all.count, "reuse after death at operation \(operations)")
      #expect(all == all.sorted())
      switch second.error {
      case nil: resumed += 1
      case .destroyed: dead += 1
      case .some(let error): Issue.record("operation \(operations): \(error)")
      }
    }
    Issue.record("never finished")
    return (0, 0, 0)
  }

  @Test("Handing out: no item twice, active")
  func active() throws {
    let result = try sweep(Active.self)
    #expect(result.points > 35 && result.resumed > 5 && result.dead > 5)
    print("active sweep: \(result)")
  }

  @Test("Handing out: no item twice, passive; a dead process never costs the store")
  func passive() throws {
    let result = try sweep(Passive.self)
    #expect(result.points > 25 && result.resumed == result.points && result.dead == 0)
    print("passive sweep: \(result)")
  }

  @Test("Appending: what was committed is there and authentic, what was not is gone")
  func appending() throws {
    try template(Active.self)
    for operations in 0..<1000 {
      try scratch.copy("template", to: "work")
      let death = Death(after: operations)
      var committed = 40000
      var finished = false
      do {
        let store = try openStore(Active.self, scratch("work"), under: key, files: death.files)
        defer { store.close() }
        try store.beginGenerating()
        for start in [40000, 52000, 64000] {
          try store.append(numbered(.squares, Active.self, from: start, count: 3000))
          try store.append(numbered(.squares, Active.self, from: start + 3000, count: 9000))
          try store.commit()
          committed = start + 12000
        }
        try store.finishGenerating()
        finished = true
      } catch {}
      let again = try openStore(Active.self, scratch("work"), under: key)
      let left = again.left[.squares] ?? 0
      #expect(left >= committed && left <= committed + 12000 && left % 4000 == 0, "operation \(operations)")
      #expect(try again.verify().leftCount == left + 9000)
      let listed = again.inspection.kinds.reduce(0) { $0 + $1.segmentCount }
      #expect(try scratch.segments(of: "work").count == listed)
      if again.state == .generating { try again.finishGenerating() }
      try again.beginUseAlone()
      #expect(numbers(try again.take(.squares, count: left)) == Array(0..<left))
      again.close()
      if finished { return }
    }
    Issue.record("never finished")
  }

  @Test("Making and destroying: a store is whole or none, and once a destruction began nothing comes out")
  func makingAndDestroying() throws {
    for operations in 0..<200 {
      let directory = scratch("make\(operations)")
      let death = Death(after: operations)
      let error = failure { try makeStore(Active.self, directory, under: key, files: death.files).close() }
      let again = failure { try openStore(Active.self, directory, under: key).close() }
      if error == nil {
        #expect(again == nil)
        break
      }
      if again != nil {
        // Making starts over where it was interrupted.
        #expect(failure { try makeStore(Active.self, directory, under: key).close() } == nil)
      }
    }
    try template(Active.self)
    for operations in 0..<200 {
      try scratch.copy("template", to: "work")
      let store = try openStore(Active.self, scratch("work"), under: key)
      try store.beginUseAlone()
      _ = numbers(try store.take(.bits, count: 1))
      store.close()
      // The mark is on disk: the opening destroys, and dies meanwhile.
      let death = Death(after: operations)
      let error = failure { _ = try openStore(Active.self, scratch("work"), under: key, files: death.files) }
      for _ in 0..<2 {
        guard case .destroyed = failure({ _ = try openStore(Active.self, scratch("work"), under: key) }) else {
          Issue.record("not destroyed after death at operation \(operations)")
          return
        }
      }
      #expect(try scratch.segments(of: "work").isEmpty)
      if case .destroyed = error { return }
    }
    Issue.record("never finished")
  }
}
