internal import CFieldKernels
#if canImport(Glibc)
internal import Glibc
#endif

/// Which vector instructions the kernels use. Chosen once, at the first kernel call; the same results at every level.
///
/// The environment variable `SPDZ_SIMD` (`portable`, `avx2`, `ifma`) forces a level, so that tests and benchmarks cover
/// every level the CPU has.
public enum SIMDLevel: Int, Sendable, Comparable, CaseIterable {
  /// Plain C and Swift.
  case portable = 0
  /// AVX2 and FMA.
  case avx2 = 1
  /// AVX-512 with IFMA52.
  case ifma = 2

  /// "portable", "avx2", "ifma".
  public var name: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .ifma: "ifma"
    }
  }

  /// The levels this CPU has, lowest first.
  public static var supported: [SIMDLevel] {
    let best = Int(spdz_simd_best_level())
    return allCases.filter { $0.rawValue <= best }
  }

  /// The level in use.
  public static let current: SIMDLevel = {
    let best = supported[supported.count - 1]
    guard let forced = unsafe getenv("SPDZ_SIMD") else { return best }
    let name = unsafe String(cString: forced)
    guard let level = allCases.first(where: { $0.name == name }) else {
      warn("SPDZ_SIMD=\(name) is not a level; use portable, avx2 or ifma. Using \(best.name).")
      return best
    }
    guard level <= best else {
      warn("SPDZ_SIMD=\(name): this CPU does not have it. Using \(best.name).")
      return best
    }
    return level
  }()

  private static func warn(_ text: String) {
    let line = text + "\n"
    _ = unsafe line.utf8.withContiguousStorageIfAvailable { bytes in
      _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
  }

  /// Orders by power.
  public static func < (left: SIMDLevel, right: SIMDLevel) -> Bool { left.rawValue < right.rawValue }

  var code: Int32 { Int32(rawValue) }
}
