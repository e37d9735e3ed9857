internal import MPCCore
internal import Online
internal import Preprocessing
internal import SecretSharing

/// Measures the entries of an ``OperationsFile`` one after the other; every run gives rows as an experiment does.
struct OperationsRun {
  let file: OperationsFile
  let progress: ProgressLine
  let interruption: Interruption?
  /// Columns that are the same for all rows.
  let common: ResultRow
  let receive: (ResultRow) throws -> Void

  /// How many measurements there are, warm-ups included.
  static func runCount(_ file: OperationsFile) -> Int { file.entries.count * (file.warmup + file.repeats) }

  /// Runs everything, entries interleaved within each repeat.
  /// - Throws: what an entry throws; `cancelled` if the user interrupted.
  func run() async throws {
    for repetition in -file.warmup..<file.repeats {
      for entry in file.entries {
        try interruption?.check(StepLabel("Experiment", 0))
        let kind = repetition < 0 ? "warm-up" : "repeat \(repetition + 1) of \(file.repeats)"
        let text =
          "\(entry.title), \(entry.mode.rawValue), \(entry.parties) parties, \(entry.transport.rawValue), \(kind)"
        progress.announce(text)
        let rows = try await rows(entry)
        progress.advance(text)
        if repetition < 0 { continue }
        for var row in rows {
          row.repetition = repetition
          row.timestamp = Manifest.timestamp()
          try receive(row)
        }
      }
    }
    progress.clear()
  }

  private func rows(_ entry: OperationsFile.Entry) async throws -> [ResultRow] {
    var row = common
    row.party = 0
    row.mode = entry.mode.rawValue
    row.partyCount = entry.parties
    row.transport = entry.transport.rawValue
    row.tls = entry.transport == .tls
    row.linkProfile = LinkProfile.Name.none.rawValue
    row.fieldBits = entry.field.bits
    (row.f, row.k, row.sigma) = (entry.fixedPoint.f, entry.fixedPoint.k, entry.fixedPoint.s)
    row.op = entry.title
    row.batch = 1
    row.layerIndex = 0
    switch entry.subject {
    case .online(let operation, let size, let width): return try await measure(operation, size, width, entry, row)
    case .offline(let kind, let count, let shape): return try await generate(kind, count, shape, entry, row)
    }
  }

  private func measure(
    _ operation: MicroOperation, _ size: Int, _ digitWidth: Int, _ entry: OperationsFile.Entry, _ common: ResultRow
  ) async throws -> [ResultRow] {
    var benchmark = MicroBenchmark(
      operation: operation, size: size, mode: entry.mode, partyCount: entry.parties, transport: entry.transport,
      field: entry.field.rawValue,
      format: FixedPointFormat(fractionBits: entry.fixedPoint.f, valueBits: entry.fixedPoint.k),
      statisticalSecurity: entry.fixedPoint.s, digitWidth: digitWidth, repeats: 1, warmup: 0,
      material: file.insecureDealer ? .insecureDealer : .offline(file.offline))
    benchmark.quiet = true
    let result = try await benchmark.run()
    var row = common
    row.size = size
    row.layerKind = operation.rawValue
    row.protocolName = result.fakeOffline ? "SPDZ online" : "SPDZ LowGear"
    row.fakeOffline = result.fakeOffline
    row.trustModel = result.trustModel
    row.deterministic = false
    row.threads = result.fakeOffline ? nil : file.offline.threads
    row.peakResidentBytes = HostDescription.peakResidentBytes()
    var cost = row
    cost.setCost(
      PhaseCost(
        wallNanoseconds: Int(result.wallNanoseconds), cpuNanoseconds: Int(result.cpuNanoseconds),
        bytesSent: result.bytesSent, messages: result.messages, rounds: result.rounds), phase: Phase.online.rawValue)
    (cost.bytesReceived, cost.blockedNanoseconds) = (nil, nil)
    let material = result.material.sorted { $0.key < $1.key }.map { kind, used in
      var own = row
      (own.layerIndex, own.layerKind, own.phase) = (nil, nil, "offline")
      (own.preprocessingKind, own.preprocessingUsed) = (kind, used)
      return own
    }
    let figures = [cost] + material + [figure(row, "items/s", result.perSecond)]
    guard let offline = result.offline else { return figures }
    return phases(offline, row) + figures
  }

