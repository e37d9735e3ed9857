internal import LatticeEncryption
internal import Preprocessing
public import SecretSharing

/// Memory that making material takes, estimated before anything of that size is made.
struct GenerationMemory: Sendable {
  /// Keys, ciphertexts of a proof, buffers.
  let workingBytes: Int
  /// Field elements of everything that is held at the end, or that it is made from.
  let elements: Double
  /// What one of these elements takes, at all parties that share the machine.
  let bytesPerElement: Double

  /// Everything, all at once.
  var totalBytes: Double { Double(workingBytes) + elements * bytesPerElement }

  /// - Parameters:
  ///   - parties: those that share the machine; `of` is the number of all parties.
  init<S: OfflineSharing>(
    _ demand: [MaterialKind: Int], _ parameters: Parameters, parties: Int, of partyCount: Int, options: OfflineOptions,
    _: S.Type
  ) {
    let report = ParameterReport(parameters)
    let plan = GenerationPlan(demand, parties: partyCount, options: options, S.self)
    // What blocks hold at the end or are made from; of a batch of squares its factors live on while it is checked.
    var elements = 3 * Double(plan.triples) + 2 * Double(plan.squares) + Double(plan.bits)
    elements += plan.inputs.values.reduce(0) { $0 + Double($1) } + Double(demand[.squares] ?? 0)
    for (kind, count) in demand where kind.isMadeFromTuples {
      // Operands of matrix products are also there as they are packed.
      let copies = kind.isMatrixTriple ? 2.0 : 1.0
      elements += copies * Double(count) * Double(kind.columnWidths.reduce(0, +))
    }
    self.elements = elements
    // Twice: while blocks are put together, both they and the whole are there.
    bytesPerElement = 2 * (S.mode == .active ? 2.0 : 1.0) * Double(MemoryLayout<S.F>.stride) * Double(parties)
    // Measured with sets A and B, 2 to 4 parties, all kinds: peaks between 7 % above and 20 % below this where a whole
    // group is made (convolutions: up to 45 % below).
    let groups = report.ciphertextsPerProof * report.ciphertextMemoryBytes * (3 * partyCount - 2) / 2
    let packing = demand.keys.contains(where: \.isMatrixTriple) ? (S.mode == .active ? 64_000_000 : 128_000_000) : 0
    // Each worker has ciphertexts and buffers of its own.
    workingBytes = parties * options.workerCount * (64_000_000 + groups + packing)
  }
}

extension MaterialKind {
  fileprivate var isMatrixTriple: Bool {
    if case .matrixTriple = self { true } else { false }
  }

  /// Whether blocks of this kind are there beside the tuples a ``GenerationPlan`` counts.
  fileprivate var isMadeFromTuples: Bool {
    switch self {
    case .triples, .squares, .bits, .inputMasks: false
    case .randoms, .matrixTriple, .convolutionTriple, .truncationMasks, .comparisonMasks: true
    }
  }
}

/// The material of a workload does not fit into memory; found before the first run.
public struct MaterialTooLarge: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which workload, in which mode.
  public let workload: String, mode: SecurityMode
  /// What it needs and what may be used, in bytes, all parties of this machine together.
  public let neededBytes: Int, limitBytes: Int
  /// How many parties that are.
  public let partiesHere: Int

  /// One line with the remedy.
  public var description: String {
    "\(workload), \(mode.rawValue): its material needs about \(neededBytes / 1_000_000) MB of memory for the "
      + "\(partiesHere) parties on this machine, \(limitBytes / 1_000_000) MB may be used (three quarters of what is "
      + "free); lower offline.chunkMegabytes or testRows, or run parties on machines of their own"
  }
}
