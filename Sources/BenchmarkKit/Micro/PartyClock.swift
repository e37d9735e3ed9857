#if canImport(Glibc)
internal import Glibc
#endif

/// Clocks of measurements.
enum PartyClock {
  /// Monotonic time in nanoseconds.
  static func wall() -> UInt64 { read(CLOCK_MONOTONIC) }

  /// CPU time of the whole process in nanoseconds.
  static func processCPU() -> UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

  /// CPU time of the calling thread in seconds.
  static func threadCPUSeconds() -> Double { Double(read(CLOCK_THREAD_CPUTIME_ID)) * 1e-9 }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    guard unsafe clock_gettime(clock, &time) == 0 else { return 0 }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
