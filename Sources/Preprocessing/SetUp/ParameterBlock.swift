internal import LatticeEncryption
internal import MPCCore
internal import SecretSharing

/// Everything that parties must agree on before the first key, as numbers with names: no party dictates it.
struct ParameterBlock {
  let entries: [(name: String, value: UInt128)]

  init(_ parameters: Parameters, options: OfflineOptions, mode: SecurityMode, partyCount: Int) {
    let set = parameters.literal
    var entries: [(String, UInt128)] = [
      ("protocol version", 1), ("parties", UInt128(partyCount)), ("mode (1 = active)", mode == .active ? 1 : 0),
      ("plaintext modulus p", set.plaintextModulus), ("ring degree N", UInt128(set.ringDegree)),
      ("primes of q", UInt128(parameters.primeCount)), ("primes of replies", UInt128(set.replyPrimeCount)),
      ("statistical security s", UInt128(set.statisticalSecurity)),
      ("log2 of replies per key", UInt128(set.replyLifetimeBits)), ("inner dimension", UInt128(set.innerDimension)),
      ("ciphertexts per proof U", UInt128(set.ciphertextsPerProof)), ("omega", UInt128(set.rejectionParameter)),
      ("proof soundness", UInt128(set.proofSoundness)), ("key proof repetitions", UInt128(set.keyProofRepetitions)),
      ("error parameter eta", UInt128(set.errorParameter)),
      ("triple protocol (1 = classic)", options.triples == .classic ? 1 : 0),
      ("masks (1 = bits)", options.masks == .bits ? 1 : 0), ("workers", UInt128(options.workerCount)),
      ("statistical security of checks", UInt128(options.security.statisticalSecurity)),
      ("computational security", UInt128(options.security.computationalSecurity)),
    ]
    for (index, prime) in parameters.basis.moduli.enumerated() {
      entries.append(("prime \(index)", UInt128(prime.value)))
    }
    self.entries = entries
  }

  /// One round; everybody sends its block to everybody, absorbed in T.
  /// - Throws: `configurationMismatch` with the first field in which a party differs.
  func compare<C: Channel>(over channel: C) async throws(ProtocolAbort) {
    let all = try await channel.exchange(ParameterBlockMessage(entries.map(\.value)))
    for party in channel.peers {
      for (entry, theirs) in zip(entries, all[party.index].values) {
        guard SecurityCheck.parametersAgree.holds(entry.value == theirs) else {
          throw .configurationMismatch(
            field: entry.name, mine: "\(entry.value)", theirs: "\(theirs)", with: party)
        }
      }
    }
  }
}

/// A parameter block: the numbers in their order, up to 64, zeros behind.
struct ParameterBlockMessage: Message {
  static let step = StepLabel("LowGear.Parameters", 0)
  static let kind = MessageKind(library: 0x140)
  static let capacity = 64
  var values: [UInt128]

  init(_ values: [UInt128]) {
    precondition(values.count <= Self.capacity, "a block has at most \(Self.capacity) numbers")
    self.values = values + [UInt128](repeating: 0, count: Self.capacity - values.count)
  }
  var shape: Int { Self.capacity }
  static func encodedByteCount(_ shape: Int) -> Int { 16 * shape }
  func encode(into writer: inout WireWriter) { for value in values { writer.append(value) } }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    values = []
    for _ in 0..<shape { values.append(try reader.integer()) }
  }
}
