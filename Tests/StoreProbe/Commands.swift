import Cryptography
import FieldArithmetic
import Glibc
import MPCCore
import MaterialStore
import SecretSharing
import Transport

/// Items whose elements say which item they belong to.
func numbered<S: SharingScheme>(_ kind: MaterialKind, _: S.Type, from first: Int, count: Int) -> MaterialBlock<S> {
  let columns = kind.columnWidths.map { width in
    let values = (0..<(count * width)).map { S.F(UInt64(first * width + $0)) }
    return SharedVector<S>(values: values, tags: S.tags { values })
  }
  return MaterialBlock(kind: kind, count: count, columns: columns)
}

/// The numbers of a block's items, as ranges; ends the process if a block is not in one piece.
func first<S: SharingScheme>(_ block: consuming MaterialBlock<S>) -> (first: Int, count: Int) {
  let count = block.count
  let columns = block.columns.map { $0.components }
  let start = Int(columns[0][0][0].canonical)
  for column in columns {
    for component in column {
      for (index, value) in component.enumerated() where value.canonical != UInt128(start + index) {
        Probe.fail("item \(start + index) is not what was stored", status: 5)
      }
    }
  }
  return (start, count)
}

/// Lines that are in the kernel when a call returns.
struct Log {
  let descriptor: Int32

  init(_ path: String) {
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    if descriptor < 0 { Probe.fail("cannot write \(path)", status: 2) }
  }

  func write(_ text: String) {
    let line = Array((text + "\n").utf8)
    if unsafe Glibc.write(descriptor, line, line.count) != line.count { Probe.fail("the log is full", status: 2) }
  }
}

let kinds: [MaterialKind] = [.triples, .squares]
let session = SessionID(bytes: [UInt8](repeating: 7, count: 32))

extension Probe {
  static func make(_ directory: String, keys: String, mode: String) throws {
    if mode == "active" {
      try make(Active.self, directory, keys, party: 0)
    } else {
      try make(Passive.self, directory, keys, party: 0)
    }
  }

  static func make<S: SharingScheme>(_: S.Type, _ directory: String, _ keys: String, party: Int) throws {
    let store = try PartyStore<S>.create(
      directory: directory,
      terms: StoreTerms(
        S.self, partyCount: 2, session: session, parameterDigest: [UInt8](repeating: 1, count: 32),
        trustModel: .insecureDealer, masks: "bounded"),
      party: PartyID(party), keyShare: S.F(5), under: try StoreKey.loadOrCreate(identityDirectory: keys))
    for start in stride(from: 0, to: 200_000, by: 50_000) {
      try store.append(numbered(.triples, S.self, from: start, count: 50_000))
      try store.append(numbered(.squares, S.self, from: start * 3 / 10, count: 15_000))
      try store.commit()
    }
    try store.finishGenerating()
    store.close()
  }

  static func isActive(_ directory: String) throws -> Bool {
    try StoreInspection.read(directory: directory).header?.terms.mode != .passive
  }

  static func use(_ directory: String, keys: String, log: String, rounds: Int, seed: UInt64) throws {
    if try isActive(directory) {
      try use(Active.self, directory, keys, Log(log), rounds, seed)
    } else {
      try use(Passive.self, directory, keys, Log(log), rounds, seed)
    }
  }

  static func use<S: SharingScheme>(
    _: S.Type, _ directory: String, _ keys: String, _ log: Log, _ rounds: Int, _ seed: UInt64
  ) throws {
    let store = try PartyStore<S>.open(directory: directory, under: try StoreKey.load(identityDirectory: keys))
    if store.state == .generating { try store.finishGenerating() }
    try store.beginUseAlone()
    var dice = Dice(state: seed)
    for round in 0..<rounds {
      let kind = kinds[dice.roll(2)]
      do throws(StoreError) {
        let taken = first(try store.take(kind, count: 1 + dice.roll(3000)))
        log.write("0 \(kind) \(taken.first) \(taken.count)")
      } catch {
        guard case .exhausted = error else { throw error }
      }
      if round % 3 == 2 { try store.settle() }
    }
    try store.settle()
    try store.suspend()
    log.write("0 done 0 0")
  }

