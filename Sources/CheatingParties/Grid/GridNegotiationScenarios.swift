internal import MPCCore
internal import PartyRuntime
internal import Transport

extension GridScenario {
  /// The comparison of manifests between parties with the same one.
  static let agreement = negotiation("manifests that agree") { _ in "run" }
  /// The comparison between parties with different ones: every run ends with the difference or with what was altered.
  static let disagreement = negotiation("manifests that differ") { "run of \($0)" }

  private static func negotiation(_ name: String, run: @escaping @Sendable (PartyID) -> String) -> GridScenario {
    GridScenario(
      name: name,
      program: { (channel, _) throws(ProtocolAbort) in
        let session = SessionFile(
          name: "grid", partyCount: channel.partyCount, field: "p127", statisticalSecurity: 40, modes: ["active"],
          program: "none")
        try await SessionManifest(session, run: run(channel.me)).negotiate(over: channel)
        return [1]
      }, isActive: true)
  }
}
