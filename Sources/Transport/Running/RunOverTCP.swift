internal import MPCCore

/// Protection of a run over loopback TCP.
public enum LoopbackSecurity: Sendable {
  /// Mutual TLS 1.3 between fresh identities.
  case mutualTLS
  /// **Insecure**: no encryption, no authentication.
  case insecurePlaintext
}

/// Runs all parties of a session in this process over TCP on the loopback interface, each on its own executor.
/// - Parameters:
///   - security: how the connections are protected.
///   - body: the program of a party; it gets the session's main channel.
/// - Throws: ``TransportError`` when the links cannot be set up.
public func runOverTCP<R: Sendable>(
  partyCount: Int, security: LoopbackSecurity, options: RunOptions = RunOptions(), _ body: @escaping PartyBody<R>
) async throws(TransportError) -> RunReport<R> {
  let listeners = try (0..<partyCount).map { index throws(TransportError) in
    try TCPListener(.loopback(port: 0), party: PartyID(index))
  }
  let addresses = listeners.map(\.address)
  let securities = try loopbackSecurities(security, addresses)
  let outcome = await withTaskGroup(of: (Int, Result<PartyReport<R>, TransportError>).self) { group in
    for (index, listener) in listeners.enumerated() {
      group.addTask {
        var configuration = TCPConfiguration(
          me: PartyID(index), addresses: addresses, security: securities[index], session: .fixed(options.session),
          limits: options.limits, recordsDigests: options.recordsDigests, network: options.network,
          partiesOnThisMachine: partyCount)
        configuration.tap = options.tap
        do throws(TransportError) {
          let party = try await TCPParty.connect(configuration, listener: listener)
          return (index, .success(await party.run(body)))
        } catch {
          return (index, .failure(error))
        }
      }
    }
    var reports: [Int: Result<PartyReport<R>, TransportError>] = [:]
    for await (index, report) in group { reports[index] = report }
    return (0..<partyCount).compactMap { reports[$0] }
  }
  var reports: [PartyReport<R>] = []
  for report in outcome { reports.append(try report.get()) }
  return RunReport(reports)
}

private func loopbackSecurities(
  _ security: LoopbackSecurity, _ addresses: [SocketAddress]
) throws(TransportError) -> [TCPSecurity] {
  guard case .mutualTLS = security else { return addresses.map { _ in .insecurePlaintext } }
  var identities: [Identity] = []
  for (index, address) in addresses.enumerated() {
    do throws(IdentityError) {
      identities.append(try Identity.generate(name: "party \(index)", validFor: .seconds(86400)))
    } catch {
      throw TransportError(.unusableIdentity, PartyID(index), at: address)
    }
  }
  let fingerprints = identities.map(\.fingerprint)
  return identities.map { .mutualTLS($0, fingerprints: fingerprints) }
}