  /// Set-up of keys, and the generation of an operation's material; operands are a small part of it.
  private func phases(_ offline: MicroOfflineFigures, _ common: ResultRow) -> [ResultRow] {
    let costs = [
      ("setup", offline.setUpNanoseconds, nil, offline.setUpBytesSent),
      (Phase.offline.rawValue, offline.offlineNanoseconds, offline.offlineCPUNanoseconds, offline.offlineBytesSent),
    ]
    return costs.map { phase, wall, cpu, bytes in
      var row = common
      row.setCost(
        PhaseCost(wallNanoseconds: Int(wall), cpuNanoseconds: Int(cpu ?? 0), bytesSent: bytes), phase: phase)
      (row.bytesReceived, row.blockedNanoseconds, row.messages, row.rounds) = (nil, nil, nil, nil)
      if cpu == nil { (row.cpuNanoseconds, row.layerIndex, row.layerKind) = (nil, nil, nil) }
      return row
    }
  }

  private func generate(
    _ kind: PrepKind, _ count: Int, _ shape: String?, _ entry: OperationsFile.Entry, _ common: ResultRow
  ) async throws -> [ResultRow] {
    var request = PrepRequest(kind: kind, count: count)
    request.shape = shape
    request.mode = entry.mode
    request.partyCount = entry.parties
    request.field = entry.field.rawValue
    request.transport = entry.transport
    request.options = file.offline.options(statisticalSecurity: file.fixedPoint.s)
    request.threadCount = file.offline.threads
    request.insecureToyDegree = file.offline.insecureRingDegree > 0 ? file.offline.insecureRingDegree : nil
    request.quiet = true
    let result = try await request.run(interruption: interruption)
    var row = common
    row.size = count
    row.layerKind = kind.rawValue
    row.protocolName = "SPDZ LowGear"
    row.fakeOffline = false
    row.trustModel = (result.insecure.map { "\($0): " } + [result.trustModel]).joined()
    row.deterministic = false
    row.threads = result.threads
    row.triplesProtocol = result.triples
    row.masksProtocol = result.masks
    row.securityBits = result.insecure.isEmpty ? result.estimatedSecurityBits : nil
    row.peakResidentBytes = result.peakRSS
    var cost = row
    cost.setCost(
      PhaseCost(
        wallNanoseconds: Int(result.seconds * 1e9), cpuNanoseconds: Int(result.cpuSeconds * 1e9),
        bytesSent: result.bytesSentPerParty, rounds: result.rounds), phase: Phase.offline.rawValue)
    (cost.bytesReceived, cost.blockedNanoseconds, cost.messages) = (nil, nil, nil)
    var setUp = row
    setUp.setCost(
      PhaseCost(
        wallNanoseconds: Int(result.setupSeconds * 1e9), cpuNanoseconds: Int(result.setupCPUSeconds * 1e9),
        bytesSent: result.setupBytesPerParty), phase: "setup")
    (setUp.layerIndex, setUp.layerKind, setUp.bytesReceived, setUp.blockedNanoseconds) = (nil, nil, nil, nil)
    return [
      setUp, cost, figure(row, "items/s", result.itemsPerSecond), figure(row, "bytes/item", result.bytesPerItem),
    ]
  }

  private func figure(_ common: ResultRow, _ unit: String, _ value: Double) -> ResultRow {
    var row = common
    (row.layerIndex, row.layerKind, row.phase) = (nil, nil, "result")
    (row.unit, row.value) = (unit, value)
    return row
  }
}

extension OperationsFile.Entry {
  /// The operation, or the material, with its size or shape.
  var title: String {
    switch subject {
    case .online(let operation, let size, let width):
      "\(operation.rawValue) \(size)" + (operation.compares && width != 2 ? " w \(width)" : "")
        + (hasOwnFormat ? " f \(fixedPoint.f) k \(fixedPoint.k)" : "")
    case .offline(let kind, let count, let shape): "\(kind.rawValue)\(shape.map { " \($0)" } ?? "") \(count)"
    }
  }
}
