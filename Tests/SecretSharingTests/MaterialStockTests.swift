import FieldArithmetic
import MPCCore
import SecretSharing
import Testing

@Suite("Blocks of material")
struct MaterialStockTests {
  private typealias S = AuthenticatedSharing<P61>

  private static func vector(_ range: Range<Int>) -> SharedVector<S> {
    let values = range.map { P61(UInt64($0)) }
    return SharedVector(values: values, tags: values.map { $0 * P61(7) })
  }

  @Test func aStockHandsOutItemsInTheOrderTheyCameAndEachOnce() {
    var stock = MaterialStock<S>()
    for start in [0, 10, 20] {
      stock.deposit(
        MaterialBlock(
          kind: .squares, count: 10,
          columns: [Self.vector(start..<(start + 10)), Self.vector((100 + start)..<(110 + start))]))
    }
    var seen: [P61] = []
    for count in [3, 12, 15] {
      guard let block = stock.take(.squares, count: count) else {
        Issue.record("the stock has enough")
        return
      }
      seen += block.columns[0].values
      #expect(block.columns[1].values == block.columns[0].values.map { $0 + P61(100) })
      #expect(block.columns[1].tags == block.columns[1].values.map { $0 * P61(7) })
    }
    #expect(seen == (0..<30).map { P61(UInt64($0)) })
    let more = stock.take(.squares, count: 1)
    let isEmpty = more == nil
    #expect(isEmpty)
  }

  @Test func aStockRefusesMoreThanItHasAndKeepsIt() {
    var stock = MaterialStock<S>()
    stock.deposit(MaterialBlock(kind: .bits, count: 4, columns: [Self.vector(0..<4)]))
    let tooMuch = stock.take(.bits, count: 5)
    let isRefused = tooMuch == nil
    #expect(isRefused)
    #expect(stock.count(of: .bits) == 4)
    #expect(stock.contents == [.bits: 4])
  }

  @Test func comparisonMasksAreRelaidFromItemsToMonomials() {
    let form = ComparisonMaskForm(lowBits: 3, highBits: 5, digitWidth: 2)  // 3 + 1 monomials
    let block = MaterialBlock<S>(
      kind: .comparisonMasks(form), count: 2, columns: [Self.vector(0..<8), Self.vector(8..<10)], highBoundBits: 9)
    let masks = block.comparisonMasks(form)
    #expect(masks.highBoundBits == 9)
    let (monomials, high) = masks.spend()
    #expect(monomials.values == [0, 4, 1, 5, 2, 6, 3, 7].map { P61(UInt64($0)) })
    #expect(high.values == [8, 9].map { P61(UInt64($0)) })
  }

  @Test func inputMasksKeepTheirClearValues() {
    var stock = MaterialStock<S>()
    let kind = MaterialKind.inputMasks(PartyID(0))
    for start in [0, 2] {
      let column = Self.vector(start..<(start + 2))
      stock.deposit(MaterialBlock(kind: kind, count: 2, columns: [column], clear: column.values))
    }
    guard let block = stock.take(kind, count: 3) else {
      Issue.record("the stock has enough")
      return
    }
    let (_, clear) = block.inputMasks().spend()
    #expect(clear == (0..<3).map { P61(UInt64($0)) })
  }
}
