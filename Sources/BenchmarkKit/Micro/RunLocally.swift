internal import MPCCore
internal import Transport

extension TransportLimits {
  /// For parties that share one machine: a busy machine is no lost peer, so ten minutes of silence are waited for.
  static var oneMachine: TransportLimits {
    TransportLimits(receiveDeadline: .seconds(600), totalReceiveDeadline: .seconds(3600))
  }
}

/// Runs all parties in this process over the chosen transport.
/// - Throws: `TransportError` when the parties cannot be connected.
func runLocally<R: Sendable>(
  _ transport: TransportKind, partyCount: Int, options: RunOptions, _ body: @escaping PartyBody<R>
) async throws(TransportError) -> RunReport<R> {
  switch transport {
  case .inproc: await runInProcess(partyCount: partyCount, options: options, body)
  case .tcp: try await runOverTCP(partyCount: partyCount, security: .insecurePlaintext, options: options, body)
  case .tls: try await runOverTCP(partyCount: partyCount, security: .mutualTLS, options: options, body)
  }
}
