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

  /// Decodes items `items` of a chunk of `chunkItems` into the columns, from position `target` on.
  /// - Returns: false if an element is not canonical.
  func decode(
    _ bytes: [UInt8], chunkItems: Int, items: Range<Int>, into columns: inout [[[S.F]]], clear: inout [S.F],
    at target: Int
  ) -> Bool {
    let byteSpan = bytes.span
    let raw = unsafe byteSpan.bytes
    var offset = 0
    var canonical = true
    for (column, width) in layout.widths.enumerated() {
      let size = width * layout.elementBytes
      for component in 0..<layout.componentCount {
        let part = raw.extracting((offset + items.lowerBound * size)..<(offset + items.upperBound * size))
        canonical = decode(part, into: &columns[column][component], at: target * width) && canonical
        offset += chunkItems * size
      }
    }
    if layout.hasClear {
      let size = layout.elementBytes
      let part = raw.extracting((offset + items.lowerBound * size)..<(offset + items.upperBound * size))
      canonical = decode(part, into: &clear, at: target) && canonical
    }
    return canonical
  }

  /// Whether every element of a whole chunk is below p.
  func isCanonical(_ bytes: [UInt8], items: Int) -> Bool {
    let byteSpan = bytes.span
    let raw = unsafe byteSpan.bytes
    let content = raw.extracting(0..<(items * layout.itemBytes))
    var values = S.F.filled(content.byteCount / layout.elementBytes, with: .zero)
    return decode(content, into: &values, at: 0)
  }

  private func decode(_ bytes: RawSpan, into values: inout [S.F], at start: Int) -> Bool {
    var span = values.mutableSpan
    var room = span._mutatingExtracting(start..<(start + bytes.byteCount / layout.elementBytes))
    return S.F.decode(bytes, into: &room)
  }
}
