internal import CRingKernels
public import FieldArithmetic
internal import Synchronization

/// The ring on the own kernels: constant time with respect to residues, coefficients and digits, one of three
/// instruction-set levels, all bit-identical.
///
/// Set-up (tables for every prime, about ten words per coefficient and prime) takes milliseconds; share one instance.
public final class NativeRing: RingBackend {
  public let basis: RNSBasis
  public let plaintext: PlaintextModulus
  /// The level asked for. Single primes fall back to portable code when they are 2^50 or more, or N < 64.
  public let level: SIMDLevel
  let tables: [NTTTable]
  let packing: PackingTable
  /// Plans and small tables made on first use; the critical sections only look up or build constants.
  private let cache = Mutex(PlanCache())

  private struct PlanCache {
    var switches: [SIMD2<Int>: SwitchPlan] = [:]
    var recompositions: [SIMD2<Int>: RecomposePlan] = [:]
    var fibrePacking: [Int: PackingTable] = [:]
    var fibreTables: [SIMD2<Int>: NTTTable] = [:]
  }

  /// Throws `RingError` if a table cannot be built, which certified moduli only meet when memory runs out, or if the
  /// plaintext prime belongs to another degree or occurs in the chain.
  public init(
    basis: RNSBasis, plaintext: PlaintextModulus, level: SIMDLevel = .current
  ) throws(RingError) {
    guard plaintext.ringDegree == basis.ringDegree,
      !basis.moduli.contains(where: { UInt128($0.value) == plaintext.value })
    else { throw .invalidPlaintextModulus(plaintext.value, ringDegree: basis.ringDegree) }
    self.basis = basis
    self.plaintext = plaintext
    self.level = level
    var tables: [NTTTable] = []
    for modulus in basis.moduli {
      tables.append(try NTTTable(modulus, ringDegree: basis.ringDegree, level: level))
    }
    self.tables = tables
    packing = try PackingTable(plaintext, root: plaintext.root, ringDegree: basis.ringDegree, level: level)
  }

  public var name: String { "native-\(level.name)" }

  func check<R>(_ f: borrowing Poly<R>) {
    precondition(
      f.ringDegree == basis.ringDegree && f.limbCount <= basis.moduli.count, "polynomial belongs to another ring")
  }

  func checkPair<R>(_ f: borrowing Poly<R>, _ g: borrowing Poly<R>) {
    check(f)
    precondition(f.ringDegree == g.ringDegree && f.limbCount == g.limbCount, "operands of different shape")
  }

  var moduli: [UInt64] { basis.moduli.map(\.value) }

  /// A plan that certified parameters always admit; only exhausted memory makes its construction fail, and then the
  /// process cannot continue in any way, as with `Array`.
  private func require<T>(_ make: () throws(RingError) -> T) -> T {
    do { return try make() } catch { preconditionFailure("kernel plan: \(error)") }
  }

  func switchPlan(count: Int, drop: Int) -> SwitchPlan {
    cache.withLock { cache in
      let key = SIMD2(count, drop)
      if let plan = cache.switches[key] { return plan }
      let plan = require { () throws(RingError) in
        try SwitchPlan(moduli: Array(moduli.prefix(count)), drop: drop, plaintext: plaintext, level: level)
      }
      cache.switches[key] = plan
      return plan
    }
  }

  func recomposePlan(count: Int, restoring chainLength: Int) -> RecomposePlan {
    cache.withLock { cache in
      let key = SIMD2(count, chainLength)
      if let plan = cache.recompositions[key] { return plan }
      var factor: UInt128 = 1
      for q in moduli[count..<chainLength] { factor = multiplyModulo(factor, UInt128(q), plaintext.value) }
      let plan = require { () throws(RingError) in
        try RecomposePlan(
          moduli: Array(moduli.prefix(count)), plaintext: plaintext, factor: factor, level: level)
      }
      cache.recompositions[key] = plan
      return plan
    }
  }

  func fibrePackingTable(degree: Int) -> PackingTable {
    cache.withLock { cache in
      if let table = cache.fibrePacking[degree] { return table }
      let table = require { () throws(RingError) in
        let root = try rootOfUnity(modulus: plaintext.value, logOrder: degree.trailingZeroBitCount + 1)
        return try PackingTable(plaintext, root: root, ringDegree: degree, level: level)
      }
      cache.fibrePacking[degree] = table
      return table
    }
  }

  func fibreTable(limb: Int, degree: Int) -> NTTTable {
    cache.withLock { cache in
      let key = SIMD2(limb, degree)
      if let table = cache.fibreTables[key] { return table }
      let table = require { () throws(RingError) in
        try NTTTable(basis.moduli[limb], ringDegree: degree, level: level)
      }
      cache.fibreTables[key] = table
      return table
    }
  }
}
