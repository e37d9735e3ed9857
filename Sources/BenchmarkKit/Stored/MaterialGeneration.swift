internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing
internal import Synchronization
internal import Transport

/// Fills stores for all runs of an experiment: what is missing is made, mode by mode, by the parties with each other.
struct MaterialGeneration {
  let places: StorePlaces
  let start: any PartyStart
  let quiet: Bool

  /// Makes what the stores lack.
  /// - Returns: what was made, for stdout.
  /// - Throws: ``PrepError``, ``StoredRunError``, what connecting throws.
  func fill(_ configurations: [PreparedExperiment], _ inference: LocalSecureInference) async throws -> String {
    guard let first = configurations.first, configurations.count == 1 else {
      throw PrepError.usage("stores are filled for one configuration at a time; choose values of the sweep with --set")
    }
    let experiment = first.experiment
    guard !experiment.insecureDealer else {
      throw PrepError.usage("the insecure dealer has no stores: leave out insecureDealer")
    }
    var text = ""
    for (mode, demand) in try await inference.needs(first).byMode {
      let made =
        switch (experiment.field, mode) {
        case (.p127, .active): try await fill(AuthenticatedSharing<P127>.self, demand, experiment)
        case (.p127, .passive): try await fill(AdditiveSharing<P127>.self, demand, experiment)
        case (.p61, .active): try await fill(AuthenticatedSharing<P61>.self, demand, experiment)
        case (.p61, .passive): try await fill(AdditiveSharing<P61>.self, demand, experiment)
        }
      let list = made.sorted { $0.key.description < $1.key.description }.map { "\($0.value) \($0.key)" }
      text +=
        "\(mode.rawValue): " + (list.isEmpty ? "nothing was missing" : "made \(list.joined(separator: ", "))") + "\n"
    }
    return text + "stores: \(places.directory)\n"
  }

  private func fill<S: OfflineSharing>(_ scheme: S.Type, _ demand: [MaterialKind: Int], _ experiment: Experiment)
    async throws -> [MaterialKind: Int]
  {
    let parties = start.parties(experiment)
    let present = parties.filter { places.hasStore(S.mode, $0, experiment) }
    let stores = try places.open(scheme, present, experiment)
    let line = GenerationLine(quiet: quiet)
    let first = parties.first
    defer { line.clear() }
    do {
      let suite = OfflineSuite(
        try BGV(try experiment.offline.parameters(scheme)), threadCount: experiment.offline.threads)
      let jobs = Dictionary(
        uniqueKeysWithValues: parties.map { me in
          (
            me,
            StoreGeneration<S>(
              experiment: experiment, places: places, suite: suite, demand: demand, partiesHere: parties.count,
              notify: { standardError($0) }, onProgress: { if me == first { line.show($0) } })
          )
        })
      let body: PartyBody<[MaterialKind: Int]> = { (channel) async throws(ProtocolAbort) in
        guard let job = jobs[channel.me] else { return [:] }
        return try await job.party(channel, existing: stores[channel.me])
      }
      let results = try await start.run(
        "offline \(S.mode.rawValue)", experiment: experiment,
        options: RunOptions(
          session: SessionID(bytes: SystemRandom().seed(label: "session", context: [])), limits: .oneMachine), body)
      return results.first?.result ?? [:]
    } catch {
      for store in stores.values { store.close() }
      throw StoredRunError.explaining(
        error, directories: parties.map { places.store(S.mode, $0, experiment) }, root: places.directory)
    }
  }
}
