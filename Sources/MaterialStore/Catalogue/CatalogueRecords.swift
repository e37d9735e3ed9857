internal import Cryptography
internal import MPCCore

/// The life of the store, as the catalogue keeps it.
struct LifeRecord: Hashable, Sendable {
  var state: StoreState
  /// What would be left open if the process died now: unchecked openings, a check, a key epoch. Nil: nothing.
  var undecided: String?
  /// How often the store was taken up again after use.
  var resumeCount: UInt64
  /// 32 bytes common to all parties since their last agreement.
  var run: [UInt8]
  /// Numbers of segment files are never used twice.
  var nextSegment: UInt64
}

/// One kind of material: items [cursor, end) have not been reserved.
struct CursorRecord: Hashable, Sendable {
  var code: KindCode
  var cursor: Int
  var end: Int
}

/// One segment file: items [first, first + count) of a kind.
struct SegmentRecord: Hashable, Sendable {
  var number: UInt64
  var code: KindCode
  var first: Int
  var count: Int
  /// The run in which it was made: with kind, first and count what parties recognise a common segment by.
  var run: [UInt8]
  /// Of the file's key.
  var salt: [UInt8]
  /// Items of a chunk.
  var chunkItems: Int
  var itemBytes: Int
  var highBoundBits: Int

  var end: Int { first + count }
  var chunkCount: Int { (count + chunkItems - 1) / chunkItems }
  /// Bytes of the whole file.
  var fileBytes: Int { SegmentFile.headerByteCount + count * itemBytes + chunkCount * SegmentFile.tagByteCount }
  static func fileName(_ number: UInt64) -> String { "segment-" + String(number) }
}

// MARK: - Seals

/// Keyed hashes over the rows of the catalogue: a changed or exchanged row is noticed. Not a protection against old
/// copies of the whole catalogue; the other parties' cursors are.
struct RowSeal: Sendable {
  private let key: [UInt8]

  init(dataKey: [UInt8]) { key = PRG.deriveSeed(dataKey, label: "catalogue rows") }

  func seal(_ table: String, _ write: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter(byteCount: 256)
    write(&writer)
    var hash = SHA256()
    hash.update(key)
    hash.update(lengthPrefixed: table)
    hash.update(lengthPrefixed: writer.finish())
    return hash.finalize()
  }
}

extension LifeRecord {
  func seal(_ seal: RowSeal) -> [UInt8] {
    seal.seal("life") { writer in
      writer.append(text: state.text)
      writer.append(text: undecided ?? "")
      writer.append(resumeCount)
      writer.append(run)
      writer.append(nextSegment)
    }
  }
}

extension CursorRecord {
  func seal(_ seal: RowSeal) -> [UInt8] {
    seal.seal("cursors") { writer in
      writer.append(code.bytes)
      writer.append(Int64(cursor))
      writer.append(Int64(end))
    }
  }
}

extension SegmentRecord {
  func seal(_ seal: RowSeal) -> [UInt8] {
    seal.seal("segments") { writer in
      writer.append(number)
      writer.append(code.bytes)
      writer.append(Int64(first))
      writer.append(Int64(count))
      writer.append(run)
      writer.append(salt)
      writer.append(Int64(chunkItems))
      writer.append(Int64(itemBytes))
      writer.append(Int64(highBoundBits))
    }
  }

  /// Sizes that can be computed with, whatever the catalogue says.
  var isPlausible: Bool {
    let limit = 1 << 46
    return first >= 0 && count > 0 && chunkItems > 0 && itemBytes > 0 && run.count == 32 && salt.count == 32
      && first < limit && count < limit && chunkItems <= count + SegmentLayout.maximumChunkItems
      && chunkItems <= SegmentLayout.maximumChunkItems && itemBytes <= SegmentLayout.maximumItemBytes
      && highBoundBits >= 0 && highBoundBits < 1 << 20
      && !count.multipliedReportingOverflow(by: itemBytes).overflow
  }
}
