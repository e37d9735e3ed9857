#if canImport(Glibc)
internal import Glibc
#endif

/// The one owner of a secret: fixed-size memory that is wiped when its life ends.
///
/// Not copyable, not comparable, not printable. Arrays that a caller makes from the content, and the stack, are not
/// wiped: keep them short-lived.
@safe
public struct SecretBuffer<T: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  // Sendable: unique ownership; concurrent reads of a `borrowing` value do not mutate.
  private let storage: UnsafeMutableBufferPointer<T>

  /// Allocates `count` values and lets `fill` set them.
  public init(count: Int, repeating initial: T) {
    unsafe storage = .allocate(capacity: count)
    unsafe storage.initialize(repeating: initial)
  }

  /// Takes over the content of `values`; the caller's array is not wiped.
  public init(copying values: [T]) {
    unsafe storage = .allocate(capacity: values.count)
    _ = unsafe storage.initialize(from: values)
  }

  /// `count` values that `body` writes, all of them: nothing is filled in vain.
  public init(uninitializedCount count: Int, filledBy body: (inout MutableSpan<T>) -> Void) {
    let memory = UnsafeMutableBufferPointer<T>.allocate(capacity: count)
    // Values are bitwise copyable: memory before its first write is no object that would have to be destroyed.
    var span = unsafe MutableSpan(_unsafeElements: memory)
    body(&span)
    unsafe storage = memory
  }

  deinit {
    wipe()
    unsafe storage.deallocate()
  }

  /// How many values the buffer holds.
  public var count: Int { unsafe storage.count }

  /// Read access.
  public func withSpan<R, E: Error>(_ body: (Span<T>) throws(E) -> R) throws(E) -> R {
    let span = unsafe Span(_unsafeElements: storage)
    return try body(span)
  }

  /// Write access.
  public mutating func withMutableSpan<R, E: Error>(_ body: (inout MutableSpan<T>) throws(E) -> R) throws(E) -> R {
    var span = unsafe MutableSpan(_unsafeElements: storage)
    return try body(&span)
  }

  /// Overwrites the content with zero bytes now; the compiler may not remove this.
  public func wipe() {
    unsafe explicit_bzero(storage.baseAddress!, storage.count * MemoryLayout<T>.stride)
  }
}
