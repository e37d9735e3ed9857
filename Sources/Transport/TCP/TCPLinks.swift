internal import COpenSSLShim
internal import DequeModule
internal import MPCCore
internal import Synchronization

/// The connections of one party: queues what is sent, moves bytes in both directions, hands them to the endpoint.
///
/// Sends go to an outbox and never wait. Sockets and TLS states belong to whoever holds the I/O lock: the party's
/// executor when it is idle or sends, the helper thread while the party computes.
final class TCPLinks: FrameSink {
  private final class Link {
    let stream: ByteStream
    /// Chunks taken from the outbox; the first one has been sent up to `offset`.
    var sending: Deque<[UInt8]> = []
    var offset = 0
    var writeBroken = false
    var saidGoodbye = false
    var readEnded = false

    init(stream: ByteStream) { self.stream = stream }

    /// Whether bytes wait for the socket to become writable.
    var hasUnsent: Bool { !writeBroken && (!sending.isEmpty || stream.wantsWrite) }

    /// Writes what the kernel takes.
    /// - Returns: whether it took anything.
    func write() -> Bool {
      var progress = false
      while !writeBroken, let first = sending.first {
        let second = sending.count > 1 ? sending[sending.startIndex + 1] : []
        let outcome = unsafe first.withUnsafeBytes { first in
          unsafe second.withUnsafeBytes { second in
            unsafe stream.write(
              UnsafeRawBufferPointer(rebasing: first[offset...]), second.isEmpty ? nil : second)
          }
        }
        guard case .bytes(let count) = outcome else {
          if case .closed = outcome { writeBroken = true }
          break
        }
        progress = true
        offset += count
        while let chunk = sending.first, offset >= chunk.count {
          offset -= chunk.count
          sending.removeFirst()
        }
      }
      if case .closed = stream.flush() { writeBroken = true }
      if writeBroken { sending.removeAll() }
      return progress
    }
  }

  private struct IO {
    var links: [Link?]
    /// What the connections carried, by party; known once they are closed.
    var traffic: [WireTraffic?] = []
    var scratch: [UInt8]
  }

  private struct Outbox {
    var queues: [Deque<[UInt8]>]
  }

  let endpoint: SessionEndpoint
  private let io: Guarded<IO>
  private let outbox: Guarded<Outbox>
  private let needsFlush = Atomic<Bool>(false)
  private let isClosing = Atomic<Bool>(false)
  /// When closing gives up on peers that take nothing; 0: not yet set.
  private let lingerEnd = Atomic<UInt64>(0)
  /// Called when bytes remain unsent, so that a sleeping executor watches for room.
  let wakePoller = Guarded<(@Sendable () -> Void)?>(nil)

  /// Small frames are joined in one chunk of at most this size.
  private static let joinByteCount = 16 << 10
  /// Bytes read from one link before the others get their turn.
  private static let readBurst = 4 << 20
  /// What is missing of a payload is read straight into it, down to this size.
  private static let directByteCount = 64 << 10
  private static let scratchByteCount = 256 << 10
  private static let lingerNanoseconds: UInt64 = 1_000_000_000

  init(endpoint: SessionEndpoint, streams: sending [ByteStream?]) {
    self.endpoint = endpoint
    outbox = Guarded(Outbox(queues: streams.map { _ in [] }))
    io = Guarded(
      IO(
        links: streams.map { $0.map { Link(stream: $0) } },
        scratch: [UInt8](repeating: 0, count: TCPLinks.scratchByteCount)))
  }

  // MARK: Sending

  func transmit(_ frame: Frame, to peer: PartyID) {
    outbox.withLock { outbox in
      if frame.payload.count <= TCPLinks.joinByteCount {
        TCPLinks.append(frame, to: &outbox.queues[peer.index])
      } else {
        outbox.queues[peer.index].append(frame.header.encoded())
        outbox.queues[peer.index].append(frame.payload)
      }
    }
    flush()
  }

  private static func append(_ frame: Frame, to queue: inout Deque<[UInt8]>) {
    if let last = queue.indices.last,
      queue[last].count + FrameHeader.byteCount + frame.payload.count <= joinByteCount
    {
      frame.header.append(to: &queue[last])
      queue[last].append(contentsOf: frame.payload)
    } else {
      queue.append(frame.encoded())
    }
  }

  func transmit(raw bytes: [UInt8], to peer: PartyID) {
    outbox.withLock { $0.queues[peer.index].append(bytes) }
    flush()
  }

  func close() {
    isClosing.store(true, ordering: .sequentiallyConsistent)
    flush()
  }

  /// Sends what the kernel takes now. If another thread holds the links, that thread does it before it lets go.
  private func flush() {
    needsFlush.store(true, ordering: .sequentiallyConsistent)
    flushPending()
  }

  private func flushPending() {
    var left = false
    while needsFlush.load(ordering: .sequentiallyConsistent) {
      let done = io.withLockIfAvailable { io in
        needsFlush.store(false, ordering: .sequentiallyConsistent)
        for (index, link) in io.links.enumerated() {
          guard let link else { continue }
          _ = write(index, link)
          if link.hasUnsent { left = true }
        }
        return true
      }
      if done == nil { return }
    }
    if left || isClosing.load(ordering: .relaxed), let wake = wakePoller.withLock({ $0 }) { wake() }
  }

