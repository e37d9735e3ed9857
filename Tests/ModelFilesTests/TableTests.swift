import ModelFiles
import Testing

@Suite("Tables")
struct TableTests {
  private func table(_ text: String) throws(ModelFileError) -> Table { try Table(Array(text.utf8), file: "t.csv") }

  @Test("quotes, doubled quotes, line breaks in cells and all line ends are read")
  func quoting() throws {
    let table = try table("a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\"two\nlines\",3\n\n,\n")
    #expect(table.columns == ["a", "b"])
    #expect(table.rows.map(\.cells) == [["x, y", "say \"hi\""], ["two\nlines", "3"], ["", ""]])
    #expect(table.rows.map(\.line) == [2, 3, 6])
    for row in table.rows {
      var text = DelimitedText(DelimitedText.line(row.cells), file: "again")
      #expect(try text.next()?.cells == row.cells)
    }
  }

  @Test("a header is told from numbers, and a line of another length from rows")
  func headers() throws {
    #expect(try table("1,2\n3,4\n").hasHeader == false)
    #expect(try table("a,b\n3,4\n").rows.count == 1)
    let wine = try table("178,13,class_0,class_1,class_2\n1,2\n3,4\n")
    #expect(wine.preamble?.count == 5)
    #expect(wine.rows.count == 2)
  }

  @Test(
    "rows of different length, quotes without an end and empty files are refused",
    arguments: [
      "a,b\n1,2\n3\n", "a,\"b\n", "a,\"b\"c\n", "", "\n\n",
    ])
  func malformed(text: String) {
    #expect(throws: ModelFileError.self) { try table(text) }
  }

  @Test("a summary counts numbers, missing cells and NaN")
  func summary() {
    let summary = ColumnSummary(name: "x", cells: ["1", " 2.5", "", "nan", "many", "1"])
    #expect(summary.count == 6)
    #expect(summary.missing == 1)
    #expect(summary.numbers == 3)
    #expect(summary.notFinite == 1)
    #expect([summary.minimum, summary.maximum, summary.mean] == [1, 2.5, 1.5])
    #expect(summary.distinct == 4)
    #expect(summary.frequent.first?.value == "1")
    #expect(summary.frequent.first?.count == 2)
  }

  @Test("a damaged table is refused or read, never trapped over")
  func damage() {
    damaged(Array("a,\"b\"\"\"\r\n\"c\",2\n".utf8)) { _ = try? Table($0, file: "t") }
  }
}
