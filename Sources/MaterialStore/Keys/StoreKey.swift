internal import Cryptography
internal import MPCCore

/// The key a party's stores are sealed under: 32 random bytes, kept beside the party's identity, never in a store.
///
/// A file of its own (`store.key`, mode 0600, in the identity's directory) and not derived from the private key: an
/// identity can be renewed without losing its stores, and the private key of the certificate signs and nothing else.
/// Whoever has a store's directory without this file learns sizes and counts, and nothing of the material.
public final class StoreKey: Sendable {
  /// Name of the file inside the identity's directory.
  public static let fileName = "store.key"

  private static let magic = Array("SPDZ store key 1".utf8)
  private let bytes: SecretBuffer<UInt8>
  /// Tells store keys apart; says nothing about the key.
  public let identifier: String

  private init(_ bytes: [UInt8]) {
    self.bytes = SecretBuffer(copying: bytes)
    identifier = PRG.deriveSeed(bytes, label: "store key identifier").prefix(8).hexadecimal
  }

  /// A key in memory only: stores sealed under it cannot be opened by another process.
  public static func generate() -> StoreKey { StoreKey(SystemRandom().seed(label: "store key")) }

  /// Loads the key of an identity's directory, or makes it if there is none.
  /// - Throws: `io`, `readableByOthers`, `damaged`.
  public static func loadOrCreate(identityDirectory: String) throws(StoreError) -> StoreKey {
    let files = FileSystem()
    let path = identityDirectory + "/" + fileName
    if try files.status(path) != nil { return try load(identityDirectory: identityDirectory) }
    try files.makeDirectory(identityDirectory)
    let key = generate()
    // Made under another name and linked to its own: a killed process leaves no half key.
    let temporary = path + ".\(SystemRandom().seed(label: "name").prefix(6).hexadecimal)"
    do throws(StoreError) {
      let file = try files.create(temporary)
      try key.withBytes { bytes throws(StoreError) in try files.write(magic + bytes, to: file, at: 0) }
      try files.sync(file)
      try files.rename(temporary, to: path, replacing: false)
      try files.syncDirectory(identityDirectory)
    } catch .exists {
      // Another process was faster: its key counts.
      try? files.unlink(temporary)
      return try load(identityDirectory: identityDirectory)
    } catch {
      try? files.unlink(temporary)
      throw error
    }
    return key
  }

  /// Loads the key of an identity's directory.
  /// - Throws: `io`, `readableByOthers`, `damaged`.
  public static func load(identityDirectory: String) throws(StoreError) -> StoreKey {
    let files = FileSystem()
    let path = identityDirectory + "/" + fileName
    if let status = try files.status(path), !SecurityCheck.storeKeyFileMode.holds(status.mode & 0o077 == 0) {
      throw .readableByOthers(path: path, mode: status.mode)
    }
    let file = try files.open(path)
    let count = magic.count + PRG.seedByteCount
    guard let content = try files.read(count, from: file, at: 0), content.starts(with: magic),
      try files.status(path)?.bytes == count
    else { throw .damaged(part: "the store key", path: path, reason: "it is not a store key file") }
    return StoreKey(Array(content.dropFirst(magic.count)))
  }

  /// Lends the key; the copy made for it is short-lived.
  func withBytes<R, E: Error>(_ body: ([UInt8]) throws(E) -> R) throws(E) -> R {
    try bytes.withSpan { (span) throws(E) in try body(span.indices.map { span[$0] }) }
  }
}

extension Sequence where Element == UInt8 {
  /// Two digits a byte.
  var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
