internal import MPCCore
internal import Transport

/// The parties of a local run could not be connected.
struct LocalTransportError: Error, CustomStringConvertible {
  let description: String
}

/// Runs all parties in this process over the chosen transport.
func runLocally<R: Sendable>(
  _ transport: TransportKind, partyCount: Int, session: SessionID, limits: TransportLimits = TransportLimits(),
  _ body: @escaping PartyBody<R>
) async throws(LocalTransportError) -> RunReport<R> {
  switch transport {
  case .inproc:
    return await runInProcess(partyCount: partyCount, session: session, limits: limits, body)
  case .tcp, .tls:
    throw LocalTransportError(description: "TCP is landing")
  }
}
