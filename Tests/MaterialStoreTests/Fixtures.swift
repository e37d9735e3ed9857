import Cryptography
import FieldArithmetic
import Foundation
import MPCCore
import SecretSharing
import Testing

@testable import MaterialStore

typealias Active = AuthenticatedSharing<P127>
typealias Passive = AdditiveSharing<P61>

/// A directory that is removed at the end of a test.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  func copy(_ name: String, to copy: String) throws {
    try? FileManager.default.removeItem(atPath: self(copy))
    try FileManager.default.copyItem(atPath: self(name), toPath: self(copy))
  }

  func segments(of name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: self(name)).filter { $0.hasPrefix("segment-") }.sorted()
  }
}

let session = SessionID(bytes: [UInt8](repeating: 9, count: 32))
let parameterDigest = [UInt8](repeating: 4, count: 32)
let alpha: UInt64 = 123_456_789

func terms<S: SharingScheme>(_: S.Type, parties: Int = 2) -> StoreTerms {
  StoreTerms(
    S.self, partyCount: parties, session: session, parameterDigest: parameterDigest,
    trustModel: S.mode == .active ? .dishonestMajorityActive(assumption: "test") : .dishonestMajorityPassive,
    masks: "bounded")
}

func makeStore<S: SharingScheme>(
  _: S.Type, _ directory: String, party: Int = 0, parties: Int = 2, under key: StoreKey,
  files: FileSystem = FileSystem()
) throws(StoreError) -> PartyStore<S> {
  try PartyStore<S>.create(
    directory: directory, terms: terms(S.self, parties: parties), party: PartyID(party), keyShare: S.F(alpha),
    under: key, files: files)
}

func openStore<S: SharingScheme>(
  _: S.Type, _ directory: String, expecting: StoreExpectation = StoreExpectation(), under key: StoreKey,
  files: FileSystem = FileSystem()
) throws(StoreError) -> PartyStore<S> {
  try PartyStore<S>.open(directory: directory, expecting: expecting, under: key, files: files)
}

/// Items numbered from `first`: every element of item i is a function of i and of its place, so that reuse shows.
func numbered<S: SharingScheme>(_ kind: MaterialKind, _: S.Type, from first: Int, count: Int, party: Int = 0)
  -> MaterialBlock<S>
{
  let componentCount = S.mode == .active ? 2 : 1
  let columns = kind.columnWidths.enumerated().map { column, width in
    SharedVector<S>(
      components: (0..<componentCount).map { component in
        (0..<(count * width)).map { index in
          S.F(UInt64(first * width + index) << 8 | UInt64(column << 4 | component))
        }
      })
  }
  let clear = kind.hasClear(at: PartyID(party)) ? (0..<count).map { S.F(UInt64(first + $0) << 8 | 0xff) } : nil
  return MaterialBlock(kind: kind, count: count, columns: columns, clear: clear, highBoundBits: 0)
}

/// The numbers of the items of a block; nil if anything in it is not what ``numbered`` made.
func numbers<S: SharingScheme>(_ block: consuming MaterialBlock<S>) -> [Int]? {
  let (kind, count) = (block.kind, block.count)
  let columns = block.columns.map(\.components)
  let widths = kind.columnWidths
  let items = (0..<count).map { Int(columns[0][0][$0 * widths[0]].canonical >> 8) / widths[0] }
  for (column, width) in widths.enumerated() {
    for (component, values) in columns[column].enumerated() {
      for (position, item) in items.enumerated() {
        for index in 0..<width {
          let expected = UInt128(item * width + index) << 8 | UInt128(column << 4 | component)
          if values[position * width + index].canonical != expected { return nil }
        }
      }
    }
  }
  if let clear = block.clear {
    for (value, item) in zip(clear, items) where value.canonical != UInt128(item) << 8 | 0xff { return nil }
  }
  return items
}

/// The error a call throws.
func failure(_ body: () throws -> Void) -> StoreError? {
  do { try body() } catch { return error as? StoreError }
  return nil
}
