internal import COpenSSLShim

/// Memory settings of a benchmark process.
public enum ProcessMemory {
  /// Keeps freed memory in the process: large vectors are allocated and freed in every step, and the kernel zeroes every
  /// page it hands out anew. Called once, by programs, before anything is measured.
  public static func keepFreedPages() { spdz_keep_freed_memory() }
}
