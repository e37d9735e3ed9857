internal import Cryptography
internal import FieldArithmetic
public import SecretSharing
internal import Synchronization

extension PartyStore {
  /// Items of each kind that can still be handed out.
  public var left: [MaterialKind: Int] { contents.withLock { left($0) } }

  func left(_ contents: borrowing Contents) -> [MaterialKind: Int] {
    var left: [MaterialKind: Int] = [:]
    for (code, cursor) in contents.cursors {
      guard let kind = code.kind else { continue }
      left[kind] = cursor.end - cursor.cursor + contents.stock.count(of: kind)
    }
    return left
  }

  /// What this object handed out.
  var consumption: MaterialCount { contents.withLock { $0.consumption } }

  /// Hands out the next `count` items of `kind`. The cursor behind them is durable before this returns.
  /// - Throws: `exhausted`, `wrongState`, `damaged` (the items set apart are lost), `io`, `diskFull`.
  package func take(_ kind: MaterialKind, count: Int) throws(StoreError) -> MaterialBlock<S> {
    precondition(count >= 0, "a count")
    let taken = try contents.withLock { (contents) throws(StoreError) -> SendingOnce<MaterialBlock<S>> in
      try requireState(&contents, "the store to be in use") { $0 == .inUse }
      let code = KindCode(kind)
      let layout = try SegmentLayout(kind, S.self, party: header.party)
      let stocked = contents.stock.count(of: kind)
      let unreserved = contents.cursors[code].map { $0.end - $0.cursor } ?? 0
      guard count <= stocked + unreserved else {
        throw .exhausted(kind: kind.description, needed: count, left: stocked + unreserved)
      }
      var change = Catalogue.Change()
      if isAuthenticated && contents.life.undecided == nil && count > 0 {
        change.life = contents.life
        change.life?.undecided =
          "items had been handed out and the openings they went into were not known to be checked"
      }
      var reserved: Range<Int>?
      if count > stocked, var cursor = contents.cursors[code] {
        let wanted = min(unreserved, layout.reservation(for: count - stocked))
        let end = chunkEnd(cursor.cursor + wanted, contents.segments[code] ?? [])
        reserved = cursor.cursor..<min(end, cursor.end)
        cursor.cursor = min(end, cursor.end)
        change.cursors = [cursor]
        change.removedSegments = usedSegments(contents)
      }
      if change.life != nil || reserved != nil { try write(change, &contents) }
      for number in change.removedSegments { try? files.unlink(path(of: number)) }
      contents.consumption.add(count, of: kind.description)
      guard let reserved else {
        return SendingOnce(contents.stock.take(kind, count: count) ?? ItemColumns<S>(layout, count: 0).block())
      }
      // What was set apart before goes first; what is over of the new items is kept.
      let rest = contents.stock.take(kind, count: stocked)
      let loaded = try load(
        reserved, layout, contents.segments[code] ?? [], behind: rest, keeping: count - stocked)
      return SendingOnce(loaded.keepingOver(in: &contents.stock))
    }
    guard let block = taken.take() else { throw .exhausted(kind: kind.description, needed: count, left: 0) }
    return block
  }

  /// The first chunk boundary at or behind `position`.
  private func chunkEnd(_ position: Int, _ segments: [SegmentRecord]) -> Int {
    guard let record = segments.first(where: { $0.first < position && position <= $0.end }) else { return position }
    let chunks = (position - record.first + record.chunkItems - 1) / record.chunkItems
    return min(record.end, record.first + chunks * record.chunkItems)
  }

  /// What ``load`` returns: two noncopyable blocks.
  private struct Loaded: ~Copyable {
    let wanted: MaterialBlock<S>
    let over: MaterialBlock<S>

    consuming func keepingOver(in stock: inout MaterialStock<S>) -> MaterialBlock<S> {
      if over.count > 0 { stock.deposit(over) }
      return wanted
    }
  }

  /// Reads and decrypts items by position: `kept` of them behind `rest`, and the others apart.
  private func load(
    _ range: Range<Int>, _ layout: SegmentLayout, _ segments: [SegmentRecord],
    behind rest: consuming MaterialBlock<S>?, keeping kept: Int
  ) throws(StoreError) -> Loaded {
    var wanted = ItemColumns<S>(layout, count: kept + (rest?.count ?? 0))
    var over = ItemColumns<S>(layout, count: range.count - kept)
    if let rest { wanted.append(rest) }
    let border = range.lowerBound + kept
    var position = range.lowerBound
    for record in segments where record.end > range.lowerBound && record.first < range.upperBound {
      guard record.first <= position, record.chunkItems == layout.chunkItems, record.itemBytes == layout.itemBytes
      else {
        break
      }
      wanted.highBoundBits = max(wanted.highBoundBits, record.highBoundBits)
      over.highBoundBits = max(over.highBoundBits, record.highBoundBits)
      let format = segmentFile(record)
      let file = try files.open(path(of: record.number))
      try format.check(file, files: files)
      let cipher = format.cipher()
      let stop = min(record.end, range.upperBound)
      let (offset, _) = format.place(of: (position - record.first) / record.chunkItems)
      files.announceReading(file, at: offset, count: (stop - position + record.chunkItems) * record.itemBytes)
      while position < stop {
        let chunk = (position - record.first) / record.chunkItems
        let (_, items) = format.place(of: chunk)
        let bytes = try format.read(chunk, from: file, with: cipher, files: files)
        let base = record.first + chunk * record.chunkItems
        let next = min(stop, base + items)
        let cut = min(max(border, position), next)
        guard wanted.append(chunk: bytes, chunkItems: items, items: (position - base)..<(cut - base)),
          over.append(chunk: bytes, chunkItems: items, items: (cut - base)..<(next - base))
        else {
          throw .damaged(
            part: format.name(chunk), path: file.path, reason: "it holds values that are no field elements")
        }
        position = next
      }
    }
    guard position == range.upperBound else {
      throw .damaged(
        part: "the material of \(layout.kind)", path: directory, reason: "no segment holds item \(position)")
    }
    return Loaded(wanted: wanted.block(), over: over.block())
  }

  // MARK: Used segments

  /// Segments whose items have all been handed out (or lost).
  private func usedSegments(_ contents: borrowing Contents) -> [UInt64] {
    var numbers: [UInt64] = []
    for (code, records) in contents.segments {
      guard let cursor = contents.cursors[code], let kind = code.kind else { continue }
      let used = cursor.cursor - contents.stock.count(of: kind)
      numbers += records.filter { $0.end <= used }.map(\.number)
    }
    return numbers
  }

  func dropUsedSegments(_ contents: inout Contents) throws(StoreError) {
    let numbers = usedSegments(contents)
    guard !numbers.isEmpty else { return }
    try write(Catalogue.Change(removedSegments: numbers), &contents)
  }
}
