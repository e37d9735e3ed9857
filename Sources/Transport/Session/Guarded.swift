internal import Synchronization

/// A value behind a `Mutex`, with an ordering that ThreadSanitizer can see.
///
/// The slow path of `Mutex` lies in a library that is not instrumented, so that the sanitizer reports races on what a
/// contended mutex protects. The atomic inside the lock repeats the order; on x86 it costs two plain moves.
struct Guarded<Value: ~Copyable>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>
  private let order = Atomic<Bool>(false)

  init(_ initial: consuming sending Value) { mutex = Mutex(initial) }

  /// Runs `body` with exclusive access.
  @inline(__always)
  borrowing func withLock<R: ~Copyable, E: Error>(
    _ body: (inout sending Value) throws(E) -> sending R
  ) throws(E) -> sending R {
    try mutex.withLock { value throws(E) in
      _ = order.load(ordering: .acquiring)
      defer { order.store(true, ordering: .releasing) }
      return try body(&value)
    }
  }

  /// Runs `body` with exclusive access if nobody else has it now; otherwise returns `nil`.
  @inline(__always)
  borrowing func withLockIfAvailable<R: ~Copyable, E: Error>(
    _ body: (inout sending Value) throws(E) -> sending R
  ) throws(E) -> sending R? {
    try mutex.withLockIfAvailable { value throws(E) in
      _ = order.load(ordering: .acquiring)
      defer { order.store(true, ordering: .releasing) }
      return try body(&value)
    }
  }
}