  private func write(_ index: Int, _ link: Link) -> Bool {
    outbox.withLock { outbox in
      while let chunk = outbox.queues[index].popFirst() { link.sending.append(chunk) }
    }
    return link.write()
  }

  // MARK: Moving bytes

  /// Sends and receives what is possible now.
  /// - Returns: whether anything moved; `false` also when another thread is at it.
  func pump() -> Bool {
    let moved = io.withLockIfAvailable { io in
      needsFlush.store(false, ordering: .sequentiallyConsistent)
      var moved = false
      for (index, link) in io.links.enumerated() {
        guard let link else { continue }
        if write(index, link) { moved = true }
        if read(PartyID(index), link, &io.scratch) { moved = true }
      }
      if isClosing.load(ordering: .sequentiallyConsistent) { sayGoodbye(io.links) }
      return moved
    }
    flushPending()
    return moved ?? false
  }

  private func read(_ peer: PartyID, _ link: Link, _ scratch: inout [UInt8]) -> Bool {
    guard !link.readEnded else { return false }
    var total = 0
    while total < TCPLinks.readBurst {
      let discards = isClosing.load(ordering: .relaxed)
      if !discards, var lent = endpoint.takePayload(from: peer, atLeast: TCPLinks.directByteCount) {
        let outcome = link.stream.read(
          appendingTo: &lent.payload, atMost: min(lent.missing, TCPLinks.readBurst - total))
        let count = if case .bytes(let count) = outcome { count } else { 0 }
        endpoint.giveBack(&lent.payload, newByteCount: count, from: peer)
        total += count
        switch outcome {
        case .bytes: continue
        case .wouldBlock: return total > 0
        case .closed:
          link.readEnded = true
          endpoint.linkLost(peer)
          return true
        }
      }
      let welcome = discards ? scratch.count : min(endpoint.welcomeByteCount(from: peer), scratch.count)
      guard welcome > 0 else { break }
      let outcome = unsafe scratch.withUnsafeMutableBytes { buffer in
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<welcome])
        let outcome = unsafe link.stream.read(into: part)
        if case .bytes(let count) = outcome {
          endpoint.deliver(
            bytes: unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: part[..<count])), from: peer)
        }
        return outcome
      }
      switch outcome {
      case .bytes(let count): total += count
      case .wouldBlock: return total > 0
      case .closed:
        link.readEnded = true
        endpoint.linkLost(peer)
        return true
      }
    }
    return total > 0
  }

  /// After the last byte has gone: half-closes, so that nothing the peer has not read yet is lost.
  private func sayGoodbye(_ links: [Link?]) {
    for (index, link) in links.enumerated() {
      guard let link, !link.saidGoodbye else { continue }
      // What was sent before closing is in the outbox by now, perhaps since a moment ago: it goes first.
      _ = write(index, link)
      guard !link.hasUnsent else { continue }
      link.stream.shutdownWrite()
      link.saidGoodbye = true
    }
  }

  /// Whether nothing is left to do: both directions of every link have ended, or the time for it has.
  func isDrained(now: UInt64) -> Bool {
    guard isClosing.load(ordering: .relaxed) else { return false }
    let end = lingerEnd.load(ordering: .relaxed)
    if end == 0 {
      lingerEnd.store(now &+ TCPLinks.lingerNanoseconds, ordering: .relaxed)
    } else if now >= end {
      return true
    }
    return io.withLock { io in io.links.allSatisfy { $0.map { $0.saidGoodbye && $0.readEnded } ?? true } }
  }

  /// Closes all sockets and ends the endpoint's hold on them.
  func release() {
    endpoint.detach()
    io.withLock { io in
      io.traffic = io.links.map { $0?.stream.wireTraffic }
      for index in io.links.indices { io.links[index] = nil }
    }
  }

  /// What the connections carried, by party; empty before ``release()``.
  var traffic: [WireTraffic?] { io.withLock { $0.traffic } }

  /// Sleeps until a link can move bytes, `alarm` rings or `deadline` passes.
  func wait(_ alarm: Alarm, until deadline: UInt64) {
    var entries = [spdz_poll_entry(descriptor: alarm.descriptor, wants_read: 1, wants_write: 0, ready: 0)]
    let closing = isClosing.load(ordering: .relaxed)
    io.withLock { io in
      for (index, link) in io.links.enumerated() {
        guard let link else { continue }
        let reads = !link.readEnded && (closing || endpoint.welcomeByteCount(from: PartyID(index)) > 0)
        let writes = link.hasUnsent
        guard reads || writes else { continue }
        entries.append(
          spdz_poll_entry(
            descriptor: link.stream.socket, wants_read: reads ? 1 : 0, wants_write: writes ? 1 : 0, ready: 0))
      }
    }
    // Whoever found the lock taken just now left its bytes to us: they are not among what is polled for.
    guard !needsFlush.load(ordering: .sequentiallyConsistent) else { return }
    unsafe spdz_poll(&entries, entries.count, deadline)
  }
}
