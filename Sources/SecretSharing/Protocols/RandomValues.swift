public import MPCCore

extension Session {
  /// [r] for values uniform in F_p that nobody knows; no communication.
  public mutating func randomValues(_ count: Int) async throws(ProtocolAbort) -> SharedVector<S> {
    try await uniformMasks(count).spend()
  }

  /// [b] for uniform bits that nobody knows; no communication.
  public mutating func randomBits(_ count: Int) async throws(ProtocolAbort) -> SharedVector<S> {
    let bits = try await draw { source throws(ProtocolAbort) in try await source.bits(count) }
    return bits.spend()
  }

  /// One-use masks for ``SharedVector/masked(by:)``; no communication.
  public mutating func uniformMasks(_ count: Int) async throws(ProtocolAbort) -> UniformMask<S> {
    try await draw { source throws(ProtocolAbort) in try await source.randoms(count) }
  }
}
