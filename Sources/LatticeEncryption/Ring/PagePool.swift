internal import Synchronization

/// Released buffers of large polynomials, kept for the next polynomial of the same size: a fresh megabyte costs the
/// kernel 60 µs of page faults and zeroing, as much as five transforms, and the allocator gives such blocks back at once.
///
/// Contents are as their owners left them: secret ones have been wiped. Holds at most `limit` buffers of a size, for the
/// process; what is above goes back to the allocator.
@safe final class PagePool: Sendable {
  static let shared = PagePool()

  /// Smaller buffers the allocator keeps by itself.
  private static let smallestWordCount = 8192
  private static let limit = 6

  // Buffers have one owner at a time: whoever takes one out, or the pool.
  private let free = Mutex<[Int: [UInt]]>([:])

  /// `wordCount` words at a 64-byte boundary, contents unspecified.
  func take(wordCount: Int) -> UnsafeMutableRawPointer {
    if wordCount >= Self.smallestWordCount {
      let address = free.withLock { $0[wordCount]?.popLast() }
      if let address, let pointer = unsafe UnsafeMutableRawPointer(bitPattern: address) { return unsafe pointer }
    }
    return UnsafeMutableRawPointer.allocate(byteCount: wordCount * 8, alignment: 64)
  }

  /// Takes back what `take` returned for the same count.
  @unsafe func give(_ pointer: UnsafeMutableRawPointer, wordCount: Int) {
    if wordCount >= Self.smallestWordCount {
      let address = UInt(bitPattern: pointer)
      let isKept = free.withLock { free in
        if free[wordCount, default: []].count >= Self.limit { return false }
        free[wordCount, default: []].append(address)
        return true
      }
      if isKept { return }
    }
    unsafe pointer.deallocate()
  }
}
