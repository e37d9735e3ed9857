internal import Cryptography
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing
internal import Transport

extension LowGear where C == WireChannel {
  /// The set-up of a session that adds to a store, under its MAC key, or whose material comes into a new one.
  ///
  /// A process that dies while the continued key is being confirmed must not be asked twice: that is noted before. What is
  /// lost earlier, while keys are exchanged and proven, leaves the store as it is.
  /// - Parameter store: taken up and agreed on by all parties; `nil` at all of them for a first session.
  /// - Throws: as ``setUp(over:suite:random:options:continuing:beforeConfirming:)``; `localFailure` if the store cannot be
  ///   written or has no key witness.
  static func setUp(
    over channel: WireChannel, suite: OfflineSuite, options: OfflineOptions, addingTo store: PartyStore<S>?
  ) async throws(ProtocolAbort) -> LowGear {
    guard let store else {
      return try await setUp(over: channel, suite: suite, random: SystemRandom(), options: options)
    }
    guard let key = store.continuedKey else {
      throw .localFailure(
        step: StepLabel("LowGear", 0),
        detail:
          "\(store.directory) has no key witness, so nothing can show that its MAC key is continued; give a new folder")
    }
    try storing { () throws(StoreError) in try store.beginGenerating() }
    let party = try await setUp(
      over: channel, suite: suite, random: SystemRandom(), options: options, continuing: key
    ) { () throws(ProtocolAbort) in
      try storing { () throws(StoreError) in try store.beginUndecided("the MAC key was being confirmed") }
    }
    try storing { () throws(StoreError) in try store.settle(after: party.session) }
    return party
  }

  private static func storing(_ body: () throws(StoreError) -> Void) throws(ProtocolAbort) {
    do throws(StoreError) { try body() } catch {
      throw .localFailure(step: StepLabel("LowGear", 0), detail: error.description)
    }
  }
}
