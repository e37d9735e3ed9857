package import MPCCore
internal import Synchronization
package import Transport

/// Counts the frames of one party below its channels, control frames included, and lets an attack alter them there.
final class FrameTally: FrameSink {
  private let base: any FrameSink
  private let sender: PartyID
  private let alter: FrameTampering?
  private let counts = Mutex((aborts: 0, afterAbort: 0))

  init(_ base: any FrameSink, sender: PartyID, alter: FrameTampering?) {
    self.base = base
    self.sender = sender
    self.alter = alter
  }

  /// Abort frames sent, and other frames sent after the first one.
  var totals: (aborts: Int, afterAbort: Int) { counts.withLock { $0 } }

  func transmit(_ frame: Frame, to peer: PartyID) {
    counts.withLock { counts in
      if frame.header.kind == ControlKind.abort.rawValue {
        counts.aborts += 1
      } else if counts.aborts > 0 {
        counts.afterAbort += 1
      }
    }
    for frame in alter?(frame, sender, peer) ?? [frame] { base.transmit(frame, to: peer) }
  }

  func transmit(raw bytes: [UInt8], to peer: PartyID) { base.transmit(raw: bytes, to: peer) }

  func close() { base.close() }
}

/// What goes over a link instead of a frame; below the typed layer, for malformed and replayed frames.
package typealias FrameTampering = @Sendable (_ frame: Frame, _ from: PartyID, _ to: PartyID) -> [Frame]
