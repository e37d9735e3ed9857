#if canImport(Glibc)
internal import Glibc
#endif

/// log2 of a positive number; for reports and the security estimate, never for a decision on parameters.
func logarithmBase2(_ x: Double) -> Double { log2(x) }

/// 2^x, same use.
func powerOfTwo(_ x: Double) -> Double { exp2(x) }
