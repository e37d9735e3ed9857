package import MPCCore

extension SessionEndpoint {
  // MARK: What transports call

  /// Takes a frame that arrived from `peer` in memory.
  package func deliver(_ frame: Frame, from peer: PartyID) {
    var woken = Woken()
    state.withLock { state in
      guard state.ended == nil, state.links[peer.index].end == nil else { return }
      do throws(MalformedReason) {
        try frame.header.check(session: session, sender: peer)
        guard Int(frame.header.length) == frame.payload.count else {
          throw .wrongLength(expected: Int(frame.header.length), received: frame.payload.count)
        }
        accept(frame, from: peer, &state, &woken)
      } catch {
        end(peer, .malformed(error), &state, &woken)
      }
    }
    woken.resume()
  }

  /// Takes bytes that arrived from `peer`; any split is fine.
  package func deliver(bytes: RawSpan, from peer: PartyID) {
    var woken = Woken()
    state.withLock { state in
      guard state.ended == nil, state.links[peer.index].end == nil else { return }
      var frames: [Frame] = []
      do throws(MalformedReason) {
        try state.links[peer.index].decoder.feed(bytes, into: &frames)
        for frame in frames { accept(frame, from: peer, &state, &woken) }
        checkPartial(peer, &state, &woken)
      } catch {
        for frame in frames { accept(frame, from: peer, &state, &woken) }
        end(peer, .malformed(error), &state, &woken)
      }
      if bytes.byteCount >= SessionEndpoint.progressByteCount { state.links[peer.index].lastHeard = clock.now() }
    }
    woken.resume()
  }

  /// Lends the payload that a receive waits for, so that the transport reads straight into it; only whoever delivers the
  /// bytes of `peer` asks, and gives it back before anything else is delivered.
  /// - Returns: what has come of it and how many bytes are missing; `nil` if no receive has confirmed its length, or less
  ///   than `byteCount` is missing.
  package func takePayload(from peer: PartyID, atLeast byteCount: Int) -> (payload: [UInt8], missing: Int)? {
    state.withLock { state in
      guard state.ended == nil, state.links[peer.index].end == nil,
        let header = state.links[peer.index].decoder.partial,
        let expected = state.links[peer.index].waiters[header.channel]?.expected, expected.deviation(of: header) == nil
      else { return nil }
      return state.links[peer.index].decoder.takePayload(atLeast: byteCount)
    }
  }

  /// Takes a lent payload back, leaving none.
  package func giveBack(_ payload: inout [UInt8], newByteCount: Int, from peer: PartyID) {
    var woken = Woken()
    state.withLock { state in
      var frames: [Frame] = []
      state.links[peer.index].decoder.giveBack(&payload, into: &frames)
      guard state.ended == nil, state.links[peer.index].end == nil else { return }
      for frame in frames { accept(frame, from: peer, &state, &woken) }
      if newByteCount >= SessionEndpoint.progressByteCount { state.links[peer.index].lastHeard = clock.now() }
    }
    woken.resume()
  }

  /// Notes that the connection to `peer` broke.
  package func linkLost(_ peer: PartyID) {
    var woken = Woken()
    state.withLock { state in
      guard state.ended == nil, state.links[peer.index].end == nil else { return }
      end(peer, .lost, &state, &woken)
    }
    woken.resume()
  }

  /// How many more bytes of `peer` are welcome now; 0: leave them in the network until the program has caught up.
  ///
  /// While a receive waits the link is always read: the limit on bytes of other channels then decides.
  package func welcomeByteCount(from peer: PartyID) -> Int {
    state.withLock { state in
      let link = state.links[peer.index]
      guard state.ended == nil, link.end == nil else { return 0 }
      guard link.waiters.isEmpty, SecurityCheck.backPressure.isKept else { return Int.max }
      return max(0, limits.unreadByteLimit - link.unreadByteCount - link.decoder.bufferedByteCount)
    }
  }

