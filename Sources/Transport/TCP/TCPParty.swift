internal import COpenSSLShim
internal import MPCCore

/// One party of a session over TCP: its channel and the executor its program runs on.
public final class TCPParty: Sendable {
  /// The session's main channel.
  public let channel: WireChannel
  /// Where the party's tasks run; give it as executor preference to tasks of your own.
  public let executor: PartyExecutor

  private init(channel: WireChannel, executor: PartyExecutor) {
    self.channel = channel
    self.executor = executor
  }

  deinit { executor.abandon() }

  /// Sets up the links to all other parties.
  /// - Parameters:
  ///   - configuration: who and where everybody is.
  ///   - listener: a socket that listens already (with port 0 this is the only way to tell others the port); by default
  ///     one at the own address.
  /// - Throws: ``TransportError`` when a link cannot be set up before the connect deadline.
  public static func connect(
    _ configuration: TCPConfiguration, listener: TCPListener? = nil
  ) async throws(TransportError) -> TCPParty {
    let listener =
      if let listener {
        listener
      } else {
        try TCPListener(configuration.addresses[configuration.me.index], party: configuration.me)
      }
    // Sockets are waited for on a thread of their own; the caller's executor stays free.
    let outcome: Result<TCPParty, TransportError> = await Parking.park { parking in
      startThread(named: "spdz-connect") {
        do throws(TransportError) {
          var setup = try ConnectionSetup(configuration, listener: listener)
          let established = try setup.run()
          parking.resume(returning: .success(TCPParty(configuration, established.session, established.streams)))
        } catch {
          parking.resume(returning: .failure(error))
        }
      }
    }
    return try outcome.get()
  }

  private convenience init(
    _ configuration: TCPConfiguration, _ session: SessionID, _ streams: sending [ByteStream?]
  ) {
    let partyCount = configuration.addresses.count
    let clock = RealTimeClock.shared
    let endpoint = SessionEndpoint(
      me: configuration.me, partyCount: partyCount, session: session, limits: configuration.limits, clock: clock)
    let links = TCPLinks(endpoint: endpoint, streams: streams)
    var options = RunOptions(network: configuration.network)
    options.tap = configuration.tap
    endpoint.attach(options.wrap(links, me: configuration.me, partyCount: partyCount, clock: clock))
    self.init(
      channel: WireChannel(
        endpoint: endpoint, recordsDigests: configuration.recordsDigests, observer: configuration.observer),
      executor: PartyExecutor(
        links: links, spins: configuration.partiesOnThisMachine <= Int(spdz_processor_count())))
  }

  /// Runs the party's program to its end and closes the links. Once per party.
  public func run<R: Sendable>(_ body: @escaping PartyBody<R>) async -> PartyReport<R> {
    var report = await Task(executorPreference: executor) { [channel] in await runParty(channel, body) }.value
    await executor.stop()
    report.traffic = executor.traffic
    report.controlFrameCount = Int(clamping: channel.controlFrameCounts().sent)
    return report
  }
}
