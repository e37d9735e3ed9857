public import MPCCore
internal import Synchronization
internal import Transport

/// What a cheater sends over a link instead of an encoded frame: below the typed layer, for malformed and replayed bytes.
///
/// The empty list withholds the frame. Control frames (abort, close) pass here too.
public typealias FrameTampering = @Sendable (_ frame: [UInt8], _ from: PartyID, _ to: PartyID) -> [[UInt8]]

/// Counts the frames of each party below its channels, control frames included.
final class FrameTally: Sendable {
  private struct Count {
    var aborts = 0
    var afterAbort = 0
  }

  private let counts = Mutex<[PartyID: Count]>([:])

  /// Whether `party` sent exactly one abort frame to each of its `peerCount` peers, and nothing to them afterwards.
  func abortedOnce(_ party: PartyID, peerCount: Int) -> Bool {
    let count = counts.withLock { $0[party] } ?? Count()
    return count.aborts == peerCount && count.afterAbort == 0
  }

  /// The tap that counts, and lets the cheaters alter what they send.
  func tap(cheaters: Set<PartyID>, alter: FrameTampering?) -> FrameTap {
    FrameTap { [self] bytes, from, to in
      let kind: UInt16 = bytes.count >= FrameHeader.byteCount ? bytes.littleEndianInteger(at: 51) : 0
      counts.withLock { counts in
        if kind == ControlKind.abort.rawValue {
          counts[from, default: Count()].aborts += 1
        } else if counts[from]?.aborts ?? 0 > 0 {
          counts[from]?.afterAbort += 1
        }
      }
      guard let alter, cheaters.contains(from) else { return [bytes] }
      return alter(bytes, from, to)
    }
  }
}
