/// The result of `prep generate`. Times are of the slowest party, medians over the repeats; see `spdz-bench prep generate
/// --help` for units.
public struct PrepResult: Sendable, Codable {
  /// As asked.
  public var kind: String, shape: String?, requested: Int
  /// Items that came out: `requested`, rounded up to whole batches.
  public var count: Int
  /// As asked.
  public var mode: String, field: String, transport: String, parties: Int
  /// Wall time of a run, CPU time of the process in it divided by the parties, in seconds.
  public var seconds: Double, secondsMin: Double, secondsMax: Double, cpuSeconds: Double
  /// `count` per second of wall time; per CPU second of one party.
  public var itemsPerSecond: Double, itemsPerCPUSecond: Double
  /// Frames a party sends in a run: the largest of the parties, and divided by `count`.
  public var bytesSentPerParty: Int, bytesPerItem: Double
  /// Set-up: parameters, keys B, MAC key; once a session.
  public var setupSeconds: Double, setupCPUSeconds: Double, setupBytesPerParty: Int
  /// Communication rounds of a run.
  public var rounds: Int
  /// Largest resident memory of the process, which holds all parties, in bytes.
  public var peakRSS: Int
  /// N, bits of q, estimated hardness.
  public var ringDegree: Int, logQ: Int, estimatedSecurityBits: Double
  /// Who has to be trusted, and which derivation is relied on.
  public var trustModel: String
  /// Protocols.
  public var triples: String, masks: String
  /// Threads a party, workers a party, kernels, runs that count.
  public var threads: Int, workers: Int, ring: String, simd: String, repeats: Int
  /// What made this run insecure; empty in real runs.
  public var insecure: [String]
  /// Items checked in clear.
  public var verifiedInClear: Int?
  /// Where the material is.
  public var destination: String

  private enum CodingKeys: String, CodingKey {
    case kind, shape, requested, count, mode, field, transport, parties, seconds, rounds, triples, masks, threads,
      workers, ring,
      simd
    case repeats, insecure, destination
    case secondsMin = "seconds_min"
    case secondsMax = "seconds_max"
    case cpuSeconds = "cpu_seconds"
    case itemsPerSecond = "items_per_second"
    case itemsPerCPUSecond = "items_per_cpu_second"
    case bytesSentPerParty = "bytes_sent_per_party"
    case bytesPerItem = "bytes_per_item"
    case setupSeconds = "setup_seconds"
    case setupCPUSeconds = "setup_cpu_seconds"
    case setupBytesPerParty = "setup_bytes_per_party"
    case peakRSS = "peak_rss"
    case ringDegree = "ring_degree"
    case logQ = "log_q"
    case estimatedSecurityBits = "estimated_security_bits"
    case trustModel = "trust_model"
    case verifiedInClear = "verified_in_clear"
  }

  /// For people.
  public var table: String {
    var table = TextTable([("prep generate", .left), ("", .left)])
    func row(_ name: String, _ text: String) { table.append([name, text]) }
    for flag in insecure { row("INSECURE", flag) }
    row("trust model", trustModel)
    row("made", "\(count) \(kind)\(shape.map { " \($0)" } ?? ""), \(mode), \(field)")
    row("asked", "\(requested), rounded up to whole batches")
    row("parties", "\(parties), \(transport), \(threads) thread(s) and \(workers) worker(s) each")
    row("time", "\(fixed(seconds, 3)) s, CPU of one party \(fixed(cpuSeconds, 3)) s")
    row("rate", "\(fixed(itemsPerSecond, 1)) per second, \(fixed(itemsPerCPUSecond, 1)) per CPU second of one party")
    row("sent by a party", "\(bytesSentPerParty) bytes, \(fixed(bytesPerItem, 1)) an item, \(rounds) rounds")
    row("set-up", "\(fixed(setupSeconds, 3)) s, \(setupBytesPerParty) bytes sent by a party")
    row("peak memory", "\(fixed(Double(peakRSS) / 1e6, 1)) MB, all parties")
    row("ring", "N = \(ringDegree), log q = \(logQ), about \(fixed(estimatedSecurityBits, 0)) bits, \(ring) \(simd)")
    row("protocols", "triples \(triples), masks \(masks)")
    if let verifiedInClear { row("checked in clear", "\(verifiedInClear) items") }
    row("material", destination)
    return table.rendered()
  }
}
