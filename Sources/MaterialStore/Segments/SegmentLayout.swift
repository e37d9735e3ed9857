internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing

/// Sizes of one kind's items in chunks and files.
///
/// A chunk is encrypted and authenticated on its own. It holds, for each column of the kind and each of the column's
/// components (value shares, then MAC shares), the elements of all its items, and at the end the clear values if this
/// party has them. All parties cut a kind into the same chunks.
struct SegmentLayout: Sendable {
  static let maximumChunkItems = 8192
  static let maximumItemBytes = 1 << 30
  private static let targetChunkBytes = 1 << 20

  let kind: MaterialKind
  let code: KindCode
  let widths: [Int]
  let componentCount: Int
  let elementBytes: Int
  let hasClear: Bool
  let itemBytes: Int
  let chunkItems: Int

  /// - Throws: `itemTooLarge`.
  init<S: SharingScheme>(_ kind: MaterialKind, _: S.Type, party: PartyID) throws(StoreError) {
    self.kind = kind
    code = KindCode(kind)
    widths = kind.columnWidths
    componentCount = SharedVector<S>(zeros: 0).components.count
    elementBytes = S.F.encodedByteCount
    hasClear = kind.hasClear(at: party)
    let elements = widths.reduce(0) { $0 + $1 } * componentCount
    let sharedBytes = elements * elementBytes
    itemBytes = sharedBytes + (hasClear ? elementBytes : 0)
    guard sharedBytes <= Self.maximumItemBytes - elementBytes else {
      throw .itemTooLarge(kind: kind.description, bytes: sharedBytes, limit: Self.maximumItemBytes)
    }
    // Without the clear values: the cut must not depend on the party.
    var items = Self.maximumChunkItems
    while items > 1 && items * sharedBytes > Self.targetChunkBytes { items /= 2 }
    chunkItems = items
  }

  /// How many items are set apart at once: whole chunks, at least 1,000 items unless an item is large.
  func reservation(for demand: Int) -> Int { max(demand, chunkItems) }

  /// Bytes of a segment file of `count` items.
  func fileBytes(count: Int) -> Int {
    SegmentFile.headerByteCount + count * itemBytes + (count + chunkItems - 1) / chunkItems * SegmentFile.tagByteCount
  }
}
