internal import COpenSSLShim

/// What really went over a party's TCP connections, as the kernel counted it until they closed.
///
/// The accounting (``ChannelStatistics``) counts frames. On the wire come, per connection: a greeting, heartbeats and the
/// close (57 bytes each); under TLS a handshake of about 2 kB in both directions and ``tlsRecordByteCount`` for each record
/// of at most 16 KiB, 0.14 % of bulk data and as much as a small message's header; then TCP's and Ethernet's headers,
/// ``headerByteCount`` a segment, 4.6 % of full ones.
public struct WireTraffic: Sendable, Hashable {
  /// Bytes of the streams sent, TLS included, TCP headers not; repeated ones once.
  public var sentByteCount = 0
  /// Bytes of the streams received.
  public var receivedByteCount = 0
  /// Bytes that were sent again.
  public var repeatedByteCount = 0
  /// Segments sent, acknowledgements without data included.
  public var sentSegmentCount = 0
  /// Segments received.
  public var receivedSegmentCount = 0

  /// Nothing.
  public init() {}

  /// Header, content type and authentication tag of a TLS 1.3 record with AES-GCM or ChaCha20-Poly1305.
  public static let tlsRecordByteCount = 22
  /// Ethernet (14), IPv4 (20) and TCP with time stamps (32).
  public static let headerByteCount = 66

  /// Bytes of the Ethernet frames sent, from segments and stream: exact where segments are sent one by one.
  public var sentPacketByteCount: Int {
    sentByteCount + repeatedByteCount + sentSegmentCount * WireTraffic.headerByteCount
  }

  /// Both together.
  public static func + (left: WireTraffic, right: WireTraffic) -> WireTraffic {
    var sum = left
    sum.sentByteCount += right.sentByteCount
    sum.receivedByteCount += right.receivedByteCount
    sum.repeatedByteCount += right.repeatedByteCount
    sum.sentSegmentCount += right.sentSegmentCount
    sum.receivedSegmentCount += right.receivedSegmentCount
    return sum
  }
}

extension ByteStream {
  /// What the kernel has counted so far; `nil` where it does not.
  var wireTraffic: WireTraffic? {
    var counts = spdz_wire_counts()
    guard unsafe spdz_wire_counts_of(socket, &counts) == 1 else { return nil }
    var traffic = WireTraffic()
    traffic.sentByteCount = Int(clamping: counts.bytes_sent)
    traffic.receivedByteCount = Int(clamping: counts.bytes_received)
    traffic.repeatedByteCount = Int(clamping: counts.bytes_repeated)
    traffic.sentSegmentCount = Int(counts.segments_sent)
    traffic.receivedSegmentCount = Int(counts.segments_received)
    return traffic
  }
}
