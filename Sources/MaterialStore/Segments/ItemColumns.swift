internal import FieldArithmetic
internal import SecretSharing

/// The columns of a block while it is read: room for all its items, filled from the front.
struct ItemColumns<S: SharingScheme> {
  private let layout: SegmentLayout
  private let count: Int
  private var columns: [[[S.F]]]
  private var clear: [S.F]
  private(set) var filled = 0
  var highBoundBits = 0

  init(_ layout: SegmentLayout, count: Int) {
    self.layout = layout
    self.count = count
    // Every element is written before `block()` lets them out; elements are bitwise copyable.
    func room(_ count: Int) -> [S.F] { S.F.uninitialized(count) { _ in } }
    columns = layout.widths.map { width in (0..<layout.componentCount).map { _ in room(count * width) } }
    clear = room(layout.hasClear ? count : 0)
  }

  /// Adds the items of a block.
  mutating func append(_ block: borrowing MaterialBlock<S>) {
    for (column, width) in layout.widths.enumerated() {
      for (component, values) in block.columns[column].components.enumerated() {
        Self.copy(values, into: &columns[column][component], at: filled * width)
      }
    }
    if let values = block.clear { Self.copy(values, into: &clear, at: filled) }
    highBoundBits = max(highBoundBits, block.highBoundBits)
    filled += block.count
  }

  private static func copy(_ values: [S.F], into target: inout [S.F], at start: Int) {
    target.replaceSubrange(start..<(start + values.count), with: values)
  }

  /// Adds items `items` of a chunk of `chunkItems`.
  /// - Returns: false if an element is not canonical.
  mutating func append(chunk bytes: [UInt8], chunkItems: Int, items: Range<Int>) -> Bool {
    guard !items.isEmpty else { return true }
    let byteSpan = bytes.span
    let raw = unsafe byteSpan.bytes
    var offset = 0
    var canonical = true
    for (column, width) in layout.widths.enumerated() {
      let size = width * layout.elementBytes
      for component in 0..<layout.componentCount {
        let part = raw.extracting((offset + items.lowerBound * size)..<(offset + items.upperBound * size))
        canonical = decode(part, into: &columns[column][component], at: filled * width) && canonical
        offset += chunkItems * size
      }
    }
    if layout.hasClear {
      let size = layout.elementBytes
      let part = raw.extracting((offset + items.lowerBound * size)..<(offset + items.upperBound * size))
      canonical = decode(part, into: &clear, at: filled) && canonical
    }
    filled += items.count
    return canonical
  }

  private func decode(_ bytes: RawSpan, into values: inout [S.F], at start: Int) -> Bool {
    var span = values.mutableSpan
    var room = span._mutatingExtracting(start..<(start + bytes.byteCount / layout.elementBytes))
    return S.F.decode(bytes, into: &room)
  }

  /// The block; all items have been filled in.
  consuming func block() -> MaterialBlock<S> {
    precondition(filled == count, "every item is filled in")
    return MaterialBlock(
      kind: layout.kind, count: count, columns: columns.map { SharedVector(components: $0) },
      clear: layout.hasClear ? clear : nil, highBoundBits: highBoundBits)
  }
}
