internal import Cryptography
internal import MPCCore

/// What a cheater does to one message, whatever the message is: the columns of the grid.
public enum GridDeviation: String, Sendable, CaseIterable, Codable {
  /// Flips one bit of the payload.
  case flipBit = "flip-bit"
  /// Sends zeros.
  case zero
  /// Sends random bytes.
  case random
  /// Adds 1 to the first 64-bit word.
  case plusDelta = "plus-delta"
  /// Subtracts 1 from the first 64-bit word.
  case minusDelta = "minus-delta"
  /// Sets all bits: out of the range of every field and ring.
  case outOfRange = "out-of-range"
  /// Leaves the last byte out, and declares so.
  case truncate
  /// Appends a byte, and declares so.
  case extend
  /// Sends the payload twice: as a message of twice the count.
  case wrongCount = "wrong-count"
  /// Declares the next kind of message.
  case wrongTag = "wrong-tag"
  /// Sends the payload of its first message of this kind again in the second.
  case replaySession = "replay-session"
  /// Sends its last frame, of whatever kind, once more instead.
  case replayFrame = "replay-frame"
  /// Sends what it sent at this place in an earlier session.
  case replayOldSession = "replay-old-session"
  /// Sends back what another party sent.
  case reflect
  /// Tells the victim something else than the others (three parties and more).
  case equivocate
  /// Sends nothing.
  case withhold

  /// Whether the deviation keeps the length, so that only the content can betray it.
  public var keepsForm: Bool {
    switch self {
    case .flipBit, .zero, .random, .plusDelta, .minusDelta, .outOfRange, .replaySession, .replayOldSession, .reflect,
      .equivocate:
      true
    case .truncate, .extend, .wrongCount, .wrongTag, .replayFrame, .withhold: false
    }
  }
}

/// What a tap knows when it alters a frame.
struct GridContext {
  var seed: UInt64
  var victim: PartyID
  /// The cheater's frame before this one, to the same recipient.
  var previous: [UInt8]?
  /// The payload of its first message of the kind, to the same recipient.
  var first: [UInt8]?
  /// What it sent here in an earlier session.
  var old: [UInt8]?
  /// Payloads of honest parties of the same kind, in the order they were sent.
  var honest: [[UInt8]]
}

extension GridDeviation {
  /// What goes out instead of `frame`; the frame itself where the deviation does not apply.
  func apply(_ frame: RawFrame, to recipient: PartyID, _ context: GridContext) -> [[UInt8]] {
    var altered = frame
    let payload = frame.payload
    let prg = PRG(seed: PRG.deriveSeed([], label: "grid", context: [context.seed]))
    switch self {
    case .flipBit:
      guard !payload.isEmpty else { break }
      let position = Int(prg.word() % UInt64(payload.count))
      altered.payload[position] ^= 1 << UInt8(prg.word() % 8)
    case .zero: altered.payload = [UInt8](repeating: 0, count: payload.count)
    case .random: altered.payload = prg.bytes(payload.count)
    case .plusDelta: altered.payload = Self.adding(1, to: payload)
    case .minusDelta: altered.payload = Self.adding(.max, to: payload)
    case .outOfRange: altered.payload = [UInt8](repeating: 0xFF, count: payload.count)
    case .truncate: if !payload.isEmpty { Self.set(payload.dropLast(), in: &altered) }
    case .extend: Self.set(payload + [0], in: &altered)
    case .wrongCount: if !payload.isEmpty { Self.set(payload + payload, in: &altered) }
    case .wrongTag: altered.kind &+= 1
    case .replaySession: if let first = context.first, first.count == payload.count { altered.payload = first }
    case .replayFrame: if let previous = context.previous { return [previous] }
    case .replayOldSession: if let old = context.old, old.count == payload.count { altered.payload = old }
    case .reflect:
      if let theirs = context.honest.last(where: { $0.count == payload.count }) { altered.payload = theirs }
    case .equivocate: if recipient == context.victim { altered.payload = Self.adding(1, to: payload) }
    case .withhold: return []
    }
    return [altered.bytes]
  }

  private static func set(_ payload: [UInt8], in frame: inout RawFrame) {
    frame.payload = payload
    frame.length = UInt32(payload.count)
  }

  private static func adding(_ delta: UInt64, to payload: [UInt8]) -> [UInt8] {
    var payload = payload
    var carry: UInt64 = 0
    for index in 0..<min(8, payload.count) {
      let sum = UInt64(payload[index]) + (delta >> UInt64(8 * index) & 0xFF) + carry
      payload[index] = UInt8(truncatingIfNeeded: sum)
      carry = sum >> 8
    }
    return payload
  }
}
