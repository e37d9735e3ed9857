internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing
internal import Synchronization

/// Puts the shares of all parties together in clear and checks every relation and every MAC. **Insecure**: whoever runs it
/// knows everything; for tests of generators and stores.
final class ClearCheck<F: PrimeField>: ShareSink {
  private struct State {
    /// By kind and party, blocks that wait for those of the others.
    var waiting: [MaterialKind: [[PartyShares<F>]]] = [:]
    var checked = 0
    var faults: [String] = []
  }

  private let partyCount: Int
  private let state = Mutex(State())

  init(partyCount: Int) { self.partyCount = partyCount }

  /// Items whose relation and MACs hold.
  var checkedCount: Int { state.withLock { $0.checked } }

  func accept(_ shares: PartyShares<F>) throws(PrepError) {
    let complete: [PartyShares<F>]? = state.withLock { state in
      var queues = state.waiting[shares.kind] ?? [[PartyShares<F>]](repeating: [], count: partyCount)
      queues[shares.party.index].append(shares)
      defer { state.waiting[shares.kind] = queues }
      guard queues.allSatisfy({ !$0.isEmpty }) else { return nil }
      return queues.indices.map { queues[$0].removeFirst() }
    }
    guard let complete else { return }
    let faults = Self.faults(complete)
    state.withLock { state in
      state.faults += faults
      if faults.isEmpty { state.checked += shares.count }
    }
  }

  func finish() throws(PrepError) {
    let faults = state.withLock { state in
      state.faults
        + state.waiting.filter { $0.value.contains { !$0.isEmpty } }.map { "\($0.key): not all parties have as much" }
    }
    guard faults.isEmpty else { throw .wrongMaterial(faults.sorted()) }
  }

  /// What is wrong with one block of all parties.
  static func faults(_ parties: [PartyShares<F>]) -> [String] {
    let (kind, count) = (parties[0].kind, parties[0].count)
    guard parties.allSatisfy({ $0.count == count }) else {
      return ["\(kind): the parties hold blocks of different lengths"]
    }
    var values: [[F]] = []
    var faults: [String] = []
    for column in parties[0].columns.indices {
      let sums = parties.map { $0.columns[column] }.reduce(into: [[F]]()) { sum, part in
        sum = sum.isEmpty ? part : zip(sum, part).map { F.add($0, $1) }
      }
      values.append(sums[0])
      guard sums.count > 1 else { continue }
      let alpha = parties.reduce(F.zero) { $0 + ($1.keyShare ?? .zero) }
      if sums[1] != F.scale(sums[0], by: alpha) { faults.append("\(kind): MACs of column \(column)") }
    }
    if !relationHolds(kind, count, values, parties) { faults.append("\(kind): the relation") }
    return faults
  }

  private static func relationHolds(
    _ kind: MaterialKind, _ count: Int, _ x: [[F]], _ parties: [PartyShares<F>]
  ) -> Bool {
    switch kind {
    case .triples: return F.multiply(x[0], x[1]) == x[2]
    case .squares: return F.multiply(x[0], x[0]) == x[1]
    case .bits: return x[0].allSatisfy { $0 == .zero || $0 == .one }
    case .randoms: return true
    case .inputMasks(let owner): return parties[owner.index].clear == x[0]
    case .matrixTriple(let shape):
      return (0..<count).allSatisfy { item in
        let (a, b, c) = (part(x[0], item, count), part(x[1], item, count), part(x[2], item, count))
        var product = F.filled(c.count, with: .zero)
        var span = product.mutableSpan
        F.matrixMultiplyAccumulate(
          &span, a.span, b.span, rows: shape.rows, inner: shape.inner, columns: shape.columns)
        return product == c
      }
    case .convolutionTriple(let shape):
      return (0..<count).allSatisfy { item in
        let c = part(x[2], item, count)
        var product = F.filled(c.count, with: .zero)
        shape.accumulate(&product, image: part(x[0], item, count), kernel: part(x[1], item, count))
        return product == c
      }
    case .truncationMasks(let dropped, _):
      return bounded(x[0], bits: dropped) && bounded(x[1], bits: parties[0].highBoundBits)
    case .comparisonMasks(let form):
      return bounded(x[1], bits: parties[0].highBoundBits)
        && (0..<count).allSatisfy { monomialsHold(part(x[0], $0, count), form) }
    }
  }

  private static func part(_ x: [F], _ item: Int, _ count: Int) -> [F] {
    let width = x.count / count
    return Array(x[(item * width)..<((item + 1) * width)])
  }

  private static func bounded(_ x: [F], bits: Int) -> Bool {
    x.allSatisfy { $0.canonical >> UInt128(bits) == 0 }
  }

  /// Each digit's monomials in the order of the bit patterns: bits, and products of these bits.
  private static func monomialsHold(_ x: [F], _ form: ComparisonMaskForm) -> Bool {
    var start = 0
    for width in form.digits {
      for subset in 1..<(1 << width) {
        let bits = (0..<width).filter { subset >> $0 & 1 == 1 }.map { x[start + (1 << $0) - 1] }
        guard bits.allSatisfy({ $0 == .zero || $0 == .one }), x[start + subset - 1] == bits.reduce(.one, *) else {
          return false
        }
      }
      start += (1 << width) - 1
    }
    return true
  }
}
