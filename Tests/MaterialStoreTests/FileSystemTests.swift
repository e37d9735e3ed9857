import Cryptography
import FieldArithmetic
import Foundation
import MPCCore
import SecretSharing
import Synchronization
import Testing

@testable import MaterialStore

@Suite("A file system that fails")
struct FileSystemTests {
  let scratch: Scratch
  let key = StoreKey.generate()

  init() throws { scratch = try Scratch() }

  @Test("Two openings at once are refused")
  func lock() throws {
    let store = try makeStore(Active.self, scratch("store"), under: key)
    #expect(
      failure { _ = try openStore(Active.self, scratch("store"), under: key) }
        == .inUseElsewhere(path: scratch("store")))
    #expect(failure { try StoreDirectory.purge(scratch("store"), because: "test") } != nil)
    store.close()
    #expect(failure { _ = try openStore(Active.self, scratch("store"), under: key) } == nil)
  }

  @Test("Permissions that let others read keys or change the directory are refused")
  func permissions() throws {
    try makeStore(Active.self, scratch("store"), under: key).close()
    let keys = scratch("store") + "/keys"
    unsafe chmod(keys, 0o644)
    #expect(
      failure { _ = try openStore(Active.self, scratch("store"), under: key) }
        == .readableByOthers(path: keys, mode: 0o644))
    unsafe chmod(keys, 0o600)
    unsafe chmod(scratch("store"), 0o777)
    #expect(
      failure { _ = try openStore(Active.self, scratch("store"), under: key) }
        == .readableByOthers(path: scratch("store"), mode: 0o777))
    unsafe chmod(scratch("store"), 0o700)
    #expect(failure { _ = try openStore(Active.self, scratch("store"), under: key) } == nil)
    for name in ["catalogue.sqlite", "keys"] {
      let mode = try FileManager.default.attributesOfItem(atPath: scratch("store") + "/" + name)[.posixPermissions]
      #expect((mode as? NSNumber)?.intValue == 0o600)
    }
  }

  @Test("The store key is made once, kept at mode 0600, and refused if others can read it or it is cut")
  func storeKey() throws {
    let made = try StoreKey.loadOrCreate(identityDirectory: scratch("identity"))
    #expect(try StoreKey.loadOrCreate(identityDirectory: scratch("identity")).identifier == made.identifier)
    #expect(try StoreKey.load(identityDirectory: scratch("identity")).identifier == made.identifier)
    let path = scratch("identity") + "/store.key"
    unsafe chmod(path, 0o640)
    #expect(
      failure { _ = try StoreKey.load(identityDirectory: scratch("identity")) }
        == .readableByOthers(path: path, mode: 0o640))
    unsafe chmod(path, 0o600)
    unsafe truncate(path, 30)
    if case .damaged("the store key", _, _) = failure({
      _ = try StoreKey.load(identityDirectory: scratch("identity"))
    }) {
    } else {
      Issue.record("a cut key was read")
    }
    if case .io("open", _, ENOENT) = failure({ _ = try StoreKey.load(identityDirectory: scratch("nowhere")) }) {
    } else {
      Issue.record("no key")
    }
  }

  @Test("Directories that are no stores")
  func noStore() throws {
    func reason(_ directory: String) -> String? {
      if case .notAStore(_, let reason) = failure({ _ = try openStore(Active.self, directory, under: key) }) {
        return reason
      }
      return nil
    }
    #expect(reason(scratch("nowhere")) == "there is no such directory")
    try FileManager.default.createDirectory(atPath: scratch("empty"), withIntermediateDirectories: false)
    #expect(reason(scratch("empty"))?.contains("key file") == true)
    if case .io("make the directory", _, ENOENT) = failure({
      _ = try makeStore(Active.self, scratch("no/where"), under: key)
    }) {
    } else {
      Issue.record("made without a parent")
    }
    #expect(failure { _ = try StoreInspection.read(directory: scratch("empty")) } != nil)
  }

  @Test("A demand larger than the disk is refused before any work, with both figures")
  func budget() throws {
    let shape = MaterialKind.matrixTriple(MatrixShape(rows: 128, inner: 128, columns: 128))
    #expect(
      try StoreBudget.neededBytes(shape, count: 10, Active.self, party: PartyID(0))
        == 64 + 10 * (3 * 128 * 128 * 2 * 16 + 16))
    #expect(
      try StoreBudget.neededBytes(.inputMasks(PartyID(1)), count: 3, Active.self, party: PartyID(1))
        == 64 + 3 * 48 + 16)
    if case .diskFull(_, let needed, let free) = failure({
      try StoreBudget.requireSpace(
        for: [shape: 1 << 38], Active.self, party: PartyID(0), directory: scratch.path)
    }) {
      #expect(needed > free)
    } else {
      Issue.record("not refused")
    }
    let large = MaterialKind.matrixTriple(MatrixShape(rows: 1 << 14, inner: 1 << 14, columns: 1 << 14))
    if case .itemTooLarge = failure({
      _ = try StoreBudget.neededBytes(large, count: 1, Active.self, party: PartyID(0))
    }) {
    } else {
      Issue.record("too large an item was taken")
    }
  }

  /// Fails every operation of one sort, or the n-th operation and all that follow: a process that died there.
  final class Faults: Sendable {
    struct Plan { var seen = 0, failsFrom = Int.max, sort: FileOperation?, code = EIO, names: [FileOperation] = [] }
    let plan = Mutex(Plan())

    var files: FileSystem {
      FileSystem { operation, _ in
        self.plan.withLock { plan in
          plan.seen += 1
          plan.names.append(operation)
          if let sort = plan.sort { return sort == operation ? plan.code : 0 }
          return plan.seen > plan.failsFrom ? plan.code : 0
        }
      }
    }
  }

  @Test(
    "A full disk, a broken disk and a read-only one give their own errors and lose nothing that was committed",
    arguments: [ENOSPC, EIO, EROFS, EACCES],
    [FileOperation.create, .write, .sync, .syncDirectory, .commit, .committed])
  func failures(_ code: Int32, _ operation: FileOperation) throws {
    let name = "store\(code)\(operation.hashValue)"
    let store = try makeStore(Active.self, scratch(name), under: key)
    try store.append(numbered(.triples, Active.self, from: 0, count: 10000))
    try store.commit()
    store.close()
    let faults = Faults()
    let failing = try openStore(Active.self, scratch(name), under: key, files: faults.files)
    faults.plan.withLock {
      $0.sort = operation
      $0.code = code
    }
    let error = failure {
      try failing.append(numbered(.triples, Active.self, from: 10000, count: 10000))
      try failing.commit()
    }
    switch error {
    case .diskFull: #expect(code == ENOSPC)
    case .io(_, _, let found): #expect(found == code)
    default: Issue.record("\(String(describing: error))")
    }
    #expect(failure { try failing.commit() } == error)  // the object is done with
    failing.close()
    let again = try openStore(Active.self, scratch(name), under: key)
    #expect(try again.verify().leftCount == (operation == .committed ? 20000 : 10000))
    try again.finishGenerating()
    try again.beginUseAlone()
    #expect(numbers(try again.take(.triples, count: 10000)) == Array(0..<10000))
  }
}
