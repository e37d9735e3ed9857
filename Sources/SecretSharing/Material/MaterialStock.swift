/// Material in memory, by kind, first in first out: what a generator made beyond a demand waits here for the next.
public struct MaterialStock<S: SharingScheme>: ~Copyable, Sendable {
  private struct Part: Sendable {
    let columns: [SharedVector<S>]
    let clear: [S.F]?
    let count: Int
    let highBoundBits: Int
  }

  /// Blocks as they came; the first `taken` items of the first one are gone.
  private struct Shelf: Sendable {
    var parts: [Part] = []
    var taken = 0
    var count: Int { parts.reduce(0) { $0 + $1.count } - taken }
  }

  private var shelves: [MaterialKind: Shelf] = [:]

  /// An empty stock.
  public init() {}

  /// How many items of `kind` are there.
  public func count(of kind: MaterialKind) -> Int { shelves[kind]?.count ?? 0 }

  /// What is there.
  public var contents: [MaterialKind: Int] { shelves.mapValues(\.count) }

  /// Adds a block behind what is there.
  public mutating func deposit(_ block: consuming MaterialBlock<S>) {
    guard block.count > 0 else { return }
    shelves[block.kind, default: Shelf()].parts.append(
      Part(columns: block.columns, clear: block.clear, count: block.count, highBoundBits: block.highBoundBits))
  }

  /// The oldest `count` items, or nil if there are fewer; they are gone from the stock.
  public mutating func take(_ kind: MaterialKind, count: Int) -> MaterialBlock<S>? {
    guard count >= 0, var shelf = shelves.removeValue(forKey: kind) else {
      return count == 0 ? Self.block(kind, []) : nil
    }
    guard shelf.count >= count else {
      shelves[kind] = shelf
      return nil
    }
    var pieces: [(Part, Range<Int>)] = []
    var missing = count
    var used = 0
    while missing > 0 {
      let part = shelf.parts[used]
      let length = min(missing, part.count - shelf.taken)
      pieces.append((part, shelf.taken..<(shelf.taken + length)))
      missing -= length
      shelf.taken += length
      if shelf.taken == part.count {
        used += 1
        shelf.taken = 0
      }
    }
    shelf.parts.removeFirst(used)
    if !shelf.parts.isEmpty { shelves[kind] = shelf }
    return Self.block(kind, pieces)
  }

  /// Forgets everything (abort).
  public mutating func removeAll() { shelves = [:] }

  private static func block(_ kind: MaterialKind, _ pieces: [(part: Part, range: Range<Int>)]) -> MaterialBlock<S> {
    let columns = kind.columnWidths.enumerated().map { column, width in
      let vectors = pieces.map { part, range in
        range.count == part.count
          ? part.columns[column] : part.columns[column][(range.lowerBound * width)..<(range.upperBound * width)]
      }
      return vectors.count == 1 ? vectors[0] : SharedVector.concatenate(vectors)
    }
    let hasClear = pieces.first.map { $0.part.clear != nil } ?? false
    return MaterialBlock(
      kind: kind, count: pieces.reduce(0) { $0 + $1.range.count }, columns: columns,
      clear: hasClear ? pieces.flatMap { part, range in part.clear.map { Array($0[range]) } ?? [] } : nil,
      highBoundBits: pieces.reduce(0) { max($0, $1.part.highBoundBits) })
  }
}
