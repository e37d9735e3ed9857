public import LatticeEncryption
public import MPCCore

/// A role whose keys others reply under; replies of the two roles are different messages.
public protocol ReplyingRole: KeyRole {
  /// Step of a reply in the protocol.
  static var replyStep: StepLabel { get }
  /// Kind of a reply in frames.
  static var replyKind: MessageKind { get }
  /// Step and kind of the public key.
  static var publicKeyStep: StepLabel { get }
  /// Kind of the public key in frames.
  static var publicKeyKind: MessageKind { get }
  /// Step of the key proof.
  static var keyProofStep: StepLabel { get }
  /// Kind of the key proof in frames.
  static var keyProofKind: MessageKind { get }
}

extension EpochKey: ReplyingRole {
  public static var replyStep: StepLabel { StepLabel("LowGear.Product", 4) }
  public static var replyKind: MessageKind { MessageKind(library: 0x145) }
  public static var publicKeyStep: StepLabel { StepLabel("LowGear.EpochKey", 1) }
  public static var publicKeyKind: MessageKind { MessageKind(library: 0x141) }
  public static var keyProofStep: StepLabel { StepLabel("LowGear.EpochKey", 2) }
  public static var keyProofKind: MessageKind { MessageKind(library: 0x142) }
}

extension SessionKey: ReplyingRole {
  public static var replyStep: StepLabel { StepLabel("LowGear.Authenticate", 3) }
  public static var replyKind: MessageKind { MessageKind(library: 0x148) }
  public static var publicKeyStep: StepLabel { StepLabel("LowGear.SessionKey", 1) }
  public static var publicKeyKind: MessageKind { MessageKind(library: 0x146) }
  public static var keyProofStep: StepLabel { StepLabel("LowGear.SessionKey", 2) }
  public static var keyProofKind: MessageKind { MessageKind(library: 0x147) }
}

/// b of a public key; its a is expanded from the coin by everybody.
public struct PublicKeyMessage<Role: ReplyingRole>: Message {
  /// What a receiver knows: the set, and the a of the sender's key.
  public struct Shape: Sendable {
    let parameters: Parameters
    let a: Poly<Evaluations>
  }

  public static var step: StepLabel { Role.publicKeyStep }
  public static var kind: MessageKind { Role.publicKeyKind }
  /// The key.
  public var key: PublicKey<Role>
  let parameters: Parameters
  public var shape: Shape { Shape(parameters: parameters, a: key.a) }
  init(_ key: PublicKey<Role>, _ parameters: Parameters) {
    self.key = key
    self.parameters = parameters
  }
  public static func encodedByteCount(_ shape: Shape) -> Int { PublicKey<Role>.encodedByteCount(shape.parameters) }
  public func encode(into writer: inout WireWriter) { key.encode(into: &writer, parameters) }
  public init(from reader: inout WireReader, shape: Shape) throws(WireError) {
    self.init(try PublicKey(from: &reader, shape.parameters, a: shape.a), shape.parameters)
  }
}

/// A proof: bytes whose number the parameters fix and which a verifier decodes.
public protocol ProofMessage: Message where Shape == Int {
  /// The encoded proof, untrusted.
  var bytes: [UInt8] { get set }
  /// Wraps an encoded proof.
  init(bytes: [UInt8])
}

extension ProofMessage {
  /// Length of the proof.
  public var shape: Int { bytes.count }
  /// As long as it says.
  public static func encodedByteCount(_ shape: Int) -> Int { shape }
  /// As it is.
  public func encode(into writer: inout WireWriter) { writer.append(bytes) }
  /// As it is.
  public init(from reader: inout WireReader, shape: Int) throws(WireError) {
    self.init(bytes: try reader.bytes(shape))
  }
}

