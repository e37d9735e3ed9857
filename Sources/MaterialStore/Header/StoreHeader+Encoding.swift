package import MPCCore
internal import SecretSharing

extension StoreHeader {
  /// The one encoding: fixed-width integers little endian, texts after their length.
  package var encoded: [UInt8] {
    var writer = WireWriter(byteCount: 256)
    writer.append(terms.protocolVersion)
    writer.append(text: terms.field)
    writer.append(terms.modulus)
    writer.append(UInt16(terms.partyCount))
    writer.append(terms.session.bytes)
    writer.append(UInt8(terms.mode == .active ? 1 : 0))
    writer.append(terms.parameterDigest)
    switch terms.trustModel {
    case .insecureDealer: writer.append(UInt8(0))
    case .dishonestMajorityPassive: writer.append(UInt8(1))
    case .dishonestMajorityActive(let assumption):
      writer.append(UInt8(2))
      writer.append(text: assumption)
    }
    writer.append(text: terms.masks)
    writer.append(UInt16(party.index))
    writer.append(generated)
    writer.append(identifier)
    writer.append(keyCommitment)
    return writer.finish()
  }

  /// Decodes ``encoded``.
  /// - Throws: a `WireError` for anything else.
  package init(decoding bytes: [UInt8]) throws(WireError) {
    var reader = WireReader(bytes)
    let version = try reader.integer(UInt32.self)
    let field = try reader.text()
    let modulus = try reader.integer(UInt128.self)
    let partyCount = Int(try reader.integer(UInt16.self))
    let session = SessionID(bytes: try reader.bytes(SessionID.byteCount))
    let mode: SecurityMode = try reader.integer(UInt8.self) == 1 ? .active : .passive
    let parameterDigest = try reader.bytes(32)
    let trustModel: TrustModel
    switch try reader.integer(UInt8.self) {
    case 0: trustModel = .insecureDealer
    case 1: trustModel = .dishonestMajorityPassive
    case 2: trustModel = .dishonestMajorityActive(assumption: try reader.text())
    default: throw .nonCanonical
    }
    let masks = try reader.text()
    let party = Int(try reader.integer(UInt16.self))
    guard (2...SecurityParameters.maximumPartyCount).contains(partyCount), (0..<partyCount).contains(party) else {
      throw .nonCanonical
    }
    self.init(
      terms: StoreTerms(
        protocolVersion: version, field: field, modulus: modulus, partyCount: partyCount, session: session, mode: mode,
        parameterDigest: parameterDigest, trustModel: trustModel, masks: masks),
      party: PartyID(party), generated: try reader.integer(), identifier: try reader.bytes(16),
      keyCommitment: try reader.bytes(32))
    guard reader.remaining == 0, encoded == bytes else { throw .nonCanonical }
  }
}

extension WireWriter {
  mutating func append(text: String) {
    let bytes = Array(text.utf8)
    append(UInt16(clamping: bytes.count))
    append(Array(bytes.prefix(Int(UInt16.max))))
  }
}

extension WireReader {
  mutating func text() throws(WireError) -> String {
    let count = Int(try integer(UInt16.self))
    guard let text = String(validating: try bytes(count), as: UTF8.self) else { throw .nonCanonical }
    return text
  }
}
