/// Time for deadlines and emulated links: the machine's, or a simulation's.
package protocol TransportClock: Sendable {
  /// Nanoseconds since an arbitrary origin; never goes backwards.
  func now() -> UInt64
  /// Runs `action` once, at `time` or soon after. Actions with equal times run in the order of these calls.
  func schedule(at time: UInt64, _ action: @escaping @Sendable () -> Void)
}

extension Duration {
  /// This duration in whole nanoseconds, at least 0 and at most about 292 years.
  package var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < Int64.max / 1_000_000_000 else { return UInt64(Int64.max) }
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
  }
}

/// A heap of timed actions, earliest first, equal times in order of insertion.
struct TimerQueue {
  struct Entry {
    let time: UInt64
    let order: UInt64
    let action: @Sendable () -> Void
  }

  private var heap: [Entry] = []
  private var inserted: UInt64 = 0

  /// When the earliest action is due.
  var earliest: UInt64? { heap.first?.time }

  /// Adds an action.
  mutating func insert(at time: UInt64, _ action: @escaping @Sendable () -> Void) {
    heap.append(Entry(time: time, order: inserted, action: action))
    inserted += 1
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Removes the earliest action.
  mutating func removeEarliest() -> Entry? {
    guard !heap.isEmpty else { return nil }
    heap.swapAt(0, heap.count - 1)
    let entry = heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) {
        least = child
      }
      guard least != parent else { return entry }
      heap.swapAt(least, parent)
      parent = least
    }
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order)
  }
}