/// The key proof.
public struct KeyProofMessage<Role: ReplyingRole>: ProofMessage {
  public static var step: StepLabel { Role.keyProofStep }
  public static var kind: MessageKind { Role.keyProofKind }
  public var bytes: [UInt8]
  public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// An encrypted operand, before its proof.
public struct OperandMessage: Message {
  public static var step: StepLabel { StepLabel("LowGear.Operand", 1) }
  public static var kind: MessageKind { MessageKind(library: 0x143) }
  /// The ciphertext as it came.
  public var ciphertext: Ciphertext<EpochKey>
  public var shape: Parameters
  init(_ ciphertext: Ciphertext<EpochKey>, _ parameters: Parameters) {
    self.ciphertext = ciphertext
    shape = parameters
  }
  public static func encodedByteCount(_ shape: Parameters) -> Int { Ciphertext<EpochKey>.encodedByteCount(shape) }
  public func encode(into writer: inout WireWriter) { ciphertext.encode(into: &writer, shape) }
  public init(from reader: inout WireReader, shape: Parameters) throws(WireError) {
    self.init(try Ciphertext(from: &reader, shape), shape)
  }
}

/// The proof that the operands just sent are well-formed encryptions of plaintexts their sender knows.
public struct OperandProofMessage: ProofMessage {
  public static var step: StepLabel { StepLabel("LowGear.Operand", 2) }
  public static var kind: MessageKind { MessageKind(library: 0x144) }
  public var bytes: [UInt8]
  public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// An operand of the passive scheme: half the bytes, nothing to prove.
public struct SeededOperandMessage: Message {
  public static var step: StepLabel { StepLabel("LowGear.Operand", 1) }
  public static var kind: MessageKind { MessageKind(library: 0x149) }
  /// The ciphertext with the seed of its second half.
  public var ciphertext: SeededCiphertext<EpochKey>
  public var shape: Parameters
  init(_ ciphertext: SeededCiphertext<EpochKey>, _ parameters: Parameters) {
    self.ciphertext = ciphertext
    shape = parameters
  }
  public static func encodedByteCount(_ shape: Parameters) -> Int { SeededCiphertext<EpochKey>.encodedByteCount(shape) }
  public func encode(into writer: inout WireWriter) { ciphertext.encode(into: &writer, shape) }
  public init(from reader: inout WireReader, shape: Parameters) throws(WireError) {
    self.init(try SeededCiphertext(from: &reader, shape), shape)
  }
}

/// E_i, the encryption of a MAC key share.
public struct MACKeyMessage: Message {
  public static var step: StepLabel { StepLabel("LowGear.MACKey", 1) }
  public static var kind: MessageKind { MessageKind(library: 0x14a) }
  /// The ciphertext as it came.
  public var ciphertext: Ciphertext<SessionKey>
  public var shape: Parameters
  init(_ ciphertext: Ciphertext<SessionKey>, _ parameters: Parameters) {
    self.ciphertext = ciphertext
    shape = parameters
  }
  public static func encodedByteCount(_ shape: Parameters) -> Int { Ciphertext<SessionKey>.encodedByteCount(shape) }
  public func encode(into writer: inout WireWriter) { ciphertext.encode(into: &writer, shape) }
  public init(from reader: inout WireReader, shape: Parameters) throws(WireError) {
    self.init(try Ciphertext(from: &reader, shape), shape)
  }
}

/// The proof that E_i encrypts a constant.
public struct MACKeyProofMessage: ProofMessage {
  public static var step: StepLabel { StepLabel("LowGear.MACKey", 2) }
  public static var kind: MessageKind { MessageKind(library: 0x14b) }
  public var bytes: [UInt8]
  public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A reply: drowned products, switched to the small modulus.
public struct ReplyMessage<Role: ReplyingRole>: Message {
  public static var step: StepLabel { Role.replyStep }
  public static var kind: MessageKind { Role.replyKind }
  /// The reply.
  public var reply: Reply<Role>
  public var shape: Parameters
  init(_ reply: Reply<Role>, _ parameters: Parameters) {
    self.reply = reply
    shape = parameters
  }
  public static func encodedByteCount(_ shape: Parameters) -> Int { Reply<Role>.encodedByteCount(shape) }
  public func encode(into writer: inout WireWriter) { reply.encode(into: &writer, shape) }
  public init(from reader: inout WireReader, shape: Parameters) throws(WireError) {
    self.init(try Reply(from: &reader, shape), shape)
  }
}

/// "My key of this epoch is erased and I reply under no key of it any more."
public struct EpochRetiredMessage: Message {
  public static var step: StepLabel { StepLabel("LowGear.Retire", 1) }
  public static var kind: MessageKind { MessageKind(library: 0x14c) }
  /// Number of the epoch.
  public var epoch: UInt64
  init(epoch: Int) { self.epoch = UInt64(epoch) }
  public var shape: UInt64 { epoch }
  public static func encodedByteCount(_ shape: UInt64) -> Int { 8 }
  public func encode(into writer: inout WireWriter) { writer.append(epoch) }
  public init(from reader: inout WireReader, shape: UInt64) throws(WireError) {
    epoch = try reader.integer()
    guard SecurityCheck.retiredEpochNumber.holds(epoch == shape) else { throw .nonCanonical }
  }
}
