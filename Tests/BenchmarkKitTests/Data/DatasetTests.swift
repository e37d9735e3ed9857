import Testing

@testable import BenchmarkKit

@Suite("Data sets")
struct DatasetTests {
  private func specification(
    header: Bool = false, label: DatasetSpecification.LabelColumn = .last, delimiter: String = ","
  )
    -> DatasetSpecification
  {
    DatasetSpecification(
      path: "d.csv", sha256: "", header: header, label: label, delimiter: delimiter, classes: 2, testFraction: 0.5,
      clip: 0)
  }

  private func message(_ text: String, _ specification: DatasetSpecification) -> String {
    do throws(DataError) {
      let data = try Dataset.parse(Array(text.utf8), specification, file: "d.csv")
      return "\(data.rowCount)x\(data.featureCount)"
    } catch {
      return error.description
    }
  }

  @Test func `header, label column, delimiter and line ends are as described`() throws {
    let data = try Dataset.parse(
      Array("a;b;c\r\n1; 2.5;-3\r\n0;4;5e-1\r\n".utf8), specification(header: true, label: .first, delimiter: ";"),
      file: "d.csv")
    #expect(data.labels == [1, 0])
    #expect(data.features == [2.5, -3, 4, 0.5])
    #expect(data.featureNames == ["x1", "x2"])
  }

  @Test func `each kind of broken data is named with line and column`() {
    #expect(
      message("1,2,0\n1,0\n", specification())
        == "d.csv:2: 2 columns where 3 are expected; correct the line or dataset.delimiter")
    #expect(
      message("a,b,c\n1,2,0\n", specification())
        == "d.csv:1: column 1: \"a\" is not a finite number; correct the cell or set dataset.header to true")
    #expect(
      message("1,2,0\n1,-1e300,0\n", specification())
        == "d.csv:2: column 2: -1e300 is not inside ±1e100; correct the cell or rescale the column")
    for text in ["nan", "inf", "-Infinity", "", "1e999"] {
      #expect(
        message("1,2,0\n1,\(text),0\n", specification())
          == "d.csv:2: column 2: \"\(text)\" is not a finite number; correct the cell")
    }
    for label in ["2", "-1", "0.5"] {
      #expect(
        message("1,2,\(label)\n", specification())
          == "d.csv:1: label \(label) is not a whole number in 0…1; correct dataset.label, dataset.classes or the line")
    }
    #expect(message("\n\n", specification()) == "d.csv: no data rows; check the file and dataset.header")
    #expect(message("1\n", specification()).hasPrefix("d.csv:1: 1 columns where 2 are expected"))
  }

  @Test func `rows of named owners are read, others left out`() throws {
    var wanted = specification(header: true)
    wanted.owners = OwnerColumn(column: "bank", values: ["B, Ltd", "A"])
    let text = "x,bank,y,label\n1,A,2,0\n3,\"B, Ltd\",4,1\n-,C,-,-\n5, A ,6,1\n"
    let data = try Dataset.parse(Array(text.utf8), wanted, file: "d.csv")
    #expect(data.owners == [1, 0, 1] && data.labels == [0, 1, 1] && data.features == [1, 2, 3, 4, 5, 6])
    #expect(data.featureNames == ["x", "y"] && data.selecting([1]).owners == [0])
    #expect(message("x,bank,y,label\n1,A,2,0\n", wanted).contains("no row has \"B, Ltd\" in column bank"))
    #expect(message("x,b,y,label\n1,A,2,0\n", wanted).contains("no column \"bank\" in the header"))
    #expect(message("x,bank,y,label\n1,A,0\n", wanted).contains("3 columns where 4 are expected"))
    #expect(message("x,bank,y,label\n1,A,?,0\n", wanted).contains("column 3: \"?\" is not a finite number"))
    #expect(message("x,bank,y,label\n1,A,2,2\n", wanted).contains("label 2 is not a whole number"))
  }

  @Test func `owners need a header and differ`() {
    let dataset = #""path": "data.csv", "classes": 2"#
    func message(_ more: String) -> String { loadingMessage(replacing: dataset, with: dataset + more) }
    #expect(message(#", "owners": {"column": "o", "values": ["a"]}"#).contains("set header to true"))
    #expect(message(#", "header": true, "owners": {"column": "o", "values": ["a", "a"]}"#).contains("\"a\""))
    #expect(message(#", "header": true, "owners": {"column": "o", "values": ["a", 2]}"#).contains("non-empty strings"))
    #expect(message(#", "header": true, "owners": {"column": "o", "values": ["a", "b"]}"#) == "no error")
  }

  @Test func `a missing file and a wrong checksum are named`() {
    var wanted = DatasetSpecification(
      path: "none.csv", sha256: "", header: false, label: .last, delimiter: ",", classes: 2, testFraction: 0.5, clip: 0)
    #expect(throws: DataError.unreadable(file: "nowhere/none.csv", reason: "no such file")) {
      try Dataset.load(wanted, relativeTo: "nowhere")
    }
    wanted.path = "Data/digits.csv"
    wanted.sha256 = String(repeating: "0", count: 64)
    let file = "\(benchmarksFolder)/Data/digits.csv"
    #expect(
      throws: DataError.checksumMismatch(
        file: file, expected: wanted.sha256,
        found: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8")
    ) {
      try Dataset.load(wanted, relativeTo: benchmarksFolder)
    }
  }

  @Test func `the split depends on the seed only and loses no row`() throws {
    let data = Dataset(
      file: "d.csv", featureNames: ["x1"], features: (0..<100).map(Double.init), labels: (0..<100).map { $0 % 2 },
      classCount: 2)
    let (train, test) = try data.split(testFraction: 0.3, seed: 5)
    let again = try data.split(testFraction: 0.3, seed: 5)
    let other = try data.split(testFraction: 0.3, seed: 6)
    #expect(test.rowCount == 30)
    #expect(Set(train.features + test.features).count == 100)
    #expect(again.test == test)
    #expect(other.test != test)
    #expect(zip(test.features, test.labels).allSatisfy { Int($0) % 2 == $1 })
    #expect(throws: DataError.tooFewRows(file: "d.csv", rows: 1, testFraction: 0.3)) {
      try data.selecting([0]).split(testFraction: 0.3, seed: 5)
    }
  }

  @Test func `standardisation is fitted on the training part only`() {
    let train = Dataset(
      file: "d.csv", featureNames: ["x1", "x2"], features: [1, 7, 3, 7], labels: [0, 1], classCount: 2)
    let map = Standardization(fitting: train)
    #expect(map.means == [2, 7])
    #expect(map.deviations == [1, 1])
    let test = Dataset(file: "d.csv", featureNames: ["x1", "x2"], features: [12, 9], labels: [0], classCount: 2)
    #expect(map.applied(to: test).features == [10, 2])
  }

  @Test func `a feature outside the fixed-point range is named with its value`() {
    let data = Dataset(
      file: "d.csv", featureNames: ["x1", "x2"], features: [0, 0, 0, 40_000], labels: [0, 1], classCount: 2)
    #expect(
      throws: DataError.featureOutOfRange(file: "d.csv", feature: "x2", row: 2, value: 40_000, limit: 16)
    ) {
      try data.requireEncodable(FixedPointSettings(f: 16, k: 32, s: 40))
    }
    #expect(throws: Never.self) { try data.requireEncodable(FixedPointSettings(featureBits: 40)) }
  }
}

/// The folder of the committed data, from the place of this file.
let benchmarksFolder: String = {
  let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  return parts.dropLast(4).joined(separator: "/") + "/Benchmarks"
}()