  /// Bytes in one delivery that count as a sign of life; less could be a peer that trickles.
  private static var progressByteCount: Int { 4096 }

  // MARK: Inside the lock

  /// Receives to resume after the lock is released.
  struct Woken {
    var receives: [(Waiter, Delivery)] = []
    var finished: Parking<Void>?

    func resume() {
      for (waiter, delivery) in receives { waiter.continuation.resume(returning: delivery) }
      finished?.resume()
    }
  }

  private func accept(_ frame: Frame, from peer: PartyID, _ state: inout State, _ woken: inout Woken) {
    guard state.links[peer.index].end == nil else { return }
    if frame.header.kind < ControlKind.limit {
      acceptControl(frame, from: peer, &state, &woken)
      return
    }
    if let waiter = state.links[peer.index].waiters.removeValue(forKey: frame.header.channel) {
      woken.receives.append((waiter, state.links[peer.index].outcome(of: frame, waiter.expected)))
      return
    }
    state.links[peer.index].enqueue(frame)
    checkUnread(peer, &state, &woken)
  }

  private func checkUnread(_ peer: PartyID, _ state: inout State, _ woken: inout Woken) {
    let link = state.links[peer.index]
    if let waiter = link.firstWaiter,
      !SecurityCheck.unreadLimit.holds(link.unreadByteCount <= limits.unreadByteLimit)
    {
      state.links[peer.index].waiters[waiter.expected.channel] = nil
      woken.receives.append(
        (
          waiter,
          .failure(
            .malformedMessage(
              step: waiter.expected.step, from: peer, reason: .tooMuchUnread(limitBytes: limits.unreadByteLimit)))
        ))
    }
  }

  private func acceptControl(_ frame: Frame, from peer: PartyID, _ state: inout State, _ woken: inout Woken) {
    state.links[peer.index].controlFrameCount += 1
    switch ControlKind(rawValue: frame.header.kind) {
    case .abort: end(peer, .aborted, &state, &woken)
    case .close: end(peer, .closed, &state, &woken)
    case .heartbeat: state.links[peer.index].lastHeard = clock.now()
    case .hello, nil: end(peer, .malformed(.notAFrame), &state, &woken)
    }
  }

  /// Refuses a frame whose header already deviates from what a receive waits for, before its payload has come.
  private func checkPartial(_ peer: PartyID, _ state: inout State, _ woken: inout Woken) {
    guard let header = state.links[peer.index].decoder.partial else { return }
    if let waiter = state.links[peer.index].waiters[header.channel] {
      if let reason = waiter.expected.deviation(of: header) {
        state.links[peer.index].waiters[header.channel] = nil
        woken.receives.append(
          (waiter, .failure(.malformedMessage(step: waiter.expected.step, from: peer, reason: reason))))
      } else {
        state.links[peer.index].decoder.reservePayload(waiter.expected.length)
      }
    } else if let waiter = state.links[peer.index].firstWaiter,
      !SecurityCheck.unreadLimit.holds(
        state.links[peer.index].unreadByteCount + state.links[peer.index].decoder.bufferedByteCount
          <= limits.unreadByteLimit)
    {
      state.links[peer.index].waiters[waiter.expected.channel] = nil
      woken.receives.append(
        (
          waiter,
          .failure(
            .malformedMessage(
              step: waiter.expected.step, from: peer, reason: .tooMuchUnread(limitBytes: limits.unreadByteLimit)))
        ))
    }
  }

  private func end(_ peer: PartyID, _ how: LinkEnd, _ state: inout State, _ woken: inout Woken) {
    state.links[peer.index].end = how
    for (_, waiter) in state.links[peer.index].waiters.sorted(by: { $0.key < $1.key }) {
      woken.receives.append((waiter, .failure(how.abort(peer, during: waiter.expected.step))))
    }
    state.links[peer.index].waiters = [:]
    switch how {
    case .aborted, .lost:
      if state.grace == nil {
        state.grace = (clock.now() &+ limits.abortGrace.nanoseconds, peer, how)
        if state.links.contains(where: { !$0.waiters.isEmpty }) { arm(&state) }
      }
    case .closed, .malformed: break
    }
    woken.finished = takeFinished(&state) ?? woken.finished
  }

