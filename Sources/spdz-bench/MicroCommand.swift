public import ArgumentParser
public import BenchmarkKit
import Foundation
import Online
internal import SecretSharing

/// `spdz-bench micro`: one operation of the online phase.
struct MicroCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "micro", abstract: "Measure one operation of the online phase, all parties in this process.",
    discussion: """
      Material comes from the INSECURE dealer (--insecure-dealer says you know): the figures are of the online phase \
      alone, its MAC check included. Times are of the slowest party, medians over the repeats.

      Examples:
        spdz-bench micro --op multiply --size 1000000 --insecure-dealer
        spdz-bench micro --op chain --size 1000 --transport tls --insecure-dealer --json
        spdz-bench micro --op ltz --size 10000 --mode passive --parties 3 --insecure-dealer
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
  @Flag(help: "Required: take material from the insecure dealer.") var insecureDealer = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard insecureDealer else {
      throw ValidationError(
        "micro measures the online phase with material of the insecure dealer; say --insecure-dealer to accept that")
    }
    guard (2...8).contains(parties) else { throw ValidationError("--parties \(parties): a session has 2 to 8 parties") }
    guard size > 0 else { throw ValidationError("--size \(size): must be positive") }
    let largest = op == .matmul ? 2_048 : 10_000_000
    guard size <= largest else { throw ValidationError("--size \(size): --op \(op) takes at most \(largest)") }
    guard repeats > 0, warmup >= 0 else { throw ValidationError("--repeats must be positive, --warmup not negative") }
    guard (1...4).contains(digitWidth) else { throw ValidationError("--digit-width \(digitWidth): 1 to 4") }
  }

  func run() async throws {
    let benchmark = MicroBenchmark(
      operation: op, size: size, mode: mode, partyCount: parties, transport: transport, field: field,
      format: FixedPointFormat(fractionBits: fractionBits, valueBits: valueBits),
      statisticalSecurity: statisticalSecurity, digitWidth: digitWidth, repeats: repeats, warmup: warmup)
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
    }
  }
}

extension MicroOperation: ExpressibleByArgument {}
extension TransportKind: ExpressibleByArgument {}
extension SecurityMode: ExpressibleByArgument {}
