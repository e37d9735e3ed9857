package import MPCCore

/// A hook on the raw frames a party sends, below the codec: what it returns goes out instead.
///
/// The empty list withholds a frame, two entries duplicate it, old bytes replay one. Control frames pass here too.
package struct FrameTap: Sendable {
  /// Gets one encoded frame, its sender and receiver; returns the byte strings to send.
  package var pass: @Sendable (_ bytes: [UInt8], _ from: PartyID, _ to: PartyID) -> [[UInt8]]

  package init(_ pass: @escaping @Sendable (_ bytes: [UInt8], _ from: PartyID, _ to: PartyID) -> [[UInt8]]) {
    self.pass = pass
  }
}

/// Runs a tap over everything sent.
struct TappedSink: FrameSink {
  let inner: any FrameSink
  let me: PartyID
  let tap: FrameTap

  func transmit(_ frame: Frame, to peer: PartyID) { transmit(raw: frame.encoded(), to: peer) }

  func transmit(raw bytes: [UInt8], to peer: PartyID) {
    for out in tap.pass(bytes, me, peer) { inner.transmit(raw: out, to: peer) }
  }

  func close() { inner.close() }
}
