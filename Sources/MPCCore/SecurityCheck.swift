#if KILL_MATRIX
internal import Foundation
#endif

/// The checks and rules that stop cheating parties, by name.
///
/// Each is written at its place as `SecurityCheck.NAME.holds(condition)`, which is the condition and nothing else in every
/// build that anybody runs. The *kill-matrix* build (`Scripts/kill-matrix`; debug only, a release build with its flag is
/// a compile error) lets one check be disabled by name, to show that at least one cheating fixture then goes undetected:
/// a check that nothing would miss is not tested, or not needed.
public enum SecurityCheck: String, CaseIterable, Sendable {
  /// The σ_i of a MAC check sum to 0.
  case macCheckSum
  /// An opening matches its commitment.
  case commitmentOpening

  /// Whether the check passes: `condition`, unless this is the one check that a kill-matrix build runs without.
  @inlinable @inline(__always)
  public func holds(_ condition: @autoclosure () -> Bool) -> Bool {
    #if KILL_MATRIX
    let passes = condition()
    return passes || self == Self.disabled
    #else
    return condition()
    #endif
  }
}

#if KILL_MATRIX
#if !DEBUG
#error("KILL_MATRIX disables security checks: it builds in the debug configuration only")
#endif

extension SecurityCheck {
  /// The check that this process runs without: named by `SPDZ_DISABLED_CHECK`, none by default.
  public static let disabled: SecurityCheck? = ProcessInfo.processInfo.environment["SPDZ_DISABLED_CHECK"]
    .flatMap(SecurityCheck.init(rawValue:))
}
#endif
