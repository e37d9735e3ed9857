internal import Foundation
internal import GRDB
internal import Glibc
internal import SecretSharing

/// The store's SQLite database: header, life, cursors, segments. Write-ahead log, full synchronisation: a transaction
/// that returned survives a power cut. Deleted content is overwritten (`secure_delete`).
final class Catalogue: Sendable {
  static let fileName = "catalogue.sqlite"
  private static let format = 1

  private let queue: DatabaseQueue
  private let path: String
  private let files: FileSystem

  /// Everything the catalogue says.
  struct Content: Sendable {
    var header: StoreHeader
    var life: LifeRecord
    var cursors: [CursorRecord]
    var segments: [SegmentRecord]
    /// The seals of the rows, in the order life, cursors, segments.
    var seals: [[UInt8]]
  }

  private init(_ queue: DatabaseQueue, path: String, files: FileSystem) {
    self.queue = queue
    self.path = path
    self.files = files
  }

  // MARK: Life

  /// Makes the database; the file must not exist.
  static func create(directory: String, header: StoreHeader, life: LifeRecord, seal: RowSeal, files: FileSystem)
    throws(StoreError) -> Catalogue
  {
    let path = directory + "/" + fileName
    _ = try files.create(path)  // mode 0600, which SQLite's other files take over
    let catalogue = try connect(path, files: files)
    try catalogue.transact { db in
      try db.execute(
        sql: """
          CREATE TABLE header (id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, body BLOB NOT NULL);
          CREATE TABLE life (
            id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, reason TEXT NOT NULL, date INTEGER NOT NULL,
            undecided TEXT, resumeCount INTEGER NOT NULL, run BLOB NOT NULL, nextSegment INTEGER NOT NULL,
            seal BLOB NOT NULL);
          CREATE TABLE cursors (
            kind BLOB PRIMARY KEY, name TEXT NOT NULL, cursor INTEGER NOT NULL, end INTEGER NOT NULL, seal BLOB NOT NULL);
          CREATE TABLE segments (
            number INTEGER PRIMARY KEY, kind BLOB NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,
            run BLOB NOT NULL, salt BLOB NOT NULL, chunkItems INTEGER NOT NULL, itemBytes INTEGER NOT NULL,
            highBoundBits INTEGER NOT NULL, seal BLOB NOT NULL);
          """)
      try db.execute(
        sql: "INSERT INTO header VALUES (1, ?, ?)", arguments: [Self.format, Data(header.encoded)])
      try Self.write(life, seal, db)
    }
    return catalogue
  }

  /// Opens the database of a store.
  static func open(directory: String, files: FileSystem, readOnly: Bool = false) throws(StoreError) -> Catalogue {
    let path = directory + "/" + fileName
    guard try files.status(path) != nil else {
      throw .notAStore(path: directory, reason: "there is no \(fileName) in it")
    }
    return try connect(path, files: files, readOnly: readOnly)
  }

  private static func connect(_ path: String, files: FileSystem, readOnly: Bool = false) throws(StoreError)
    -> Catalogue
  {
    try files.pass(.open, path)
    do {
      var configuration = Configuration()
      configuration.readonly = readOnly
      configuration.busyMode = .timeout(10)
      configuration.label = "MaterialStore"
      if !readOnly { configuration.journalMode = .wal }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      if !readOnly {
        try queue.writeWithoutTransaction { db in
          try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
          let (mode, synchronous, erasing) = (
            try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous"),
            try Int.fetchOne(db, sql: "PRAGMA secure_delete")
          )
          guard mode == "wal", synchronous == 2, erasing == 1 else {
            throw StoreError.damaged(
              part: "the catalogue", path: path, reason: "SQLite refuses its write-ahead log with full synchronisation")
          }
        }
      }
      return Catalogue(queue, path: path, files: files)
    } catch {
      throw failure(error, path: path, files: files)
    }
  }

  /// Closes the connection; the log is written back into the database.
  func close() { try? queue.close() }

  // MARK: Reading

  /// Reads everything; sizes and codes are checked, seals are not.
  func content() throws(StoreError) -> Content {
    do {
      return try queue.read { db in
        let damage = try String.fetchAll(db, sql: "PRAGMA quick_check(1)")
        guard damage == ["ok"] else { throw Unreadable("SQLite finds damage: \(damage.first ?? "nothing readable")") }
        guard let row = try Row.fetchOne(db, sql: "SELECT format, body FROM header"),
          try Self.integer(row, "format") == Self.format,
          let header = try? StoreHeader(decoding: try Self.bytes(row, "body"))
        else { throw Unreadable("its header cannot be read") }
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM life"),
          let state = StoreState(
            name: try Self.text(row, "state") ?? "", reason: try Self.text(row, "reason") ?? "",
            date: Int64(try Self.integer(row, "date")))
        else { throw Unreadable("its state cannot be read") }
        let counters = [try Self.integer(row, "resumeCount"), try Self.integer(row, "nextSegment")]
        guard counters.allSatisfy({ $0 >= 0 }) else { throw Unreadable("its state cannot be read") }
        let life = LifeRecord(
          state: state, undecided: try Self.text(row, "undecided"), resumeCount: UInt64(counters[0]),
          run: try Self.bytes(row, "run"), nextSegment: UInt64(counters[1]))
        var seals = [try Self.bytes(row, "seal")]
        var cursors: [CursorRecord] = []
        for row in try Row.fetchAll(db, sql: "SELECT * FROM cursors ORDER BY kind") {
          let record = CursorRecord(
            code: KindCode(unchecked: try Self.bytes(row, "kind")), cursor: try Self.integer(row, "cursor"),
            end: try Self.integer(row, "end"))
          guard record.code.kind != nil, record.cursor >= 0, record.end >= record.cursor, record.end < 1 << 47 else {
            throw Unreadable("a cursor cannot be read")
          }
          cursors.append(record)
          seals.append(try Self.bytes(row, "seal"))
        }
        var segments: [SegmentRecord] = []
        for row in try Row.fetchAll(db, sql: "SELECT * FROM segments ORDER BY kind, first") {
          let number = try Self.integer(row, "number")
          let record = SegmentRecord(
            number: UInt64(clamping: number), code: KindCode(unchecked: try Self.bytes(row, "kind")),
            first: try Self.integer(row, "first"), count: try Self.integer(row, "count"),
            run: try Self.bytes(row, "run"), salt: try Self.bytes(row, "salt"),
            chunkItems: try Self.integer(row, "chunkItems"), itemBytes: try Self.integer(row, "itemBytes"),
            highBoundBits: try Self.integer(row, "highBoundBits"))
          guard number >= 0, record.isPlausible, record.code.kind != nil else {
            throw Unreadable("segment \(number) cannot be read")
          }
          segments.append(record)
          seals.append(try Self.bytes(row, "seal"))
        }
        return Content(header: header, life: life, cursors: cursors, segments: segments, seals: seals)
      }
    } catch {
      throw Self.failure(error, path: path, files: files)
    }
  }

