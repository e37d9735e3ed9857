internal import DequeModule

/// One direction of an emulated link: when a frame that is sent now arrives.
struct EmulatedLink {
  private let profile: LinkProfile
  private var random: SplitMix64
  /// When the last frame has left the sender.
  private var freeAt: UInt64 = 0
  /// When the last frame arrives; none may arrive earlier.
  private(set) var arrival: UInt64 = 0
  private var window: Window?

  init(_ profile: LinkProfile, seed: UInt64) {
    self.profile = profile
    random = SplitMix64(seed: seed)
    window = profile.slowStart.map { Window($0, roundTrip: 2 * profile.latencyNanoseconds) }
  }

  /// Sends a frame; returns when its last byte arrives.
  mutating func send(byteCount: Int, at now: UInt64) -> UInt64 {
    let start = max(now, freeAt)
    // In place: a copy of the window would copy its queue.
    freeAt =
      window?.send(byteCount: byteCount, from: start, on: profile)
      ?? (start &+ profile.transmissionNanoseconds(byteCount: byteCount))
    let jitter = profile.jitterNanoseconds == 0 ? 0 : random.below(profile.jitterNanoseconds + 1)
    arrival = max(arrival, freeAt &+ profile.latencyNanoseconds &+ jitter)
    return arrival
  }

  /// TCP's congestion window; see ``SlowStart``.
  private struct Window {
    let rules: SlowStart
    let roundTrip: UInt64
    /// Segments that may be under way.
    var size: Int
    /// When the segments under way are acknowledged.
    var acknowledgements: Deque<UInt64> = []
    /// Most segments that were under way since the window was last empty.
    var most = 0
    /// When the last segment left; 0: none has.
    var lastSent: UInt64 = 0

    init(_ rules: SlowStart, roundTrip: UInt64) {
      self.rules = rules
      self.roundTrip = roundTrip
      size = rules.initialSegmentCount
    }

    /// Sends the segments of a frame one after the other; returns when the last has left.
    mutating func send(byteCount: Int, from start: UInt64, on profile: LinkProfile) -> UInt64 {
      var time = start
      var left = byteCount
      repeat {
        acknowledge(until: time)
        if acknowledgements.isEmpty {
          rest(until: time)
          most = 0
        }
        while acknowledgements.count >= size, let first = acknowledgements.first {
          time = max(time, first)
          acknowledge(until: time)
        }
        let part = min(left, rules.segmentByteCount)
        left -= part
        time = time &+ profile.transmissionNanoseconds(byteCount: part + rules.headerByteCount)
        acknowledgements.append(time &+ roundTrip)
        lastSent = time
        most = max(most, acknowledgements.count)
      } while left > 0
      return time
    }

    /// Takes the acknowledgements that have come. Each lets the window grow by one, if more than half of it was in use.
    private mutating func acknowledge(until time: UInt64) {
      while let first = acknowledgements.first, first <= time {
        acknowledgements.removeFirst()
        if size < 2 * most { size += 1 }
      }
    }

    /// After a rest the window shrinks.
    private mutating func rest(until time: UInt64) {
      let timeout = roundTrip &+ rules.restNanoseconds
      guard lastSent > 0, time > lastSent, timeout > 0 else { return }
      var rest = time - lastSent
      while rest > timeout, size > rules.initialSegmentCount {
        size = max(rules.initialSegmentCount, size / 2)
        rest -= timeout
      }
    }
  }
}
