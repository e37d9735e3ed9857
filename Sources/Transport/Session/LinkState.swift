internal import DequeModule
internal import MPCCore

/// What a receive expects; anything else ends the session.
struct ExpectedFrame: Sendable {
  let step: StepLabel
  let channel: UInt32
  let round: UInt64
  let kind: UInt16
  let length: Int

  /// The way in which `header` deviates, if any.
  func deviation(of header: FrameHeader) -> MalformedReason? {
    guard SecurityCheck.frameRound.holds(header.round == round) else {
      return .wrongRound(expected: round, received: header.round)
    }
    guard SecurityCheck.frameKind.holds(header.kind == kind) else {
      return .wrongKind(expected: kind, received: header.kind)
    }
    guard SecurityCheck.frameLength.holds(Int(header.length) == length) else {
      return .wrongLength(expected: length, received: Int(header.length))
    }
    return nil
  }
}

/// How a link ended. What arrived before the end is still delivered.
enum LinkEnd: Sendable {
  /// The peer sent an abort frame.
  case aborted
  /// The peer finished in order.
  case closed
  /// The connection broke.
  case lost
  /// The peer broke the framing.
  case malformed(MalformedReason)

  /// The abort of a receive in `step` that found the link ended.
  func abort(_ peer: PartyID, during step: StepLabel) -> ProtocolAbort {
    switch self {
    case .aborted: .abortedByPeer(peer, during: step)
    case .closed, .lost: .peerLost(from: peer, during: step)
    case .malformed(let reason): .malformedMessage(step: step, from: peer, reason: reason)
    }
  }
}

/// The result of a receive.
typealias Delivery = Result<[UInt8], ProtocolAbort>

/// A suspended receive.
struct Waiter {
  let expected: ExpectedFrame
  let continuation: Parking<Delivery>
  let parkedAt: UInt64
}

/// The receiving side of one link.
struct LinkState {
  let peer: PartyID
  var decoder: FrameDecoder
  /// Complete frames not yet received by the program, per channel.
  var queues: [UInt32: Deque<Frame>] = [:]
  var waiters: [UInt32: Waiter] = [:]
  /// Bytes in `queues`, with an allowance for bookkeeping.
  var unreadByteCount = 0
  var end: LinkEnd?
  /// Last sign of life that extends deadlines.
  var lastHeard: UInt64 = 0
  var controlFrameCount: UInt64 = 0

  /// Bookkeeping charged per unread frame, so that empty frames are bounded too.
  static let frameOverhead = 256

  init(peer: PartyID, session: SessionID) {
    self.peer = peer
    decoder = FrameDecoder(session: session, sender: peer)
  }

  mutating func enqueue(_ frame: Frame) {
    unreadByteCount += frame.payload.count + LinkState.frameOverhead
    queues[frame.header.channel, default: []].append(frame)
  }

  /// What a receive of `expected` finds now; `nil`: it has to wait.
  mutating func poll(_ expected: ExpectedFrame) -> Delivery? {
    if let frame = queues[expected.channel]?.popFirst() {
      unreadByteCount -= frame.payload.count + LinkState.frameOverhead
      return outcome(of: frame, expected)
    }
    if let header = decoder.partial, header.channel == expected.channel {
      if let reason = expected.deviation(of: header) {
        return .failure(.malformedMessage(step: expected.step, from: peer, reason: reason))
      }
      decoder.reservePayload(expected.length)
    }
    return end.map { .failure($0.abort(peer, during: expected.step)) }
  }

  /// What the frame in front of a channel means for a receive.
  func outcome(of frame: Frame, _ expected: ExpectedFrame) -> Delivery {
    if let reason = expected.deviation(of: frame.header) {
      return .failure(.malformedMessage(step: expected.step, from: peer, reason: reason))
    }
    return .success(frame.payload)
  }

  /// The receive on the lowest channel, which reports what concerns the whole link.
  var firstWaiter: Waiter? { waiters.min { $0.key < $1.key }?.value }
}