  static func append(_ directory: String, keys: String, log: String, rounds: Int) throws {
    let store = try PartyStore<Active>.open(directory: directory, under: try StoreKey.load(identityDirectory: keys))
    try store.beginGenerating()
    let log = Log(log)
    for _ in 0..<rounds {
      let end = store.inspection.kinds.first { $0.kind == .triples }.map { $0.usedCount + $0.leftCount } ?? 0
      try store.append(numbered(.triples, Active.self, from: end, count: 3000))
      try store.append(numbered(.triples, Active.self, from: end + 3000, count: 9000))
      try store.commit()
      log.write("0 committed 0 \(end + 12000)")
    }
    try store.suspend()
  }

  static func destroy(_ directory: String, keys: String) throws {
    let store = try PartyStore<Active>.open(directory: directory, under: try StoreKey.load(identityDirectory: keys))
    try store.beginUseAlone()
    _ = first(try store.take(.triples, count: 10))
    try store.destroy(because: "probe")
  }

  static func verify(_ directory: String, keys: String) throws {
    let key = try StoreKey.load(identityDirectory: keys)
    let result =
      try isActive(directory)
      ? try PartyStore<Active>.open(directory: directory, under: key).verify()
      : try PartyStore<Passive>.open(directory: directory, under: key).verify()
    print("\(result.leftCount) items, \(result.chunkCount) chunks")
  }

  /// DIR0 DIR1 KEYS LOG ROUNDS SEED
  static func pair(_ arguments: [String]) async throws {
    let (rounds, seed) = (Int(arguments[4]) ?? 0, UInt64(arguments[5]) ?? 0)
    let log = Log(arguments[3])
    let key = try StoreKey.loadOrCreate(identityDirectory: arguments[2])
    for (party, directory) in arguments[0...1].enumerated() {
      if case .notAStore = (Result { try StoreInspection.read(directory: directory) }).failure {
        try make(Passive.self, directory, arguments[2], party: party)
      }
    }
    let directories = [arguments[0], arguments[1]]
    let report = await runInProcess(partyCount: 2, session: session) { channel throws(ProtocolAbort) -> Int in
      do {
        let me = channel.me.index
        let store = try PartyStore<Passive>.open(directory: directories[me], under: key)
        let agreement = try await store.agree(over: channel, random: SystemRandom())
        log.write("\(me) agreed \(agreement.resumeCount) \(agreement.lost.values.reduce(0, +))")
        let source = try store.source()
        var dice = Dice(state: seed)
        for _ in 0..<rounds {
          let kind = kinds[dice.roll(2)]
          let count = 1 + dice.roll(200)
          guard store.left[kind, default: 0] >= count else { continue }
          let taken = first(try await source.take(kind, count: count))
          log.write("\(me) \(kind) \(taken.first) \(taken.count)")
          // Lock step, as an opening would be.
          let other = try await channel.exchange(Taken(first: UInt64(taken.first)))
          guard other.allSatisfy({ $0.first == UInt64(taken.first) }) else {
            Probe.fail("the parties took different items", status: 6)
            return 1
          }
        }
        try store.suspend()
        return 0
      } catch let error as ProtocolAbort {
        throw error
      } catch {
        throw .localFailure(step: StepLabel("Probe", 1), detail: "\(error)")
      }
    }
    for result in report.results {
      if case .failure(let error) = result { fail("\(error)", status: 4) }
    }
  }
}

/// The number of the first item a party took.
struct Taken: Message {
  static let step = StepLabel("Probe", 2)
  static let kind = MessageKind(user: 1)
  var first: UInt64
  var shape: Int { 0 }
  init(first: UInt64) { self.first = first }
  static func encodedByteCount(_ shape: Int) -> Int { 8 }
  func encode(into writer: inout WireWriter) { writer.append(first) }
  init(from reader: inout WireReader, shape: Int) throws(WireError) { first = try reader.integer() }
}

extension Result {
  var failure: StoreError? {
    if case .failure(let error) = self { return error as? StoreError }
    return nil
  }
}
