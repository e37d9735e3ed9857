/// A vector of signed integers of a fixed number of 64-bit words in two's complement: drowning noise (5 words), proof
/// responses (3 words), plaintexts before reduction.
///
/// Stored by planes: plane k holds word k (least significant first) of every integer, which is the order the vector
/// kernels read. Contents may be secret: memory is wiped on release if so marked.
public struct WideIntegers: Sendable {
  var storage: ResidueStorage
  /// Number of integers.
  public let count: Int
  /// Words per integer, 1 … 8.
  public let wordCount: Int

  /// `count` zeros.
  public init(zeros count: Int, wordCount: Int, secret: Bool = false) {
    precondition(count > 0 && (1...8).contains(wordCount), "between 1 and 8 words per integer")
    self.count = count
    self.wordCount = wordCount
    storage = ResidueStorage(wordCount: count * wordCount, wipesOnRelease: secret)
  }

  /// Integers that the caller writes, all of them.
  init(uninitializedCount count: Int, wordCount: Int, secret: Bool) {
    precondition(count > 0 && (1...8).contains(wordCount), "between 1 and 8 words per integer")
    self.count = count
    self.wordCount = wordCount
    storage = ResidueStorage(wordCount: count * wordCount, wipesOnRelease: secret, zeroed: false)
  }

  /// Reads plane k: word k of every integer.
  public func withPlane<Result, Failure: Error>(
    _ k: Int, _ body: (Span<UInt64>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(k >= 0 && k < wordCount, "plane index out of range")
    let buffer = unsafe UnsafeBufferPointer(start: storage.base + k * count, count: count)
    let span = unsafe buffer.span
    let result = try body(span)
    withExtendedLifetime(storage) {}
    return result
  }

  /// Writes plane k.
  public mutating func withMutablePlane<Result, Failure: Error>(
    _ k: Int, _ body: (inout MutableSpan<UInt64>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(k >= 0 && k < wordCount, "plane index out of range")
    if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
    let buffer = unsafe UnsafeMutableBufferPointer(start: storage.base + k * count, count: count)
    var span = unsafe buffer.mutableSpan
    let result = try body(&span)
    withExtendedLifetime(storage) {}
    return result
  }

  /// Reads all planes: word k of integer i at index k·count + i.
  package func withWords<Result, Failure: Error>(
    _ body: (Span<UInt64>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let buffer = unsafe UnsafeBufferPointer(start: storage.base, count: count * wordCount)
    let span = unsafe buffer.span
    let result = try body(span)
    withExtendedLifetime(storage) {}
    return result
  }

  /// Writes all planes in the same order.
  package mutating func withMutableWords<Result, Failure: Error>(
    _ body: (inout MutableSpan<UInt64>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
    let buffer = unsafe UnsafeMutableBufferPointer(start: storage.base, count: count * wordCount)
    var span = unsafe buffer.mutableSpan
    let result = try body(&span)
    withExtendedLifetime(storage) {}
    return result
  }

  /// The words of integer i, least significant first; reading or writing single integers is for set-up and tests.
  public subscript(i: Int) -> [UInt64] {
    get {
      precondition(i >= 0 && i < count, "index out of range")
      return (0..<wordCount).map { k in unsafe storage.base[k * count + i] }
    }
    set {
      precondition(i >= 0 && i < count && newValue.count == wordCount, "index or word count out of range")
      if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
      for k in 0..<wordCount { unsafe storage.base[k * count + i] = newValue[k] }
    }
  }
}
