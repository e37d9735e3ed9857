internal import COpenSSLShim

/// Memory settings of a benchmark process.
public enum ProcessMemory {
  /// Keeps freed memory in the process: large vectors are allocated and freed in every step, and the kernel zeroes every
  /// page it hands out anew. Called once, by programs, before anything is measured.
  public static func keepFreedPages() { spdz_keep_freed_memory() }

  /// Keeps keys and shares out of core dumps and debuggers of the same user. Called once, by programs that hold real keys.
  /// - Returns: whether the system agreed.
  @discardableResult
  public static func forbidDumps() -> Bool { spdz_forbid_core_dumps() == 1 }
}
