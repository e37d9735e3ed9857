// Kernels on arrays, which allocate their result.
extension PrimeField {
  /// x + y.
  public static func add(_ x: [Self], _ y: [Self]) -> [Self] {
    var z = x
    var span = z.mutableSpan
    add(&span, y.span)
    return z
  }

  /// x − y.
  public static func subtract(_ x: [Self], _ y: [Self]) -> [Self] {
    precondition(x.count == y.count, "vectors of one length")
    return uninitialized(x.count) { difference(&$0, x.span, y.span) }
  }

  /// x∘y.
  public static func multiply(_ x: [Self], _ y: [Self]) -> [Self] {
    var z = x
    var span = z.mutableSpan
    multiply(&span, y.span)
    return z
  }

  /// −x.
  public static func negate(_ x: [Self]) -> [Self] {
    var z = x
    var span = z.mutableSpan
    negate(&span)
    return z
  }

  /// c·x.
  public static func scale(_ x: [Self], by c: Self) -> [Self] {
    var z = x
    var span = z.mutableSpan
    scale(&span, by: c)
    return z
  }

  /// The encoding of x into exactly as many bytes as it takes.
  public static func encode(_ x: [Self], into bytes: inout [UInt8]) {
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    encode(x.span, into: &raw)
  }

  /// The elements of an encoding; nil if the length is not a multiple of `encodedByteCount` or an element is ≥ p.
  public static func decode(_ bytes: [UInt8]) -> [Self]? {
    guard bytes.count % encodedByteCount == 0 else { return nil }
    var canonical = false
    let raw = unsafe bytes.span.bytes
    let values = uninitialized(bytes.count / encodedByteCount) { canonical = decode(raw, into: &$0) }
    return canonical ? values : nil
  }

  /// An array that `body` fills completely; nothing is zeroed in vain.
  public static func uninitialized(_ count: Int, filledBy body: (inout MutableSpan<Self>) -> Void) -> [Self] {
    unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      // Elements are bitwise copyable and every bit pattern of the memory is overwritten by `body`.
      var span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      body(&span)
      initialized = count
    }
  }
}
