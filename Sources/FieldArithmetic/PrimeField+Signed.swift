// Vectors of signed integers as field elements and back: the centred view.
extension PrimeField {
  /// The field elements of signed integers.
  @inlinable
  public static func encodeSigned(_ x: Span<Int64>, into y: inout MutableSpan<Self>) {
    precondition(y.count == x.count, "vectors of one length")
    for i in x.indices { y[i] = Self(signed: Int128(x[i])) }
  }

  /// The centred integers of field elements. For public values.
  /// - Returns: false if one does not fit in 64 bits; it is left as 0.
  @inlinable
  public static func decodeSigned(_ x: Span<Self>, into y: inout MutableSpan<Int64>) -> Bool {
    precondition(y.count == x.count, "vectors of one length")
    var fits = true
    for i in x.indices {
      let value = Int64(exactly: x[i].signed)
      fits = fits && value != nil
      y[i] = value ?? 0
    }
    return fits
  }

  /// The field elements of signed integers; magnitudes above p are reduced.
  @inlinable
  public static func encodeSigned(_ x: Span<Int128>, into y: inout MutableSpan<Self>) {
    precondition(y.count == x.count, "vectors of one length")
    for i in x.indices { y[i] = Self(signed: x[i]) }
  }

  /// The centred integers of field elements. For public values.
  @inlinable
  public static func decodeSigned(_ x: Span<Self>, into y: inout MutableSpan<Int128>) {
    precondition(y.count == x.count, "vectors of one length")
    for i in x.indices { y[i] = x[i].signed }
  }
}