  // MARK: What channels call

  /// Waits for `expected` from `peer`.
  /// - Throws: the abort this receive runs into, after ending the session with it.
  func receive(_ expected: ExpectedFrame, from peer: PartyID) async throws(ProtocolAbort) -> [UInt8] {
    precondition(peer != me && peer.index < partyCount, "messages come from other parties of the session")
    let delivery: Delivery
    if let ready = state.withLock({ poll(&$0, expected, from: peer) }) {
      delivery = ready
    } else {
      delivery = await Parking.park { continuation in
        let ready = state.withLock { state -> Delivery? in
          if let ready = poll(&state, expected, from: peer) { return ready }
          let waiter = Waiter(expected: expected, continuation: continuation, parkedAt: clock.now())
          let before = state.links[peer.index].waiters.updateValue(waiter, forKey: expected.channel)
          precondition(before == nil, "two receives from one peer on one channel at once; fork the channel")
          if state.sweepAt == nil || state.grace != nil { arm(&state) }
          return nil
        }
        if let ready { continuation.resume(returning: ready) }
      }
    }
    switch delivery {
    case .success(let payload): return payload
    case .failure(let abort): throw terminate(abort)
    }
  }

  private func poll(_ state: inout State, _ expected: ExpectedFrame, from peer: PartyID) -> Delivery? {
    if let ended = state.ended { return .failure(ended) }
    return state.links[peer.index].poll(expected)
  }

  // MARK: Deadlines

  private func deadline(of waiter: Waiter, on link: LinkState, _ state: borrowing State) -> UInt64 {
    let idle = max(waiter.parkedAt, link.lastHeard) &+ limits.receiveDeadline.nanoseconds
    let total = waiter.parkedAt &+ limits.totalReceiveDeadline.nanoseconds
    let deadline =
      SecurityCheck.receiveDeadline.isKept ? SecurityCheck.totalReceiveDeadline.isKept ? min(idle, total) : idle : total
    return state.grace.map { min(deadline, max($0.end, waiter.parkedAt)) } ?? deadline
  }

  /// Schedules the sweep that the earliest deadline of a waiting receive needs.
  private func arm(_ state: inout State) {
    var earliest: UInt64?
    for link in state.links {
      for waiter in link.waiters.values {
        let deadline = deadline(of: waiter, on: link, state)
        earliest = min(earliest ?? deadline, deadline)
      }
    }
    guard let earliest else { return }
    if let at = state.sweepAt, at <= earliest { return }
    state.sweepAt = earliest
    clock.schedule(at: earliest) { [weak self] in self?.sweep(scheduledFor: earliest) }
  }

  /// Fails the receives whose deadline has passed.
  private func sweep(scheduledFor time: UInt64) {
    var woken = Woken()
    state.withLock { state in
      guard state.sweepAt == time else { return }
      state.sweepAt = nil
      let now = clock.now()
      for index in state.links.indices {
        for (channel, waiter) in state.links[index].waiters.sorted(by: { $0.key < $1.key }) {
          guard deadline(of: waiter, on: state.links[index], state) <= now else { continue }
          state.links[index].waiters[channel] = nil
          let abort: ProtocolAbort =
            if let grace = state.grace, grace.end <= now {
              grace.link.abort(grace.peer, during: waiter.expected.step)
            } else {
              .timedOut(waitingFor: PartyID(index), during: waiter.expected.step)
            }
          woken.receives.append((waiter, .failure(abort)))
        }
      }
      arm(&state)
    }
    woken.resume()
  }
}
