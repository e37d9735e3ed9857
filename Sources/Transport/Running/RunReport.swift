public import MPCCore

/// How the parties of a run ended, in party order.
public struct RunReport<R: Sendable>: Sendable {
  /// What each party returned or why it ended early.
  public internal(set) var results: [Result<R, ProtocolAbort>]
  /// What each party sent and received, over all its channels.
  public internal(set) var statistics: [ChannelStatistics]
  /// Per party and peer, the hash of all that was sent; empty unless asked for.
  public internal(set) var linkDigests: [[[UInt8]]]
  /// Per party and peer, what the connection carried; `nil` for the own number, empty in process.
  public internal(set) var traffic: [[WireTraffic?]]
  /// Heartbeats and the like that each party sent, to all peers; 0 in process.
  public internal(set) var controlFrameCounts: [Int]

  /// The results of all parties.
  /// - Throws: the abort of the first party that has one.
  public func values() throws(ProtocolAbort) -> [R] {
    var values: [R] = []
    for result in results { values.append(try result.get()) }
    return values
  }

  init(_ parties: [PartyReport<R>]) {
    results = parties.map(\.result)
    statistics = parties.map(\.statistics)
    linkDigests = parties.map(\.linkDigests)
    traffic = parties.map(\.traffic)
    controlFrameCounts = parties.map(\.controlFrameCount)
  }
}

/// How one party ended.
public struct PartyReport<R: Sendable>: Sendable {
  /// What it returned or why it ended early.
  public internal(set) var result: Result<R, ProtocolAbort>
  /// What it sent and received, over all its channels.
  public internal(set) var statistics: ChannelStatistics
  /// Per peer, the hash of all that was sent; empty unless asked for.
  public internal(set) var linkDigests: [[UInt8]]
  /// Per peer, what the TCP connection carried; `nil` for the own number, empty in process.
  public internal(set) var traffic: [WireTraffic?] = []
  /// Heartbeats and the like that were sent, to all peers; only known of parties over TCP.
  public internal(set) var controlFrameCount = 0
}

/// The program of one party.
public typealias PartyBody<R> = @Sendable (WireChannel) async throws(ProtocolAbort) -> R

/// Runs one party to its end: the program, then the orderly end of the session, or the abort.
func runParty<R: Sendable>(_ channel: WireChannel, _ body: PartyBody<R>) async -> PartyReport<R> {
  let result: Result<R, ProtocolAbort>
  do throws(ProtocolAbort) {
    let value = try await body(channel)
    // Its work is done: a peer that fails from here on does not take the value back; extra frames do.
    do throws(ProtocolAbort) {
      try await channel.finish()
      result = .success(value)
    } catch {
      result = error.group == .cheating ? .failure(error) : .success(value)
    }
  } catch {
    channel.abort(error)
    result = .failure(error)
  }
  return PartyReport(result: result, statistics: channel.sessionStatistics(), linkDigests: channel.linkDigests())
}

extension SessionID {
  /// The session of tests and demonstrations: the same in every run, so not for secrets.
  public static let demonstration = SessionID(bytes: Array("demonstration session, not secret".utf8.prefix(32)))
}

/// Runs all parties of a session in this process.
/// - Parameters:
///   - body: the program of a party; it gets the session's main channel.
/// - Returns: results, accounting and digests in party order.
public func runInProcess<R: Sendable>(
  partyCount: Int, session: SessionID = .demonstration, limits: TransportLimits = TransportLimits(),
  recordsDigests: Bool = false, _ body: @escaping PartyBody<R>
) async -> RunReport<R> {
  let network = InProcessNetwork(
    partyCount: partyCount, session: session, limits: limits, recordsDigests: recordsDigests)
  return await runParties((0..<partyCount).map { network.channel(of: PartyID($0)) }, body)
}

/// Runs one task per channel and collects the reports in party order.
func runParties<R: Sendable>(_ channels: [WireChannel], _ body: @escaping PartyBody<R>) async -> RunReport<R> {
  await withTaskGroup(of: (Int, PartyReport<R>).self) { group in
    for channel in channels {
      group.addTask { (channel.me.index, await runParty(channel, body)) }
    }
    var reports: [Int: PartyReport<R>] = [:]
    for await (index, report) in group { reports[index] = report }
    return RunReport(channels.compactMap { reports[$0.me.index] })
  }
}
