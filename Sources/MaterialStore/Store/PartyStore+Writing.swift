internal import Cryptography
internal import FieldArithmetic
public import MPCCore
public import SecretSharing
internal import Synchronization

/// A segment file that is being written; no transaction knows it.
struct PendingSegment: Sendable {
  var record: SegmentRecord
  let file: OpenFile
  let format: SegmentFile
  var chunksWritten = 0
}

extension PartyStore {
  /// A segment is closed when it holds this much of the parties' common part; the same at all parties.
  private static var segmentBytes: Int { 1 << 30 }

  /// Appends a block behind what is there. Durable after ``commit()`` (or ``finishGenerating()``, ``suspend()``); all
  /// parties append the same kinds and counts, and commit, in the same order.
  /// - Throws: `wrongState` unless generating, or if a party claimed that so many items were used that no more can be
  ///   numbered; `diskFull` before anything is written, `itemTooLarge`, `io`.
  public func append(_ block: consuming sending MaterialBlock<S>) throws(StoreError) {
    let block = SendingOnce(block)
    try contents.withLock { (contents) throws(StoreError) in
      guard let block = block.take(), block.count > 0 else { return }
      try requireState(&contents, "the store to be generating") { $0 == .generating }
      let layout = try SegmentLayout(block.kind, S.self, party: header.party)
      precondition((block.clear != nil) == layout.hasClear, "clear values are this party's own input masks")
      try requireRoom(for: block.count, layout, contents)
      try requireSpace(layout.fileBytes(count: block.count))
      do throws(StoreError) {
        try write(block, layout, &contents)
      } catch {
        abandon(&contents, because: error)
        throw error
      }
      if let pending = contents.pending[layout.code],
        pending.chunksWritten * layout.chunkItems * (layout.itemBytes - (layout.hasClear ? layout.elementBytes : 0))
          >= Self.segmentBytes
      {
        try commit(&contents)
      }
    }
  }

