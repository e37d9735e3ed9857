public import MPCCore

// Encode and decode functions of the shape `Message` wants: the receiver knows the parameters, hence the exact length,
// before it reads. Decoding throws `WireError.truncated` or `.nonCanonical` and nothing else, whatever the bytes are.

extension Ciphertext {
  /// 2·N·log q bits.
  public static func encodedByteCount(_ parameters: Parameters) -> Int {
    2 * Poly<Evaluations>.packedByteCount(parameters.basis, limbCount: parameters.primeCount)
  }

  /// Appends exactly `encodedByteCount` bytes: c0, c1.
  public func encode(into writer: inout WireWriter, _ parameters: Parameters) {
    c0.encodePacked(into: &writer, over: parameters.basis)
    c1.encodePacked(into: &writer, over: parameters.basis)
  }

  /// Decodes. Throws `WireError`.
  public init(from reader: inout WireReader, _ parameters: Parameters) throws(WireError) {
    let c0 = try Poly<Evaluations>(packedFrom: &reader, over: parameters.basis, limbCount: parameters.primeCount)
    let c1 = try Poly<Evaluations>(packedFrom: &reader, over: parameters.basis, limbCount: parameters.primeCount)
    self.init(c0: c0, c1: c1)
  }
}

extension SeededCiphertext {
  /// 32 bytes and N·log q bits.
  public static func encodedByteCount(_ parameters: Parameters) -> Int {
    32 + Poly<Evaluations>.packedByteCount(parameters.basis, limbCount: parameters.primeCount)
  }

  /// Appends exactly `encodedByteCount` bytes: seed, c0.
  public func encode(into writer: inout WireWriter, _ parameters: Parameters) {
    writer.append(seed)
    c0.encodePacked(into: &writer, over: parameters.basis)
  }

  /// Decodes. Throws `WireError`.
  public init(from reader: inout WireReader, _ parameters: Parameters) throws(WireError) {
    let seed = try reader.bytes(32)
    let c0 = try Poly<Evaluations>(packedFrom: &reader, over: parameters.basis, limbCount: parameters.primeCount)
    self.init(seed: seed, c0: c0)
  }
}

extension Reply {
  /// 2·N·log q′ bits.
  public static func encodedByteCount(_ parameters: Parameters) -> Int {
    2 * Poly<Coefficients>.packedByteCount(parameters.basis, limbCount: parameters.replyPrimeCount)
  }

  /// Appends exactly `encodedByteCount` bytes: c0, c1.
  public func encode(into writer: inout WireWriter, _ parameters: Parameters) {
    precondition(c0.limbCount == parameters.replyPrimeCount, "replies are sent over the primes of the set's replies")
    c0.encodePacked(into: &writer, over: parameters.basis)
    c1.encodePacked(into: &writer, over: parameters.basis)
  }

  /// Decodes. Throws `WireError`.
  public init(from reader: inout WireReader, _ parameters: Parameters) throws(WireError) {
    let c0 = try Poly<Coefficients>(packedFrom: &reader, over: parameters.basis, limbCount: parameters.replyPrimeCount)
    let c1 = try Poly<Coefficients>(packedFrom: &reader, over: parameters.basis, limbCount: parameters.replyPrimeCount)
    self.init(c0: c0, c1: c1)
  }
}

extension PublicKey {
  /// N·log q bits: only b is sent, everybody expands a from the coin.
  public static func encodedByteCount(_ parameters: Parameters) -> Int {
    Poly<Evaluations>.packedByteCount(parameters.basis, limbCount: parameters.primeCount)
  }

  /// Appends exactly `encodedByteCount` bytes: b.
  public func encode(into writer: inout WireWriter, _ parameters: Parameters) {
    b.encodePacked(into: &writer, over: parameters.basis)
  }

  /// Decodes b for a known a. Throws `WireError`.
  public init(from reader: inout WireReader, _ parameters: Parameters, a: Poly<Evaluations>) throws(WireError) {
    let b = try Poly<Evaluations>(packedFrom: &reader, over: parameters.basis, limbCount: parameters.primeCount)
    self.init(a: a, b: b)
  }
}
