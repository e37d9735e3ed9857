internal import Cryptography
internal import FoundationEssentials
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

extension PrepRequest {
  /// The parameter set of mode and field: A, B, P or P61; shrunk if a toy was asked for.
  func parameters() throws(PrepError) -> Parameters {
    var literal: ParameterLiteral =
      switch (mode, field) {
      case (.active, "p61"): .b
      case (.active, _): .a
      case (.passive, "p61"): .p61Passive
      case (.passive, _): .p
      }
    do throws(ParameterError) {
      guard let degree = insecureToyDegree else { return try Parameters(validating: literal) }
      literal.ciphertextsPerProof = min(literal.ciphertextsPerProof, 2)
      return try InsecureToy64.shrinking(literal, toRingDegree: degree)
    } catch {
      throw .usage("parameter set \(literal.name): \(error)")
    }
  }

  /// The encryption scheme over the chosen ring.
  func scheme(_ parameters: Parameters) throws(PrepError) -> BGV {
    do throws(RingError) {
      switch ring {
      case .native: return try BGV(parameters)
      case .ntl:
        return BGV(parameters, ring: try NTLRing(basis: parameters.basis, plaintext: parameters.plaintext))
      }
    } catch {
      throw .usage("--ring \(ring.rawValue): \(error)")
    }
  }

  /// 32 bytes that stand for set and protocols in the header of a store: parties and runs with others are refused.
  static func digest(_ literal: ParameterLiteral, _ options: OfflineOptions) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let set = try? encoder.encode(literal) else { preconditionFailure("a literal is numbers and strings") }
    var hash = SHA256()
    hash.update(Array("SPDZ parameter block 1".utf8))
    hash.update(Array(set))
    hash.update(Array("\(options.triples.rawValue) \(options.masks.rawValue)".utf8))
    hash.update(
      Array("\(options.security.statisticalSecurity) \(options.security.computationalSecurity)".utf8))
    return hash.finalize()
  }

  /// What makes this request insecure.
  var insecurities: [String] {
    var flags: [String] = []
    if let insecureToyDegree { flags.append("INSECURE: toy ring of degree \(insecureToyDegree)") }
    if verifyInClear { flags.append("INSECURE: all shares were put together in clear (--verify)") }
    return flags
  }
}

/// Memory a generation takes in this process, all parties together.
struct PrepMemory {
  /// Keys, ciphertexts of a proof, buffers.
  let workingBytes: Int
  /// Of one item with all that it is made of.
  let bytesPerItem: Double
  /// Field elements of one item with all that it is made of.
  let elementsPerItem: Double
  /// Items of the smallest group: one batch.
  let groupCount: Int
  /// What may be used.
  let limitBytes: Int

  init<S: OfflineSharing>(
    _ request: PrepRequest, _ demand: [MaterialKind: Int], _ parameters: Parameters, _: S.Type
  ) {
    let report = ParameterReport(parameters)
    let memory = GenerationMemory(
      demand, parameters, parties: request.partyCount, of: request.partyCount, options: request.options, S.self)
    bytesPerItem = memory.elements * memory.bytesPerElement / Double(request.count)
    elementsPerItem = memory.elements / Double(request.count)
    groupCount = request.kind.hasShape ? 1 : min(request.count, report.ringDegree)
    workingBytes = memory.workingBytes
    limitBytes =
      request.maximumMemoryMegabytes.map { $0 * 1_000_000 } ?? HostDescription.availableMemoryBytes() / 4 * 3
  }

  /// Items of a part after which a generation into stores can be ended in order: some seconds of work.
  var itemsOfOnePart: Int { max(groupCount, Int(8e6 / max(1, elementsPerItem))) }

  /// Items to make at once so that the bound holds.
  /// - Throws: ``PrepError/usage(_:)`` with both figures if not even one group fits.
  func itemsAtOnce(_ count: Int) throws(PrepError) -> Int {
    let group = Double(workingBytes) + bytesPerItem * Double(groupCount)
    guard group <= Double(limitBytes) else {
      throw .usage(
        "this demand needs about \(fixed(group / 1e6, 0)) MB of memory for all parties, \(limitBytes / 1_000_000) MB may be "
          + "used; raise --max-memory, or ask for smaller shapes")
    }
    let fitting = Double(limitBytes - workingBytes) / bytesPerItem
    return max(groupCount, fitting >= Double(count) ? count : Int(fitting))
  }
}