  /// Makes everything appended durable and countable.
  /// - Throws: `diskFull`, `io`; then the store has to be opened anew, what was committed before is there.
  public func commit() throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireAlive(contents)
      try commit(&contents)
    }
  }

  /// Bytes that `count` items of `kind` take on disk.
  /// - Throws: `itemTooLarge`.
  public func neededBytes(_ kind: MaterialKind, count: Int) throws(StoreError) -> Int {
    try StoreBudget.neededBytes(kind, count: count, S.self, party: header.party)
  }

  /// Sees to it that the parties will accept this store's records: kinds and positions have limits, and a cheater can
  /// have claimed to be close to them.
  private func requireRoom(for count: Int, _ layout: SegmentLayout, _ contents: borrowing Contents) throws(StoreError) {
    let cursor = contents.cursors[layout.code]
    let end = contents.pending[layout.code]?.record.end ?? cursor?.end ?? 0
    let kindCount = Set(contents.cursors.keys).union(contents.pending.keys).union([layout.code]).count
    guard end + count <= Int(StoreRecords.maximumPosition), kindCount <= StoreRecords.maximumCursors else {
      throw .wrongState(
        contents.life.state,
        needed: "room for \(count) \(layout.kind) behind number \(end), and it numbers up to "
          + "\(StoreRecords.maximumPosition) items of \(StoreRecords.maximumCursors) kinds: a party claimed that so many "
          + "were used; make new stores, without that party")
    }
  }

  private func requireSpace(_ bytes: Int) throws(StoreError) {
    let free = try files.freeBytes(directory)
    guard free >= bytes + StoreBudget.reserveBytes else {
      throw .diskFull(path: directory, neededBytes: bytes + StoreBudget.reserveBytes, freeBytes: free)
    }
  }

  private func write(_ incoming: consuming MaterialBlock<S>, _ layout: SegmentLayout, _ contents: inout Contents)
    throws(StoreError)
  {
    if contents.pending[layout.code] == nil {
      contents.pending[layout.code] = try start(layout, highBoundBits: incoming.highBoundBits, &contents)
    }
    guard var pending = contents.pending[layout.code] else { return }
    pending.record.highBoundBits = max(pending.record.highBoundBits, incoming.highBoundBits)
    pending.record.count += incoming.count
    contents.unwritten.deposit(incoming)
    let waiting = contents.unwritten.count(of: layout.kind)
    let full = waiting / layout.chunkItems * layout.chunkItems
    if full > 0, let block = contents.unwritten.take(layout.kind, count: full) {
      try seal(block, layout, &pending)
    }
    contents.pending[layout.code] = pending
  }

  private func start(_ layout: SegmentLayout, highBoundBits: Int, _ contents: inout Contents) throws(StoreError)
    -> PendingSegment
  {
    let number = contents.life.nextSegment
    let record = SegmentRecord(
      number: number, code: layout.code, first: contents.cursors[layout.code]?.end ?? 0, count: 0,
      run: contents.life.run, salt: SystemRandom().seed(label: "segment salt"), chunkItems: layout.chunkItems,
      itemBytes: layout.itemBytes, highBoundBits: highBoundBits)
    let file = try files.create(path(of: number))
    contents.life.nextSegment += 1  // durable with the commit that lists the segment
    let format = segmentFile(record)
    let pending = PendingSegment(record: record, file: file, format: format)
    do throws(StoreError) {
      try files.write(format.header, to: file, at: 0)
    } catch {
      try? files.unlink(file.path)
      throw error
    }
    return pending
  }

  /// Encrypts and writes all items of a block as chunks; only the last chunk of a segment may be short.
  private func seal(_ block: borrowing MaterialBlock<S>, _ layout: SegmentLayout, _ pending: inout PendingSegment)
    throws(StoreError)
  {
    let cipher = pending.format.cipher()
    let codec = ChunkCodec<S>(layout)
    let columns = block.columns.map(\.components)
    let clear = block.clear
    var start = 0
    while start < block.count {
      let items = min(layout.chunkItems, block.count - start)
      var bytes = codec.encode(columns, clear: clear, items: start..<(start + items))
      pending.format.seal(&bytes, chunk: pending.chunksWritten, items: items, with: cipher)
      try files.write(bytes, to: pending.file, at: pending.format.place(of: pending.chunksWritten).offset)
      pending.chunksWritten += 1
      start += items
    }
  }

  /// Segment data, then the directory, then the catalogue.
  func commit(_ contents: inout Contents) throws(StoreError) {
    guard !contents.pending.isEmpty else { return }
    var change = Catalogue.Change()
    do throws(StoreError) {
      for code in contents.pending.keys.sorted() {
        guard var pending = contents.pending[code], let kind = code.kind else { continue }
        let rest = contents.unwritten.count(of: kind)
        if rest > 0, let block = contents.unwritten.take(kind, count: rest) {
          try seal(block, try SegmentLayout(kind, S.self, party: header.party), &pending)
        }
        try files.sync(pending.file)
        var cursor = contents.cursors[code] ?? CursorRecord(code: code, cursor: 0, end: 0)
        cursor.end = pending.record.end
        change.cursors.append(cursor)
        change.addedSegments.append(pending.record)
      }
      try files.syncDirectory(directory)
    } catch {
      abandon(&contents, because: error)
      throw error
    }
    change.life = contents.life
    try write(change, &contents)
    contents.pending = [:]
  }

  /// Gives up after a failed write: files no transaction knows are removed, nothing else is done with this object.
  private func abandon(_ contents: inout Contents, because error: StoreError) {
    contents.failure = error
    for pending in contents.pending.values { try? files.unlink(pending.file.path) }
    contents.pending = [:]
    contents.unwritten.removeAll()
  }
}

/// What material costs on disk, before it is made.
public enum StoreBudget {
  /// Kept free for the catalogue: cursors must always be writable.
  static let reserveBytes = 4 << 20

  /// Bytes that `count` items of `kind` take in the store of `party`; file headers and tags included.
  /// - Throws: `itemTooLarge`.
  public static func neededBytes<S: SharingScheme>(
    _ kind: MaterialKind, count: Int, _: S.Type, party: PartyID
  ) throws(StoreError) -> Int {
    let layout = try SegmentLayout(kind, S.self, party: party)
    guard count > 0 else { return 0 }
    let product = layout.itemBytes.multipliedReportingOverflow(by: count)
    guard !product.overflow, product.partialValue < 1 << 60 else {
      throw .diskFull(path: kind.description, neededBytes: .max, freeBytes: 0)
    }
    return layout.fileBytes(count: count)
  }

  /// Refuses a demand that does not fit on the disk of `directory` before any work is done.
  /// - Throws: `diskFull` with both figures, `itemTooLarge`, `io`.
  public static func requireSpace<S: SharingScheme>(
    for demand: [MaterialKind: Int], _: S.Type, party: PartyID, directory: String
  ) throws(StoreError) {
    var needed = reserveBytes
    for (kind, count) in demand {
      let more = try neededBytes(kind, count: count, S.self, party: party)
      needed = needed.addingReportingOverflow(more).overflow ? .max : needed + more
    }
    let free = try FileSystem().freeBytes(directory)
    guard free >= needed else { throw .diskFull(path: directory, neededBytes: needed, freeBytes: free) }
  }
}
