internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// Memory that making material takes. Estimates: peaks measured with sets A and B, 2 to 4 parties, all kinds, lay between
/// 7 % above and 20 % below where a whole group was made (convolutions: up to 45 % below).
struct MaterialMemory: Sendable {
  /// A party's keys, ciphertexts of a proof, buffers.
  let workingBytes: Int

  /// - Parameter hasMatrices: whether products of matrices are made.
  init<S: OfflineSharing>(_ parameters: Parameters, parties: Int, hasMatrices: Bool, _: S.Type) {
    let report = ParameterReport(parameters)
    let groups = report.ciphertextsPerProof * report.ciphertextMemoryBytes * (3 * parties - 2) / 2
    let packing = hasMatrices ? (S.mode == .active ? 64_000_000 : 128_000_000) : 0
    workingBytes = 64_000_000 + groups + packing
  }

  /// Bytes of a party for what blocks hold at the end or are made from, values and tags.
  static func bytes<S: OfflineSharing>(_ plan: GenerationPlan, _: S.Type) -> Double {
    // Twice: while blocks are put together, both they and the whole are there.
    let components = S.mode == .active ? 2.0 : 1.0
    return 2 * components * Double(MemoryLayout<S.F>.stride) * elements(plan)
  }

  /// Field elements of what blocks hold at the end or are made from; of a batch of squares its factors live on while it
  /// is checked.
  static func elements(_ plan: GenerationPlan) -> Double {
    var elements = 3 * Double(plan.triples) + 2 * Double(plan.squares) + Double(plan.bits)
    elements += plan.inputs.values.reduce(0) { $0 + Double($1) } + Double(plan.demand[.squares] ?? 0)
    for (kind, count) in plan.demand where kind.isMadeFromTuples {
      // Operands of matrix products are also there as they are packed.
      let copies = kind.isMatrixProduct ? 2.0 : 1.0
      elements += copies * Double(count) * Double(kind.columnWidths.reduce(0, +))
    }
    return elements
  }
}

extension MaterialKind {
  var isMatrixProduct: Bool {
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
