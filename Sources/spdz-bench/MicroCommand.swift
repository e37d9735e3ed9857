public import ArgumentParser
public import BenchmarkKit
import Foundation
import Online
internal import Preprocessing
internal import SecretSharing

/// `spdz-bench micro`: one operation of the online phase.
struct MicroCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "micro", abstract: "Measure one operation of the online phase, all parties in this process.",
    discussion: """
      The parties make the material of all runs with each other (LowGear) before the clock starts: the demand is computed \
      by a run on zeros, what was used must equal it. Its cost is reported apart (offline: setup_ns, offline_ns, \
      offline_cpu_ns, offline_bytes_sent, material_used, material_generated in whole batches). The other figures are of \
      the online phase alone, its MAC check included: times of the slowest party, medians over the repeats. \
      --insecure-dealer takes material from a trusted dealer instead (fake_offline, trust_model say so).

      Examples:
        spdz-bench micro --op multiply --size 100000
        spdz-bench micro --op chain --size 1000 --transport tls --json
        spdz-bench micro --op ltz --size 10000 --mode passive --parties 3 --profile conservative
        spdz-bench micro --op matmul --size 128 --insecure-dealer
      """)

  @Option(help: "\(MicroOperation.allCases.map(\.rawValue).joined(separator: ", ")).") var op: MicroOperation
  @Option(help: "Items in the batch; products in the chain; dimension of the matrices.") var size: Int
  @Option(help: "active or passive.") var mode: SecurityMode = .active
  @Option(help: "Number of parties, 2 to 8.") var parties: Int = 2
  @Option(help: "inproc, tcp (plain text, loopback) or tls.") var transport: TransportKind = .inproc
  @Option(help: "p127 or p61.") var field: String = "p127"
  @Option(name: .customShort("f"), help: "Fraction bits f.") var fractionBits: Int = 16
  @Option(name: .customShort("k"), help: "Value bits k.") var valueBits: Int = 48
  @Option(name: .customShort("s"), help: "Statistical security s.") var statisticalSecurity: Int = 40
  @Option(help: "Digit width w of comparisons, 1 to 4.") var digitWidth: Int = 2
  @Option(help: "Runs that count.") var repeats: Int = 5
  @Option(help: "Runs before them that do not.") var warmup: Int = 1
  @Option(help: "tag-product or classic; default: the profile's.") var triples: OfflineOptions.Triples?
  @Option(help: "bounded or bits; default: the profile's.") var masks: OfflineOptions.Masks?
  @Option(help: "default (tag products, bounded masks) or conservative (classic triples, bit masks).")
  var profile: String = "default"
  @Option(help: "Threads each party makes material with.") var threads: Int = 1
  @Option(help: "INSECURE: a ring of this degree (64 to 1024) instead of a secure one, for tests.") var insecureToy:
    Int?
  @Flag(help: "INSECURE: take material from a trusted dealer; online-only studies.") var insecureDealer = false
  @Flag(help: "No progress on stderr.") var quiet = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard profile == "default" || profile == "conservative" else {
      throw ValidationError("--profile \(profile): the profiles are default and conservative")
    }
    guard (1...64).contains(threads) else { throw ValidationError("--threads \(threads): 1 to 64") }
    if let toy = insecureToy, !(64...1024).contains(toy) || toy.nonzeroBitCount != 1 {
      throw ValidationError("--insecure-toy \(toy): a power of two from 64 to 1024")
    }
    guard (2...8).contains(parties) else { throw ValidationError("--parties \(parties): a session has 2 to 8 parties") }
    guard size > 0 else { throw ValidationError("--size \(size): must be positive") }
    let largest = op == .matmul ? 2_048 : 10_000_000
    guard size <= largest else { throw ValidationError("--size \(size): --op \(op) takes at most \(largest)") }
    guard repeats > 0, warmup >= 0 else { throw ValidationError("--repeats must be positive, --warmup not negative") }
    guard (1...4).contains(digitWidth) else { throw ValidationError("--digit-width \(digitWidth): 1 to 4") }
  }

  func run() async throws {
    let base = profile == "conservative" ? OfflineOptions.conservative : OfflineOptions()
    let settings = OfflineSettings(
      triples: triples ?? base.triples, masks: masks ?? base.masks, threads: threads,
      insecureRingDegree: insecureToy ?? 0)
    var benchmark = MicroBenchmark(
      operation: op, size: size, mode: mode, partyCount: parties, transport: transport, field: field,
      format: FixedPointFormat(fractionBits: fractionBits, valueBits: valueBits),
      statisticalSecurity: statisticalSecurity, digitWidth: digitWidth, repeats: repeats, warmup: warmup,
      material: insecureDealer ? .insecureDealer : .offline(settings))
    benchmark.quiet = quiet
    let result: MicroResult
    do {
      result = try await benchmark.run()
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(result), as: UTF8.self))
    } else {
      print("trust model: \(result.trustModel)")
      let milliseconds = Double(result.wallNanoseconds) / 1e6
      print(
        "\(result.op) \(result.size) \(result.mode) \(result.partyCount) parties \(result.transport) \(result.field): "
          + "\(milliseconds) ms, \(Int(result.perSecond)) per second, \(result.bytesSent) bytes sent per party, "
          + "\(result.rounds) rounds")
      if let offline = result.offline {
        print(
          "offline for all runs: set-up \(Double(offline.setUpNanoseconds) / 1e6) ms, material "
            + "\(Double(offline.offlineNanoseconds) / 1e6) ms, \(offline.offlineBytesSent) bytes sent per party")
      }
    }
  }
}

extension MicroOperation: ExpressibleByArgument {}
extension TransportKind: ExpressibleByArgument {}
extension SecurityMode: ExpressibleByArgument {}
