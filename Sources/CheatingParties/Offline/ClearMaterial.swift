internal import FieldArithmetic
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// One party's shares of everything that a run left in its stock.
struct PartyMaterial<F: PrimeField>: Sendable {
  /// α_i, or nothing.
  var keyShare: [F]
  /// By kind and column: value shares, then tag shares.
  var columns: [MaterialKind: [[[F]]]]
  /// What input masks are, at the party that knows them.
  var clear: [MaterialKind: [F]]

  /// How many elements there are, by kind, column and component: the same at parties that agree on what they made.
  var lengths: [MaterialKind: [[Int]]] { columns.mapValues { $0.map { $0.map(\.count) } } }

  /// Takes everything from the stock.
  init<S: OfflineSharing, C: Channel>(
    takingAllOf party: borrowing LowGear<S, C>
  ) throws(ProtocolAbort) where S.F == F {
    keyShare = S.tagConstants(party.stock.key)
    columns = [:]
    clear = [:]
    for (kind, count) in party.stock.contents {
      let block = try party.stock.withdraw(kind, count: count)
      columns[kind] = block.columns.map(\.components)
      clear[kind] = block.clear
    }
  }
}

/// The shares of all parties put together: only tests see this.
enum ClearMaterial {
  /// Whether every item is what its kind says, and every tag is right.
  static func isRight<F: PrimeField>(_ parties: [PartyMaterial<F>]) -> Bool {
    guard let first = parties.first, parties.allSatisfy({ $0.lengths == first.lengths }) else { return false }
    let alpha = parties.flatMap(\.keyShare).reduce(F.zero) { $0 + $1 }
    return first.columns.keys.allSatisfy { kind in
      let columns = (first.columns[kind] ?? []).indices.map { column in
        sum(parties.map { $0.columns[kind]?[column] ?? [] })
      }
      let tagsAreRight = columns.allSatisfy { $0.count == 1 || $0[1] == F.scale($0[0], by: alpha) }
      let clear = parties.compactMap { $0.clear[kind] }
      return tagsAreRight && isRight(kind, columns.map { $0[0] }, clear: clear)
    }
  }

  private static func sum<F: PrimeField>(_ shares: [[[F]]]) -> [[F]] {
    shares.dropFirst().reduce(shares[0]) { sum, part in zip(sum, part).map { F.add($0, $1) } }
  }

  private static func isRight<F: PrimeField>(_ kind: MaterialKind, _ x: [[F]], clear: [[F]]) -> Bool {
    switch kind {
    case .triples: F.multiply(x[0], x[1]) == x[2]
    case .squares: F.multiply(x[0], x[0]) == x[1]
    case .bits: x[0].allSatisfy { $0 == .zero || $0 == .one }
    case .inputMasks: clear == [x[0]]
    case .matrixTriple(let shape): areMaps(.matrix(shape), x)
    case .convolutionTriple(let shape): areMaps(.convolution(shape), x)
    case .randoms, .truncationMasks, .comparisonMasks: true
    }
  }

  private static func areMaps<F: PrimeField>(_ shape: BilinearShape, _ x: [[F]]) -> Bool {
    let (left, right, out) = (shape.count(.left), shape.count(.right), shape.outputCount)
    return (0..<(x[2].count / out)).allSatisfy { t in
      shape.evaluate(
        Array(x[0][(t * left)..<((t + 1) * left)]), Array(x[1][(t * right)..<((t + 1) * right)]))
        == Array(x[2][(t * out)..<((t + 1) * out)])
    }
  }
}
