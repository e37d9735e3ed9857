internal import CRingKernels
internal import Glibc

/// The instruction set of the ring kernels. All levels give the same bits.
public enum RingKernelLevel: Int32, CaseIterable, Comparable, Sendable, CustomStringConvertible {
  /// Plain C.
  case portable = 0
  /// AVX2 with FMA: exact double-precision products.
  case avx2 = 1
  /// AVX-512 IFMA: 52-bit integer products.
  case ifma = 2

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// The name used by the environment variable and in reports.
  public var description: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .ifma: "ifma"
    }
  }

  /// The best level of this CPU.
  public static let best = RingKernelLevel(rawValue: ring_best_level()) ?? .portable

  /// The levels this CPU runs, for tests and benchmarks.
  public static var available: [RingKernelLevel] { allCases.filter { $0 <= best } }

  /// The level in use: `SPDZ_SIMD=portable|avx2|ifma` if set and not above the CPU, else the best. Read once.
  public static let selected: RingKernelLevel = {
    guard let text = unsafe getenv("SPDZ_SIMD") else { return best }
    let name = unsafe String(cString: text)
    return min(allCases.first { $0.description == name } ?? best, best)
  }()
}
