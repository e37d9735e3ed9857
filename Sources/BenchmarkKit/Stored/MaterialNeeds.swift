internal import FieldArithmetic
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing

/// What the stores lack for all runs of an experiment. Nothing was handed out or opened.
public struct MaterialShortage: Error, Hashable, Sendable, CustomStringConvertible {
  /// One kind of one mode.
  public struct Lack: Hashable, Sendable {
    /// passive or active.
    public var mode: String
    /// Kind with shape.
    public var kind: String
    /// What all runs need, and what is there.
    public var needed: Int, have: Int
    /// Makes the rest.
    public var command: String
  }

  /// Where the stores are.
  public var directory: String
  /// By mode and kind.
  public var lacks: [Lack]
  /// One command that makes everything.
  public var remedy: String
  /// Whether single kinds can be added by commands of their own.
  var hasCommands: Bool

  /// A line a kind, and how to make it.
  public var description: String {
    var text = "\(directory) has too little material for all runs; nothing was used\n"
    for lack in lacks { text += "  \(lack.mode) \(lack.kind): \(lack.needed) needed, \(lack.have) there\n" }
    text += "everything at once:\n  \(remedy)"
    if hasCommands { text += "\nor kind by kind:\n" + lacks.map { "  \($0.command)" }.joined(separator: "\n") }
    return text
  }
}

/// What all runs of an experiment take from stores, by mode.
struct MaterialNeeds: Sendable {
  let experiment: Experiment
  var byMode: [(mode: SecurityMode, demand: [MaterialKind: Int])] = []

  /// Sums up `demand` of every workload and mode over warm-ups and repeats.
  init(
    _ prepared: PreparedExperiment,
    demand: (PreparedWorkload, SecurityMode) async throws -> [MaterialKind: Int]
  ) async throws {
    experiment = prepared.experiment
    for mode in experiment.modes {
      var total: [MaterialKind: Int] = [:]
      for workload in prepared.workloads {
        let runs = experiment.warmup + experiment.repeats
        for (kind, count) in try await demand(workload, mode) { total[kind, default: 0] += runs * count }
      }
      byMode.append((mode, total))
    }
  }

  /// Compares with what the stores of `parties` hold; opens and closes each.
  /// - Parameter remedy: the command that makes everything that is missing.
  /// - Throws: ``MaterialShortage``, ``PrepError``.
  func require(in places: StorePlaces, of parties: [PartyID], remedy: String) throws {
    var lacks: [MaterialShortage.Lack] = []
    for (mode, demand) in byMode {
      let left = try left(mode, in: places, of: parties)
      for (kind, needed) in demand.sorted(by: { $0.key.description < $1.key.description }) {
        let have = left[kind] ?? 0
        guard have < needed else { continue }
        let request = PrepRequest(
          kind, count: needed - have, mode: mode, for: experiment, into: places.root(mode, experiment))
        lacks.append(
          MaterialShortage.Lack(
            mode: mode.rawValue, kind: kind.description, needed: needed, have: have, command: request.commandLine))
      }
    }
    guard lacks.isEmpty else {
      throw MaterialShortage(
        directory: places.directory, lacks: lacks, remedy: remedy, hasCommands: !places.isOfOneParty)
    }
  }

  /// What all of `parties` have.
  private func left(_ mode: SecurityMode, in places: StorePlaces, of parties: [PartyID]) throws -> [MaterialKind: Int] {
    switch (experiment.field, mode) {
    case (.p127, .active): try left(AuthenticatedSharing<P127>.self, in: places, of: parties)
    case (.p127, .passive): try left(AdditiveSharing<P127>.self, in: places, of: parties)
    case (.p61, .active): try left(AuthenticatedSharing<P61>.self, in: places, of: parties)
    case (.p61, .passive): try left(AdditiveSharing<P61>.self, in: places, of: parties)
    }
  }

  private func left<S: OfflineSharing>(_: S.Type, in places: StorePlaces, of parties: [PartyID]) throws
    -> [MaterialKind: Int]
  {
    var common: [MaterialKind: Int]?
    for party in parties {
      guard places.hasStore(S.mode, party, experiment) else { return [:] }
      let store: PartyStore<S> = try places.open(S.self, party, experiment)
      defer { store.close() }
      let own = store.left
      common = common?.reduce(into: [:]) { $0[$1.key] = min($1.value, own[$1.key] ?? 0) } ?? own
    }
    return common ?? [:]
  }
}
