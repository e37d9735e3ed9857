internal import COpenSSLShim

/// Where a session gets fresh secret randomness from. Protocol code never asks the system itself.
public protocol RandomSource: Sendable {
  /// A fresh 32-byte seed, independent of all others, also of those with the same label and context.
  func seed(label: String, context: [UInt64]) -> [UInt8]
}

extension RandomSource {
  /// A fresh 32-byte seed for `label`.
  public func seed(label: String) -> [UInt8] { seed(label: label, context: []) }

  /// A generator under a fresh seed.
  public func generator(label: String, context: [UInt64] = []) -> PRG {
    PRG(seed: seed(label: label, context: context))
  }
}

/// The operating system's randomness through OpenSSL's `RAND_bytes`; the label is mixed in.
public struct SystemRandom: RandomSource {
  /// Creates the source; it has no state of its own.
  public init() {}

  /// 32 fresh bytes. Ends the process if the system has no randomness: no protocol is safe without it.
  public func seed(label: String, context: [UInt64]) -> [UInt8] {
    PRG.deriveSeed(SystemRandom.bytes(PRG.seedByteCount), label: label, context: context)
  }

  /// `count` random bytes of the system.
  package static func bytes(_ count: Int) -> [UInt8] {
    unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      let status = unsafe spdz_random_bytes(buffer.baseAddress, count)
      precondition(status == 1, "OpenSSL's RAND_bytes failed: the system provides no randomness, nothing can be secret")
      initialized = count
    }
  }
}
