internal import MPCCore
public import SecretSharing
internal import Synchronization

/// What a store says about itself; no secret in it.
public struct StoreInspection: Hashable, Sendable {
  /// One kind.
  public struct Kind: Hashable, Sendable {
    /// What it is.
    public var kind: MaterialKind
    /// Items handed out, set apart by a process that died, or given up in an agreement.
    public var usedCount: Int
    /// Items left.
    public var leftCount: Int
    /// Segment files that hold them.
    public var segmentCount: Int
    /// Bytes of these files.
    public var bytes: Int
  }

  /// Where the store is.
  public var directory: String
  /// What it is bound to; nil if it was destroyed and the catalogue cannot be read any more.
  public var header: StoreHeader?
  /// Where it is in its life.
  public var state: StoreState
  /// What the store would die of if its process ended now (or did).
  public var undecided: String?
  /// How often it was taken up.
  public var resumeCount: UInt64
  /// By kind, in a fixed order.
  public var kinds: [Kind]

  /// Bytes of all segment files.
  public var bytes: Int { kinds.reduce(0) { $0 + $1.bytes } }

  /// Reads a store's catalogue without any key, also while another process uses the store. Row seals are not checked
  /// here: that takes the store key, see ``PartyStore/verify()``.
  /// - Throws: `notAStore`, `damaged`, `io`.
  public static func read(directory: String) throws(StoreError) -> StoreInspection {
    let files = FileSystem()
    guard let keys = try SealedKeys.read(directory: directory, files: files) else {
      throw .notAStore(path: directory, reason: "it has no key file")
    }
    let content: Catalogue.Content
    do throws(StoreError) {
      let catalogue = try Catalogue.open(directory: directory, files: files, readOnly: true)
      content = try catalogue.content()
      catalogue.close()
    } catch {
      guard case .destroyed(let final) = keys else { throw error }
      return StoreInspection(
        directory: directory, header: nil, state: final, undecided: nil, resumeCount: 0, kinds: [])
    }
    var inspection = StoreInspection(directory: directory, content)
    if case .destroyed(let final) = keys {
      inspection.state = final
      inspection.undecided = nil
      for index in inspection.kinds.indices {
        inspection.kinds[index].usedCount += inspection.kinds[index].leftCount
        inspection.kinds[index].leftCount = 0
        inspection.kinds[index].segmentCount = 0
        inspection.kinds[index].bytes = 0
      }
    }
    return inspection
  }

}

extension StoreInspection {
  init(directory: String, _ content: Catalogue.Content) {
    let kinds: [Kind] = content.cursors.compactMap { cursor in
      guard let kind = cursor.code.kind else { return nil }
      let segments = content.segments.filter { $0.code == cursor.code }
      return Kind(
        kind: kind, usedCount: cursor.cursor, leftCount: cursor.end - cursor.cursor, segmentCount: segments.count,
        bytes: segments.reduce(0) { $0 + $1.fileBytes })
    }
    self.init(
      directory: directory, header: content.header, state: content.life.state, undecided: content.life.undecided,
      resumeCount: content.life.resumeCount, kinds: kinds)
  }
}

/// What a check of a whole store found in order.
public struct StoreVerification: Hashable, Sendable {
  /// Segment files read.
  public var segmentCount = 0
  /// Chunks that authenticated.
  public var chunkCount = 0
  /// Bytes read.
  public var bytes = 0
  /// Items that can still be handed out.
  public var leftCount = 0
}

extension PartyStore {
  /// Checks everything that is stored, without the other parties: every row's seal, every segment's length and header,
  /// every chunk's authentication, every element's range, and that the segments hold exactly what the cursors count.
  /// - Throws: `damaged` naming the first part that is wrong; `io`.
  public func verify() throws(StoreError) -> StoreVerification {
    try contents.withLock { (contents) throws(StoreError) in
      try requireAlive(contents)
      try catalogue.content().checkSeals(seal, path: directory)
      var result = StoreVerification()
      for (code, records) in contents.segments {
        guard let kind = code.kind else { continue }
        let layout = try SegmentLayout(kind, S.self, party: header.party)
        for record in records {
          let name = "segment \(record.number) (\(kind))"
          guard record.chunkItems == layout.chunkItems, record.itemBytes == layout.itemBytes else {
            throw .damaged(part: name, path: path(of: record.number), reason: "its items have another size")
          }
          result.chunkCount += try verify(record, layout)
          result.segmentCount += 1
          result.bytes += record.fileBytes
        }
      }
      for cursor in contents.cursors.values {
        var position = cursor.cursor
        for record in contents.segments[cursor.code] ?? [] where record.end > cursor.cursor {
          guard record.first <= position else { break }
          position = record.end
        }
        guard position == cursor.end || cursor.cursor == cursor.end else {
          throw .damaged(
            part: "the material of \(cursor.code.kind?.description ?? "unknown kind")", path: directory,
            reason: "the cursor counts to \(cursor.end), the segments end at \(position)")
        }
        result.leftCount += cursor.end - cursor.cursor
      }
      return result
    }
  }

  private func verify(_ record: SegmentRecord, _ layout: SegmentLayout) throws(StoreError) -> Int {
    let format = segmentFile(record)
    let file = try files.open(path(of: record.number))
    try format.check(file, files: files)
    let (cipher, codec) = (format.cipher(), ChunkCodec<S>(layout))
    for chunk in 0..<record.chunkCount {
      let bytes = try format.read(chunk, from: file, with: cipher, files: files)
      guard codec.isCanonical(bytes, items: format.place(of: chunk).items) else {
        throw .damaged(part: format.name(chunk), path: file.path, reason: "it holds values that are no field elements")
      }
    }
    return record.chunkCount
  }

  /// What the store says about itself, while it is open.
  public var inspection: StoreInspection {
    contents.withLock { contents in
      var content = Catalogue.Content(
        header: header, life: contents.life, cursors: contents.cursors.values.sorted { $0.code < $1.code },
        segments: Array(contents.segments.values.joined()), seals: [])
      for index in content.cursors.indices {
        if let kind = content.cursors[index].code.kind {
          content.cursors[index].cursor -= contents.stock.count(of: kind)
        }
      }
      return StoreInspection(directory: directory, content)
    }
  }
}
