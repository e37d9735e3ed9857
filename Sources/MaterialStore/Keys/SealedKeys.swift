internal import Cryptography
internal import Glibc
internal import MPCCore

/// The file `keys`: data key and MAC key share sealed under the party's store key, or what is left after destruction.
///
/// One disk sector outside the catalogue, so that destroying it is one overwrite in place and one sync: no copy is left
/// in journals, free pages or write-ahead logs of a database. Everything else in the store is encrypted under the data
/// key. What no program can promise: solid-state disks and copy-on-write file systems (btrfs, ZFS, snapshots) keep old
/// blocks for a while; there the store key has to be destroyed too.
struct SealedKeys {
  static let fileName = "keys"
  private static let byteCount = 512
  private static let liveMagic = Array("SPDZ sealed keys 2......".utf8)
  private static let deadMagic = Array("SPDZ destroyed store 1..".utf8)
  private static let identifierByteCount = 16

  /// What the file says.
  enum Content {
    case live(SealedBlob)
    case destroyed(StoreState)
  }

  /// Sealed keys, not opened yet.
  struct SealedBlob {
    var storeKeyIdentifier: String
    var nonce: [UInt8]
    var sealed: [UInt8]
  }

  /// The secrets.
  struct Keys {
    /// Encrypts the material.
    var dataKey: [UInt8]
    /// Salt of the commitment to the key share.
    var salt: [UInt8]
    /// α_i, encoded; empty in the passive scheme.
    var keyShare: [UInt8]
    /// This party's shares of the key witness, value share first, encoded; empty if there is none.
    var witness: [UInt8]

    /// What the header says about α_i.
    func commitment(identifier: [UInt8]) -> [UInt8] {
      var hash = SHA256()
      hash.update(text: "MAC key share/v1")
      hash.update(identifier)
      hash.update(lengthPrefixed: keyShare)
      hash.update(salt)
      return hash.finalize()
    }
  }

  // MARK: Life

  /// Writes the file; the last step of making a store.
  static func write(_ keys: Keys, header: StoreHeader, under storeKey: StoreKey, directory: String, files: FileSystem)
    throws(StoreError)
  {
    let nonce = Array(SystemRandom().seed(label: "seal of keys").prefix(AuthenticatedCipher.nonceByteCount))
    let (share, witness) = (keys.keyShare, keys.witness)
    let plain = keys.dataKey + keys.salt + [UInt8(share.count)] + share + [UInt8(witness.count)] + witness
    let sealed = storeKey.withBytes { key in
      AuthenticatedCipher(key: key).sealed(plain, nonce: nonce, associated: associated(header))
    }
    var content = liveMagic + Array(storeKey.identifier.utf8) + nonce + [UInt8(sealed.count)] + sealed
    content += [UInt8](repeating: 0, count: byteCount - content.count)
    let path = directory + "/" + fileName
    let temporary = path + ".new"
    try files.unlink(temporary)
    let file = try files.create(temporary)
    try files.write(content, to: file, at: 0)
    try files.sync(file)
    try files.rename(temporary, to: path, replacing: true)
    try files.syncDirectory(directory)
  }

  /// Reads the file; nil if there is none.
  static func read(directory: String, files: FileSystem) throws(StoreError) -> Content? {
    let path = directory + "/" + fileName
    guard let status = try files.status(path) else { return nil }
    guard SecurityCheck.sealedKeysFileMode.holds(status.mode & 0o077 == 0) else {
      throw .readableByOthers(path: path, mode: status.mode)
    }
    let file = try files.open(path)
    guard let content = try files.read(byteCount, from: file, at: 0) else {
      throw .damaged(part: "the key file", path: path, reason: "it is \(status.bytes) bytes long, not \(byteCount)")
    }
    let rest = Array(content.dropFirst(liveMagic.count))
    do throws(WireError) {
      var reader = WireReader(rest)
      if content.starts(with: deadMagic) {
        let date = try reader.integer(Int64.self)
        let isSpent = try reader.integer(UInt8.self) == 1
        let reason = try reader.text()
        return .destroyed(isSpent ? .spent(reason: reason, date: date) : .aborted(reason: reason, date: date))
      }
      guard content.starts(with: liveMagic) else { throw .nonCanonical }
      let identifier = String(decoding: try reader.bytes(identifierByteCount), as: UTF8.self)
      let nonce = try reader.bytes(AuthenticatedCipher.nonceByteCount)
      let sealed = try reader.bytes(Int(try reader.integer(UInt8.self)))
      return .live(SealedBlob(storeKeyIdentifier: identifier, nonce: nonce, sealed: sealed))
    } catch {
      throw .damaged(
        part: "the key file", path: path,
        reason: "it holds neither keys nor the note of their destruction; stores of other versions are not read")
    }
  }

  /// Opens the sealed keys.
  /// - Throws: `wrongStoreKey`; `damaged` if seal, header or commitment do not fit together.
  static func open(_ blob: SealedBlob, header: StoreHeader, under storeKey: StoreKey, directory: String)
    throws(StoreError) -> Keys
  {
    guard SecurityCheck.storeKeyIdentifier.holds(blob.storeKeyIdentifier == storeKey.identifier) else {
      throw .wrongStoreKey(
        path: directory, keyIdentifier: storeKey.identifier, storeIdentifier: blob.storeKeyIdentifier)
    }
    let plain = storeKey.withBytes { key in
      AuthenticatedCipher(key: key).opened(blob.sealed, nonce: blob.nonce, associated: associated(header))
    }
    guard let keys = plain.flatMap(decode) else {
      throw .damaged(
        part: "key file or header", path: directory,
        reason: "they were not written together: one is of another store, or was changed")
    }
    guard
      SecurityCheck.storedKeyCommitment.holds(keys.commitment(identifier: header.identifier) == header.keyCommitment)
    else {
      throw .damaged(part: "the MAC key share", path: directory, reason: "it is not the one the header commits to")
    }
    return keys
  }

  /// What ``write(_:header:under:directory:files:)`` seals; nil if it is something else.
  private static func decode(_ plain: [UInt8]) -> Keys? {
    var reader = WireReader(plain)
    do throws(WireError) {
      let keys = Keys(
        dataKey: try reader.bytes(32), salt: try reader.bytes(32),
        keyShare: try reader.bytes(Int(try reader.integer(UInt8.self))),
        witness: try reader.bytes(Int(try reader.integer(UInt8.self))))
      return reader.remaining == 0 ? keys : nil
    } catch {
      return nil
    }
  }

  /// Overwrites the keys in place, durably, by a note of the final state.
  static func destroy(_ final: StoreState, directory: String, files: FileSystem) throws(StoreError) {
    let (reason, date, isSpent): (String, Int64, UInt8) =
      switch final {
      case .aborted(let reason, let date): (reason, date, 0)
      case .spent(let reason, let date): (reason, date, 1)
      case .generating, .ready, .inUse, .suspended: ("", 0, 0)
      }
    var writer = WireWriter(byteCount: byteCount)
    writer.append(deadMagic)
    writer.append(date)
    writer.append(isSpent)
    writer.append(text: String(reason.unicodeScalars.prefix(100)))
    writer.append([UInt8](repeating: 0, count: byteCount - writer.count))
    let note = writer.finish()
    let path = directory + "/" + fileName
    let file = try files.open(path, writing: true)
    try files.write(note, to: file, at: 0, as: .overwrite)
    try files.sync(file)
  }

  private static func associated(_ header: StoreHeader) -> [UInt8] {
    SecurityCheck.storedKeyHeader.isKept ? liveMagic + header.digest : liveMagic
  }
}