  private struct Unreadable: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  // Typed access to columns traps when a damaged file holds another type: go through the stored value.

  private static func value(_ row: Row, _ column: String) throws -> DatabaseValue.Storage {
    guard row.hasColumn(column) else { throw Unreadable("column \(column) is missing") }
    let value: DatabaseValue = row[column]
    return value.storage
  }

  private static func integer(_ row: Row, _ column: String) throws -> Int {
    guard case .int64(let number) = try value(row, column) else { throw Unreadable("\(column) is no number") }
    return Int(number)
  }

  private static func bytes(_ row: Row, _ column: String) throws -> [UInt8] {
    guard case .blob(let data) = try value(row, column) else { throw Unreadable("\(column) holds no bytes") }
    return Array(data)
  }

  private static func text(_ row: Row, _ column: String) throws -> String? {
    switch try value(row, column) {
    case .null: return nil
    case .string(let text): return text
    default: throw Unreadable("\(column) is no text")
    }
  }

  // MARK: Writing

  /// What one transaction changes.
  struct Change: Sendable {
    var life: LifeRecord?
    var cursors: [CursorRecord] = []
    var addedSegments: [SegmentRecord] = []
    var removedSegments: [UInt64] = []
  }

  /// Commits a change; durable when this returns. If it throws, the change may have happened or not, never in part.
  func commit(_ change: Change, seal: RowSeal) throws(StoreError) {
    try transact { db in
      if let life = change.life { try Self.write(life, seal, db) }
      for cursor in change.cursors {
        try db.execute(
          sql: "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?)",
          arguments: [
            Data(cursor.code.bytes), cursor.code.kind?.description ?? "", cursor.cursor, cursor.end,
            Data(cursor.seal(seal)),
          ])
      }
      for segment in change.addedSegments {
        try db.execute(
          sql: "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            Int64(segment.number), Data(segment.code.bytes), segment.first, segment.count, Data(segment.run),
            Data(segment.salt), segment.chunkItems, segment.itemBytes, segment.highBoundBits, Data(segment.seal(seal)),
          ])
      }
      for number in change.removedSegments {
        try db.execute(sql: "DELETE FROM segments WHERE number = ?", arguments: [Int64(number)])
      }
    }
  }

  /// Forgets all segments, notes the end, and folds the log into the database so that no old page stays in it.
  func retire(_ life: LifeRecord, seal: RowSeal) throws(StoreError) {
    try transact { db in
      try db.execute(sql: "DELETE FROM segments")
      try Self.write(life, seal, db)
    }
    do {
      try queue.writeWithoutTransaction { db in _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    } catch {
      throw Self.failure(error, path: path, files: files)
    }
  }

  private static func write(_ life: LifeRecord, _ seal: RowSeal, _ db: Database) throws {
    let (reason, date): (String, Int64) =
      switch life.state {
      case .aborted(let reason, let date), .spent(let reason, let date): (reason, date)
      case .generating, .ready, .inUse, .suspended: ("", 0)
      }
    try db.execute(
      sql: "INSERT OR REPLACE INTO life VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        life.state.name, reason, date, life.undecided, Int64(clamping: life.resumeCount), Data(life.run),
        Int64(clamping: life.nextSegment), Data(life.seal(seal)),
      ])
  }

  private func transact(_ body: (Database) throws -> Void) throws(StoreError) {
    try files.pass(.commit, path)
    do {
      try queue.write(body)
    } catch {
      throw Self.failure(error, path: path, files: files)
    }
    try files.pass(.committed, path)
  }

  private static func failure(_ error: any Error, path: String, files: FileSystem) -> StoreError {
    if let error = error as? StoreError { return error }
    if let error = error as? Unreadable {
      return .damaged(part: "the catalogue", path: path, reason: error.reason)
    }
    guard let error = error as? DatabaseError else {
      return .damaged(part: "the catalogue", path: path, reason: "\(error)")
    }
    switch error.resultCode {
    case .SQLITE_FULL: return .diskFull(path: path, neededBytes: 1 << 16, freeBytes: (try? files.freeBytes(path)) ?? 0)
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .inUseElsewhere(path: path)
    case .SQLITE_READONLY: return .io(operation: "write", path: path, code: EACCES)
    case .SQLITE_CANTOPEN: return .io(operation: "open", path: path, code: EACCES)
    case .SQLITE_IOERR: return .io(operation: "write", path: path, code: EIO)
    default: return .damaged(part: "the catalogue", path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }
}
