public import MPCCore

/// What an emulated link does to frames: delay, limited bandwidth, jitter, the beginnings of TCP. One direction of one
/// pair of parties.
public struct LinkProfile: Sendable, Hashable, Codable {
  /// For result rows, for example "rtt40ms-100mbit".
  public var name: String
  /// One-way delay in nanoseconds.
  public var latencyNanoseconds: UInt64
  /// Bits per second; `nil` is unlimited.
  public var bitsPerSecond: UInt64?
  /// Each frame is delayed by a further uniform 0…jitter nanoseconds; order is kept.
  public var jitterNanoseconds: UInt64
  /// How TCP begins, and begins again after a rest; `nil`: frames have no headers and are sent at full rate at once.
  public var slowStart: SlowStart?

  /// Creates a profile.
  public init(
    name: String, latency: Duration, bitsPerSecond: UInt64?, jitter: Duration = .zero,
    slowStart: SlowStart? = nil
  ) {
    precondition(bitsPerSecond != 0, "a link without bandwidth carries nothing")
    self.name = name
    latencyNanoseconds = latency.nanoseconds
    self.bitsPerSecond = bitsPerSecond
    jitterNanoseconds = jitter.nanoseconds
    self.slowStart = slowStart
  }

  /// 1 Gbit/s, 0.2 ms round trip.
  public static let lan = LinkProfile(
    name: "rtt0.2ms-1gbit", latency: .microseconds(100), bitsPerSecond: 1_000_000_000, slowStart: SlowStart())
  /// 100 Mbit/s, 40 ms round trip.
  public static let wan = LinkProfile(
    name: "rtt40ms-100mbit", latency: .milliseconds(20), bitsPerSecond: 100_000_000, slowStart: SlowStart())

  /// How long `byteCount` bytes occupy the link.
  func transmissionNanoseconds(byteCount: Int) -> UInt64 {
    guard let bitsPerSecond else { return 0 }
    let (high, low) = (UInt64(byteCount) * 8).multipliedFullWidth(by: 1_000_000_000)
    guard high < bitsPerSecond else { return UInt64(Int64.max) }
    return bitsPerSecond.dividingFullWidth((high, low)).quotient
  }
}

/// An emulated network: a profile for every ordered pair of parties, and the seed of its jitter.
///
/// Frames of a link keep their order. A frame occupies the link for its size over the bandwidth, in segments as fast as the
/// window of ``SlowStart`` lets them out, then travels for the latency and its jitter. The same seed gives the same delays.
/// `Scripts/netlab/validate` compares this with kernels whose frames a forwarder delays and paces.
public struct EmulatedNetwork: Sendable {
  /// The profile from one party to another.
  public var profile: @Sendable (_ from: PartyID, _ to: PartyID) -> LinkProfile
  /// Seeds the jitter.
  public var seed: UInt64

  /// A network whose links may differ.
  public init(seed: UInt64 = 0, profile: @escaping @Sendable (_ from: PartyID, _ to: PartyID) -> LinkProfile) {
    self.seed = seed
    self.profile = profile
  }

  /// A network whose links are all alike.
  public init(_ profile: LinkProfile, seed: UInt64 = 0) { self.init(seed: seed) { _, _ in profile } }
}
