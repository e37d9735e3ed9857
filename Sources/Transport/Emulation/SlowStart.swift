/// How TCP behaves on an emulated link: it sends in segments with headers, and begins with few of them.
///
/// A connection may have ten segments unacknowledged at first; each acknowledgement that comes while the window is in use
/// lets one more out, so the window doubles in every round trip (slow start, RFC 5681) until the link is full. After a
/// rest longer than the retransmission timeout (round trip + 200 ms) it is halved for each such time that passed, down to
/// ten again. Loss and congestion avoidance are left out: links are emulated without cross traffic and with room to
/// queue. Figures are those of Linux with CUBIC; a kernel with BBR paces and does not rest.
public struct SlowStart: Sendable, Hashable, Codable {
  /// Segments that may be under way at the beginning and after a long rest.
  public var initialSegmentCount: Int
  /// Bytes of the stream in a full segment.
  public var segmentByteCount: Int
  /// Ethernet, IP and TCP headers of a segment, in bytes.
  public var headerByteCount: Int
  /// Least retransmission timeout beyond the round trip, in nanoseconds.
  public var restNanoseconds: UInt64

  /// Creates a description; the defaults are Linux over Ethernet.
  public init(
    initialSegmentCount: Int = 10, segmentByteCount: Int = 1448, headerByteCount: Int = WireTraffic.headerByteCount,
    rest: Duration = .milliseconds(200)
  ) {
    precondition(initialSegmentCount > 0 && segmentByteCount > 0 && headerByteCount >= 0, "counts")
    self.initialSegmentCount = initialSegmentCount
    self.segmentByteCount = segmentByteCount
    self.headerByteCount = headerByteCount
    restNanoseconds = rest.nanoseconds
  }
}
