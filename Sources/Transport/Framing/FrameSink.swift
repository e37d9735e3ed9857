package import MPCCore

/// The sending half of the byte layer: hands frames to the links of one party. Never waits for a peer.
///
/// The receiving half is ``SessionEndpoint``, into which transports deliver. Wrappers (emulated links, taps) implement
/// this protocol around another sink.
package protocol FrameSink: Sendable {
  /// Enqueues `frame` for `peer`; frames to one peer keep their order.
  func transmit(_ frame: Frame, to peer: PartyID)
  /// Enqueues bytes that need not be a frame. Only taps of tests use this.
  func transmit(raw bytes: [UInt8], to peer: PartyID)
  /// Closes the links after what is enqueued has gone out, as far as the peers take it.
  func close()
}
