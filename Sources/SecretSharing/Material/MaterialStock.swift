/// Material in memory, by kind, first in first out: what a generator made beyond a demand waits here for the next.
public struct MaterialStock<S: SharingScheme>: ~Copyable, Sendable {
  private struct Shelf: Sendable {
    var columns: [SharedVector<S>] = []
    var clear: [S.F]?
    var taken = 0
    var count = 0
    var highBoundBits = 0
  }

  private var shelves: [MaterialKind: Shelf] = [:]

  /// An empty stock.
  public init() {}

  /// How many items of `kind` are there.
  public func count(of kind: MaterialKind) -> Int { shelves[kind].map { $0.count - $0.taken } ?? 0 }

  /// What is there.
  public var contents: [MaterialKind: Int] {
    shelves.mapValues { $0.count - $0.taken }.filter { $0.value > 0 }
  }

  /// Adds a block behind what is there.
  public mutating func deposit(_ block: consuming MaterialBlock<S>) {
    let kind = block.kind
    if let shelf = shelves.removeValue(forKey: kind), shelf.count > shelf.taken {
      let rest = Self.block(kind, shelf, shelf.taken..<shelf.count)
      shelves[kind] = Self.shelf(rest.appending(block))
    } else {
      shelves[kind] = Self.shelf(block)
    }
  }

  /// The oldest `count` items, or nil if there are fewer; they are gone from the stock.
  public mutating func take(_ kind: MaterialKind, count: Int) -> MaterialBlock<S>? {
    guard var shelf = shelves[kind], shelf.count - shelf.taken >= count, count >= 0 else { return nil }
    let block = Self.block(kind, shelf, shelf.taken..<(shelf.taken + count))
    shelf.taken += count
    shelves[kind] = shelf.taken == shelf.count ? nil : shelf
    return block
  }

  /// Forgets everything (abort).
  public mutating func removeAll() { shelves = [:] }

  private static func shelf(_ block: consuming MaterialBlock<S>) -> Shelf {
    Shelf(columns: block.columns, clear: block.clear, count: block.count, highBoundBits: block.highBoundBits)
  }

  private static func block(_ kind: MaterialKind, _ shelf: Shelf, _ range: Range<Int>) -> MaterialBlock<S> {
    if range == 0..<shelf.count {
      return MaterialBlock(
        kind: kind, count: range.count, columns: shelf.columns, clear: shelf.clear, highBoundBits: shelf.highBoundBits)
    }
    return MaterialBlock(
      kind: kind, count: range.count,
      columns: zip(shelf.columns, kind.columnWidths).map { column, width in
        column[(range.lowerBound * width)..<(range.upperBound * width)]
      },
      clear: shelf.clear.map { Array($0[range]) }, highBoundBits: shelf.highBoundBits)
  }
}
