internal import FoundationEssentials
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Synchronization

/// Rates of this machine for estimates of the offline phase, measured once for each parameter set and number of busy
/// cores: throw-away keys and ciphertexts, processor time, half a second a set.
final class OfflineCalibration: Sendable {
  private struct Key: Hashable {
    let literal: ParameterLiteral
    let busyCores: Int
  }

  private let known = Mutex<[Key: OfflineRates]>([:])

  private let measures: Bool

  /// - Parameter measures: false: the rule of thumb instead, which is the same on every machine.
  init(measures: Bool = true) { self.measures = measures }

  /// The rates with as many cores busy as the experiment's parties use here: cores share caches and memory.
  /// - Throws: as `Parameters(validating:)`, and if a proof just made does not verify.
  func rates<S: OfflineSharing>(
    for experiment: Experiment, partiesHere: Int, _ scheme: S.Type
  ) async throws -> OfflineRates {
    let parameters = try experiment.offline.parameters(scheme)
    guard measures else { return OfflineRates(ruleOfThumb: parameters) }
    let busy = Self.cores(experiment, parties: partiesHere)
    let key = Key(literal: parameters.literal, busyCores: busy)
    if let rates = known.withLock({ $0[key] }) { return rates }
    let suite = OfflineSuite(try BGV(parameters))
    let measured = try await withThrowingTaskGroup(of: OfflineRates.self) { group in
      for _ in 0..<busy {
        group.addTask(executorPreference: globalConcurrentExecutor) {
          try OfflineRates.measure(suite, scheme) { PartyClock.threadCPUSeconds() }
        }
      }
      var all: [OfflineRates] = []
      for try await rates in group { all.append(rates) }
      return all
    }
    let rates = OfflineRates(meanOf: measured)
    known.withLock { $0[key] = rates }
    return rates
  }

  /// Processors that `parties` parties keep busy.
  static func cores(_ experiment: Experiment, parties: Int) -> Int {
    let threads = parties * experiment.offline.threads * experiment.offline.workers
    return max(1, min(ProcessInfo.processInfo.activeProcessorCount, threads))
  }
}
