internal import FieldArithmetic
internal import SecretSharing

/// Field elements to and from the bytes of a chunk; whole vectors at a time.
struct ChunkCodec<S: SharingScheme> {
  private let layout: SegmentLayout

  init(_ layout: SegmentLayout) { self.layout = layout }

  /// The bytes of items `items` of a block, with room for the tag.
  /// - Parameter columns: for each column its components.
  func encode(_ columns: [[[S.F]]], clear: [S.F]?, items: Range<Int>) -> [UInt8] {
    let count = items.count * layout.itemBytes
    return unsafe [UInt8](unsafeUninitializedCapacity: count + SegmentFile.tagByteCount) { buffer, initialized in
      var raw = unsafe UnsafeMutableRawBufferPointer(buffer).mutableBytes
      var offset = 0
      for (column, width) in zip(columns, layout.widths) {
        for component in column {
          append(component, (items.lowerBound * width)..<(items.upperBound * width), to: &raw, at: &offset)
        }
      }
      if let clear { append(clear, items, to: &raw, at: &offset) }
      for index in 0..<SegmentFile.tagByteCount {
        raw.storeBytes(of: 0, toByteOffset: count + index, as: UInt8.self)
      }
      initialized = count + SegmentFile.tagByteCount
    }
  }

  private func append(_ values: [S.F], _ range: Range<Int>, to raw: inout MutableRawSpan, at offset: inout Int) {
    let end = offset + range.count * layout.elementBytes
    var part = raw._mutatingExtracting(offset..<end)
    S.F.encode(values.span.extracting(range), into: &part)
    offset = end
  }

  /// Whether every element of a whole chunk is below p.
  func isCanonical(_ bytes: [UInt8], items: Int) -> Bool {
    let byteSpan = bytes.span
    let raw = unsafe byteSpan.bytes
    let content = raw.extracting(0..<(items * layout.itemBytes))
    var values = S.F.filled(content.byteCount / layout.elementBytes, with: .zero)
    var span = values.mutableSpan
    return S.F.decode(content, into: &span)
  }
}
