import FieldArithmetic
import Foundation
import MPCCore
import SecretSharing
import Testing

@testable import BenchmarkKit

/// Files that MP-SPDZ wrote for two parties over p127, four items each: an oracle from outside.
@Suite("MP-SPDZ's format")
struct MPSPDZFormatTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Vectors/mp-spdz/2-p-127").path

  private static func file(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
  }

  static let files =
    ["Triples-p-P0", "Triples-p-P1", "Squares-p-P0", "Squares-p-P1", "Bits-p-P0", "Bits-p-P1"]
    + (0..<2).flatMap { me in (0..<2).map { "Inputs-p-P\(me)-\($0)" } }

  @Test(arguments: files) func decodedAndEncodedAgainAFileIsTheSame(name: String) throws {
    let bytes = try Self.file(name)
    let (keyShare, elements) = try MPSPDZFormat<P127>.decode(bytes, path: name)
    #expect(MPSPDZFormat.header(keyShare: keyShare) + MPSPDZFormat.elements(elements) == bytes)
  }

  @Test func textFilesAreTheSame() throws {
    #expect(Array(MPSPDZFormat<P127>.parameterText.utf8) == (try Self.file("Params-Data")))
    for party in 0..<2 {
      let keyShare = try MPSPDZFormat<P127>.decode(try Self.file("Bits-p-P\(party)"), path: "").keyShare
      let text = try Self.file("Player-MAC-Keys-p-P\(party)")
      #expect(Array(MPSPDZFormat.keyText(keyShare, partyCount: 2).utf8) == text)
    }
    #expect(MPSPDZFormat<P127>.folder(partyCount: 2) == "2-p-127")
  }

  /// One party's items of a sample file as a block.
  private static func shares(_ kind: MaterialKind, _ name: String, _ party: Int) throws -> PartyShares<P127> {
    let (keyShare, elements) = try MPSPDZFormat<P127>.decode(try file("\(name)-p-P\(party)" + suffix(kind)), path: name)
    let hasClear = kind.hasClear(at: PartyID(party))
    let width = 2 * kind.columnWidths.count + (hasClear ? 1 : 0)
    func column(_ index: Int) -> [P127] { stride(from: index, to: elements.count, by: width).map { elements[$0] } }
    let columns = kind.columnWidths.indices.map {
      SharedVector<AuthenticatedSharing<P127>>(components: [column(2 * $0), column(2 * $0 + 1)])
    }
    let block = MaterialBlock<AuthenticatedSharing<P127>>(
      kind: kind, count: elements.count / width, columns: columns, clear: hasClear ? column(width - 1) : nil)
    return PartyShares(block, party: PartyID(party), keyShare: keyShare)
  }

  private static func suffix(_ kind: MaterialKind) -> String {
    if case .inputMasks(let owner) = kind { "-\(owner.index)" } else { "" }
  }

  private static let kinds: [(kind: MaterialKind, name: String)] = [
    (.triples, "Triples"), (.squares, "Squares"), (.bits, "Bits"), (.inputMasks(PartyID(0)), "Inputs"),
    (.inputMasks(PartyID(1)), "Inputs"),
  ]

  @Test func theSampleSatisfiesItsRelationsAndMACs() throws {
    let check = ClearCheck<P127>(partyCount: 2)
    for (kind, name) in Self.kinds {
      for party in 0..<2 { try check.accept(try Self.shares(kind, name, party)) }
    }
    try check.finish()
    #expect(check.checkedCount == 5 * 4)
  }

  @Test func anExportOfTheSampleIsTheSampleByteForByte() throws {
    let output = FileManager.default.temporaryDirectory.appending(path: "spdz-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let export = try MPSPDZExport<P127>(directory: output, partyCount: 2)
    for (kind, name) in Self.kinds {
      for party in 0..<2 { try export.accept(try Self.shares(kind, name, party)) }
    }
    try export.finish()
    let expected = try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted()
    #expect(try FileManager.default.contentsOfDirectory(atPath: export.folder).sorted() == expected)
    #expect(expected.count == 13)
    for name in expected {
      #expect(Array(try Data(contentsOf: URL(filePath: "\(export.folder)/\(name)"))) == (try Self.file(name)))
    }
    #expect(throws: PrepError.self) { try MPSPDZExport<P127>(directory: output, partyCount: 2) }
  }

  @Test func brokenFilesAreRefused() throws {
    let bytes = try Self.file("Bits-p-P0")
    let large = bytes.dropLast(16) + [UInt8](repeating: 0xff, count: 16)
    var otherPrime = bytes
    otherPrime[21] ^= 1
    for broken in [Array(bytes.dropLast()), Array(large), otherPrime, Array(bytes.prefix(20)), []] {
      #expect(throws: PrepError.self) { try MPSPDZFormat<P127>.decode(broken, path: "Bits-p-P0") }
    }
  }

  @Test func theClearCheckSeesAWrongMACAndAWrongProduct() throws {
    let (first, second) = (
      try Self.shares(.triples, "Triples", 0), try Self.shares(.squares, "Squares", 0)
    )
    let crossed = ClearCheck<P127>(partyCount: 2)
    try crossed.accept(first)
    #expect(throws: PrepError.self) { try crossed.finish() }  // the other party's half is missing
    let wrong = ClearCheck<P127>(partyCount: 2)
    var columns = try Self.shares(.squares, "Squares", 1).columns
    columns[1][0][2] = columns[1][0][2] + .one
    let block = MaterialBlock<AuthenticatedSharing<P127>>(
      kind: .squares, count: 4, columns: columns.map { SharedVector(components: $0) })
    try wrong.accept(second)
    try wrong.accept(PartyShares(block, party: PartyID(1), keyShare: try Self.shares(.squares, "Squares", 1).keyShare))
    #expect(wrong.checkedCount == 0)
    let error = try #require(throws: PrepError.self) { try wrong.finish() }
    guard case .wrongMaterial(let faults) = error else { return #expect(Bool(false), "\(error)") }
    #expect(faults == ["squares: MACs of column 1", "squares: the relation"])
  }
}
