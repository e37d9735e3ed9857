internal import DequeModule
package import MPCCore

/// One party's end of all links of a session: sorts arriving frames by link and channel and wakes receives.
///
/// Locks: `state` guards the receiving side and is never held while calling out; `gate` orders sends against the abort,
/// so that nothing follows an abort frame. A thread may take another endpoint's `state` inside its own `gate`, never the
/// other way round.
package final class SessionEndpoint: Sendable {
  package let me: PartyID
  package let partyCount: Int
  package let session: SessionID
  package let limits: TransportLimits
  package let clock: any TransportClock

  struct State {
    var links: [LinkState]
    var ended: ProtocolAbort?
    /// The first peer that aborted or was lost, and when receives from others give up.
    var grace: (end: UInt64, peer: PartyID, link: LinkEnd)?
    /// When the next sweep of deadlines runs, if one is scheduled.
    var sweepAt: UInt64?
    var finishing: Parking<Void>?
  }

  struct Gate {
    var sink: (any FrameSink)?
    var closed: ProtocolAbort?
    var finished = false
    var controlFrameCount: UInt64 = 0
  }

  let state: Guarded<State>
  let gate = Guarded(Gate())

  /// - Parameters:
  ///   - me: the local party.
  ///   - limits: deadlines and memory bounds.
  ///   - clock: measures deadlines and waiting.
  package init(
    me: PartyID, partyCount: Int, session: SessionID, limits: TransportLimits, clock: any TransportClock
  ) {
    precondition((2...SecurityParameters.maximumPartyCount).contains(partyCount), "a session has 2…8 parties")
    precondition(me.index < partyCount, "the local party is one of the session's")
    self.me = me
    self.partyCount = partyCount
    self.session = session
    self.limits = limits
    self.clock = clock
    state = Guarded(
      State(links: (0..<partyCount).map { LinkState(peer: PartyID($0), session: session) }))
  }

  /// Sets where frames are sent; once, before the first send.
  package func attach(_ sink: any FrameSink) { gate.withLock { $0.sink = sink } }

  /// Lets go of the sink after its links are closed; sends go nowhere from then on.
  package func detach() { gate.withLock { $0.sink = nil } }

  // MARK: Sending

  /// Enqueues a message frame.
  /// - Throws: the abort that ended the session.
  func send(channel: UInt32, round: UInt64, kind: UInt16, payload: [UInt8], to peer: PartyID) throws(ProtocolAbort) {
    precondition(peer != me && peer.index < partyCount, "messages go to other parties of the session")
    precondition(payload.count <= Int(UInt32.max), "a message has less than 4 GiB; send it in parts")
    let header = FrameHeader(
      session: session, channel: channel, round: round, sender: UInt16(me.index), kind: kind,
      length: UInt32(payload.count))
    let ended = gate.withLock { gate -> ProtocolAbort? in
      if SecurityCheck.silenceAfterAbort.isKept, let closed = gate.closed { return closed }
      precondition(!gate.finished, "a finished session sends no messages")
      gate.sink?.transmit(Frame(header: header, payload: payload), to: peer)
      return nil
    }
    if let ended { throw ended }
  }

  private func controlFrame(_ kind: ControlKind) -> Frame {
    Frame(
      header: FrameHeader(
        session: session, channel: 0, round: 0, sender: UInt16(me.index), kind: kind.rawValue, length: 0),
      payload: [])
  }

  private func transmitControl(_ kind: ControlKind, _ gate: inout Gate) {
    let frame = controlFrame(kind)
    for index in 0..<partyCount where index != me.index {
      gate.sink?.transmit(frame, to: PartyID(index))
      gate.controlFrameCount += 1
    }
  }

  /// Tells the peers that this party lives; transports call it during long local work.
  package func sendHeartbeat() {
    gate.withLock { gate in
      if gate.closed == nil, !gate.finished { transmitControl(.heartbeat, &gate) }
    }
  }

  // MARK: Ending

  /// Ends the session on every channel: one abort frame to each peer, then nothing; all receives throw. Idempotent.
  /// - Returns: the abort that ended the session first.
  @discardableResult
  package func terminate(_ reason: ProtocolAbort) -> ProtocolAbort {
    let (first, waiters, finishing) = state.withLock { state in
      if let first = state.ended { return (first, [Waiter](), Parking<Void>?.none) }
      state.ended = reason
      var waiters: [Waiter] = []
      for index in state.links.indices {
        waiters += state.links[index].waiters.sorted { $0.key < $1.key }.map(\.value)
        state.links[index].waiters = [:]
        state.links[index].queues = [:]
        state.links[index].unreadByteCount = 0
      }
      defer { state.finishing = nil }
      return (reason, waiters, state.finishing)
    }
    gate.withLock { gate in
      guard gate.closed == nil else { return }
      gate.closed = first
      if SecurityCheck.abortIsTold.isKept { transmitControl(.abort, &gate) }
      gate.sink?.close()
    }
    for waiter in waiters { waiter.continuation.resume(returning: .failure(first)) }
    finishing?.resume()
    return first
  }

  /// Ends the session in order: tells the peers that nothing follows and waits until they say the same, for the total
  /// receive deadline at most.
  ///
  /// Frames that nobody received are an error: a duplicate of the last message would otherwise pass unseen.
  /// - Throws: `malformedMessage` for such frames; the abort that ended the session before.
  package func finish(during step: StepLabel) async throws(ProtocolAbort) {
    if let ended = state.withLock({ $0.ended }) { throw ended }
    gate.withLock { gate in
      guard gate.closed == nil, !gate.finished else { return }
      gate.finished = true
      transmitControl(.close, &gate)
    }
    let limit = clock.now() &+ limits.totalReceiveDeadline.nanoseconds
    clock.schedule(at: limit) { [weak self] in
      self?.state.withLock { state in
        defer { state.finishing = nil }
        return state.finishing
      }?.resume()
    }
    await Parking.park { continuation in
      let ready = state.withLock { state in
        if state.ended != nil || allLinksEnded(state) { return true }
        state.finishing = continuation
        return false
      }
      if ready { continuation.resume() }
    }
    let outcome = state.withLock { state -> ProtocolAbort? in
      if let ended = state.ended { return ended }
      for link in state.links where link.peer != me {
        if case .malformed(let reason) = link.end {
          return .malformedMessage(step: step, from: link.peer, reason: reason)
        }
        let extra = link.queues.values.compactMap(\.first?.header).min { $0.channel < $1.channel }
        if let extra, SecurityCheck.framesLeftOver.isKept {
          return .malformedMessage(
            step: step, from: link.peer, reason: .wrongRound(expected: 0, received: extra.round))
        }
      }
      for link in state.links where link.peer != me {
        switch link.end {
        case .aborted: return .abortedByPeer(link.peer, during: step)
        case .lost: return .peerLost(from: link.peer, during: step)
        case nil: return .timedOut(waitingFor: link.peer, during: step)
        default: break
        }
      }
      return nil
    }
    switch outcome {
    case nil: gate.withLock { $0.sink?.close() }
    case .timedOut:
      // A peer that is merely slower keeps its session: our part is done, it needs nothing more from us.
      gate.withLock { $0.sink?.close() }
      if let outcome { throw outcome }
    case .some(let abort): throw terminate(abort)
    }
  }

  private func allLinksEnded(_ state: borrowing State) -> Bool {
    state.links.allSatisfy { $0.peer == me || $0.end != nil }
  }

  /// Resumes a waiting ``finish(during:)`` once every link has ended. Called with a change of `end`.
  func takeFinished(_ state: inout State) -> Parking<Void>? {
    guard allLinksEnded(state) else { return nil }
    defer { state.finishing = nil }
    return state.finishing
  }

  /// How many control frames were sent and received; they are not part of the messages.
  package func controlFrameCounts() -> (sent: UInt64, received: UInt64) {
    (gate.withLock { $0.controlFrameCount }, state.withLock { $0.links.reduce(0) { $0 + $1.controlFrameCount } })
  }
}
