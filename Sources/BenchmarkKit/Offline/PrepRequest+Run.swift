internal import Cryptography
internal import FieldArithmetic
internal import FoundationEssentials
internal import LatticeEncryption
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing
internal import Transport

extension PrepRequest {
  /// Runs all parties and measures them.
  /// - Throws: ``PrepError``; `usage` before any work if the request makes no sense or does not fit into memory, `store`
  ///   before any work if it does not fit on the disk.
  /// - Parameter interruption: ends the generation after the part that is being made; what was made is kept.
  public func run(interruption: Interruption? = nil) async throws(PrepError) -> PrepResult {
    let demand = try demand()
    return switch (field, mode) {
    case ("p61", .active): try await run(AuthenticatedSharing<P61>.self, demand, interruption)
    case ("p61", .passive): try await run(AdditiveSharing<P61>.self, demand, interruption)
    case (_, .active): try await run(AuthenticatedSharing<P127>.self, demand, interruption)
    case (_, .passive): try await run(AdditiveSharing<P127>.self, demand, interruption)
    }
  }

  private func run<S: OfflineSharing>(
    _: S.Type, _ demand: [MaterialKind: Int], _ interruption: Interruption?
  ) async throws(PrepError) -> PrepResult {
    let parameters = try parameters()
    let memory = PrepMemory(self, demand, parameters, S.self)
    var atOnce = try memory.itemsAtOnce(count)
    let session = SessionID(bytes: SystemRandom().seed(label: "session", context: []))
    let check = verifyInClear ? ClearCheck<S.F>(partyCount: partyCount) : nil
    var sinks: [any ShareSink<S.F>] = check.map { [$0] } ?? []
    var stores: PrepStoreSet<S>?
    switch destination {
    case .discard: break
    case .export(let directory): sinks.append(try MPSPDZExport<S.F>(directory: directory, partyCount: partyCount))
    case .store(let directory):
      guard !verifyInClear else { throw .usage("--verify checks discarded material; stores: prep verify --reveal") }
      stores = try PrepStoreSet(directory, self, demand, parameters)
      atOnce = min(atOnce, memory.itemsOfOnePart)  // what an interruption has to wait for
    }
    let line = GenerationLine(quiet: quiet)
    let job = PrepJob<S>(
      request: self, demand: demand, suite: OfflineSuite(try scheme(parameters), threadCount: threadCount),
      itemsAtOnce: atOnce, session: session, sinks: sinks, stores: stores,
      stop: interruption.map { PartStop($0) }, line: line)
    let report: RunReport<PartyFigures>
    do throws(TransportError) {
      report = try await runLocally(
        transport, partyCount: partyCount, options: RunOptions(session: session, limits: .oneMachine)
      ) {
        (channel) throws(ProtocolAbort) in
        let (setUp, runs) = try await job.party(channel)
        return PartyFigures(setUp: setUp, runs: runs)
      }
    } catch {
      throw .transport(error)
    }
    line.clear()
    let parties: [PartyFigures]
    do throws(ProtocolAbort) { parties = try report.values() } catch { throw .aborted(error) }
    for sink in sinks { try sink.finish() }
    return summarise(
      parties, ParameterReport(parameters), trustModel: S.trustModel(options), checked: check?.checkedCount)
  }

  private struct PartyFigures: Sendable {
    var setUp: PrepMeasurement
    var runs: [PrepMeasurement]
  }

  private func summarise(
    _ parties: [PartyFigures], _ set: ParameterReport, trustModel: TrustModel, checked: Int?
  ) -> PrepResult {
    func slowest(_ figures: [PrepMeasurement], _ value: (PrepMeasurement) -> UInt64) -> Double {
      Double(figures.map(value).max() ?? 0) / 1e9
    }
    let runs = (0..<repeats).map { run in parties.map { $0.runs[run] } }
    let walls = runs.map { slowest($0, \.wallNanoseconds) }.sorted()
    let cpus = runs.map { slowest($0, \.cpuNanoseconds) / Double(partyCount) }.sorted()
    let (wall, cpu) = (walls[repeats / 2], cpus[repeats / 2])
    let last = runs[repeats - 1]
    let made = last.map(\.made).min() ?? 0
    let bytes = last.map(\.bytesSent).max() ?? 0
    let setUp = parties.map(\.setUp)
    let toy = insecureToyDegree.map { "INSECURE toy ring of degree \($0): " } ?? ""
    let place =
      switch destination {
      case .discard: "discarded"
      case .store(let directory): "store \(directory)"
      case .export(let directory): "exported to \(directory), spent"
      }
    return PrepResult(
      kind: kind.rawValue, shape: shape, requested: count, count: made, mode: mode.rawValue, field: field,
      transport: transport.rawValue, parties: partyCount, seconds: wall, secondsMin: walls[0],
      secondsMax: walls[repeats - 1], cpuSeconds: cpu, itemsPerSecond: wall > 0 ? Double(made) / wall : 0,
      itemsPerCPUSecond: cpu > 0 ? Double(made) / cpu : 0, bytesSentPerParty: bytes,
      bytesPerItem: made > 0 ? Double(bytes) / Double(made) : 0, setupSeconds: slowest(setUp, \.wallNanoseconds),
      setupCPUSeconds: slowest(setUp, \.cpuNanoseconds) / Double(partyCount),
      setupBytesPerParty: setUp.map(\.bytesSent).max() ?? 0, rounds: last.map(\.rounds).max() ?? 0,
      peakRSS: HostDescription.peakResidentBytes(), ringDegree: set.ringDegree, logQ: set.modulusBits,
      estimatedSecurityBits: insecureToyDegree == nil ? set.estimatedSecurityBits : 0,
      trustModel: toy + trustModel.description, triples: options.triples.rawValue, masks: options.masks.rawValue,
      threads: threadCount, workers: options.workerCount, ring: ring.rawValue, simd: SIMDLevel.current.name,
      repeats: repeats,
      insecure: insecurities, verifiedInClear: checked, destination: place)
  }
}
