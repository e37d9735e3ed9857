internal import FieldArithmetic
internal import MPCCore
internal import Foundation
internal import SecretSharing
internal import Synchronization

/// Writes the parties' shares as files of ``MPSPDZFormat``. The files hold key shares: mode 0600, and what is in them is
/// spent.
final class MPSPDZExport<F: PrimeField>: ShareSink {
  /// Where the files are: `DIR/<n>-p-<bits>`.
  let folder: String
  private let partyCount: Int
  private let files = Mutex<[String: FileHandle]>([:])

  /// Makes the folder; nothing there is overwritten.
  init(directory: String, partyCount: Int) throws(PrepError) {
    folder = "\(directory)/\(MPSPDZFormat<F>.folder(partyCount: partyCount))"
    self.partyCount = partyCount
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .cannotWrite(path: folder, reason: "the folder cannot be made")
    }
    try write(Array(MPSPDZFormat<F>.parameterText.utf8), to: "Params-Data") { [] }
  }

  func accept(_ shares: PartyShares<F>) throws(PrepError) {
    guard let keyShare = shares.keyShare else {
      throw .usage("MP-SPDZ's format holds shares with MACs; export material of the active scheme")
    }
    let (me, n) = (shares.party.index, partyCount)
    let name: String
    switch shares.kind {
    case .triples: name = "Triples-p-P\(me)"
    case .squares: name = "Squares-p-P\(me)"
    case .bits: name = "Bits-p-P\(me)"
    case .inputMasks(let owner): name = "Inputs-p-P\(me)-\(owner.index)"
    default: throw .usage("\(shares.kind) are not in MP-SPDZ's format; triples, squares, bits and inputs are")
    }
    let keyFile = "Player-MAC-Keys-p-P\(me)"
    if files.withLock({ $0[keyFile] == nil }) {
      try write(Array(MPSPDZFormat.keyText(keyShare, partyCount: n).utf8), to: keyFile) { [] }
    }
    try write(MPSPDZFormat.items(shares), to: name) { MPSPDZFormat.header(keyShare: keyShare) }
  }

  func finish() throws(PrepError) {
    for (name, file) in files.withLock({ $0 }) {
      do {
        try file.synchronize()
        try file.close()
      } catch {
        throw .cannotWrite(path: "\(folder)/\(name)", reason: "the disk may be full")
      }
    }
  }

  private func write(_ bytes: [UInt8], to name: String, header: () -> [UInt8]) throws(PrepError) {
    let path = "\(folder)/\(name)"
    try files.withLock { (files) throws(PrepError) in
      var start: [UInt8] = []
      if files[name] == nil {
        guard !FileManager.default.fileExists(atPath: path) else {
          throw .cannotWrite(path: path, reason: "exists already, material is never overwritten")
        }
        guard
          FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
          let handle = FileHandle(forWritingAtPath: path)
        else { throw .cannotWrite(path: path, reason: "the file cannot be made") }
        files[name] = handle
        start = header()
      }
      do {
        try files[name]?.write(contentsOf: Data(start + bytes))
      } catch {
        throw .cannotWrite(path: path, reason: "the disk may be full")
      }
    }
  }
}
