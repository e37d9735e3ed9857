import Foundation
import Testing

@testable import BenchmarkKit

@Suite("Reproducing claims")
struct ReproductionTests {
  @Test func `a run reproduces what was recorded from it, changed bytes and ratios do not`() throws {
    let rows = syntheticRows(time: [10, 11, 12])
    let expected = ExpectedResults(recording: rows, withTimes: true)
    let again = try JSONDecoder().decode(ExpectedResults.self, from: JSONEncoder().encode(expected))
    #expect(again == expected)
    let checks = Reproduction.compare("c", expected, rows)
    #expect(Reproduction.verdict(checks) == .reproduced)
    #expect(checks.map(\.figure).contains("bytes, rounds, material"))
    #expect(checks.contains { $0.figure.hasSuffix("active: accuracy") && $0.expected == "0.7250…1.00" })
    #expect(checks.contains { $0.figure.hasSuffix("time active ÷ passive") && $0.measured == "3.00" })

    let short = ExpectedResults(recording: syntheticRows(time: [1]), withTimes: true)
    #expect(!short.bands.contains { $0.what.contains("÷") }, "the passive run takes 6 ms: a busy machine decides")
    #expect(expected.bands.contains { $0.what.contains("÷") && $0.low == 1.2 && $0.high == 7.5 })

    let longer = Reproduction.compare("c", expected, syntheticRows(time: [10], bytes: 1_001))
    #expect(Reproduction.verdict(longer) == .outOfTolerance)
    #expect(longer[0].expected == "1000" && longer[0].measured == "1001")

    var others = rows
    for index in others.indices where others[index].unit == "accuracy" { others[index].value = 0.7 }
    let worse = Reproduction.compare("c", expected, others)
    #expect(worse.filter { $0.verdict == .outOfTolerance }.map(\.measured) == ["0.7000", "0.7000"])

    let fewer = Reproduction.compare("c", expected, rows.filter { $0.mode == "passive" })
    #expect(Reproduction.verdict(fewer) == .outOfTolerance, "a mode is missing")
    let more = Reproduction.compare("c", expected, rows + syntheticRows(time: [1], parties: 3))
    #expect(Reproduction.verdict(more) == .outOfTolerance, "figures nobody expected")
  }

  @Test func `the committed claims name presets and expectations that can be read`() throws {
    let claims = try Claim.load(path: "\(benchmarksFolder)/claims.json")
    #expect(claims.contains { $0.tier == .smoke })
    for claim in claims {
      let path = "\(benchmarksFolder)/\(claim.preset)"
      if try OperationsFile.load(path: path, overrides: claim.overrides) == nil {
        let sweep = try ExperimentSweep.load(path: path, overrides: claim.overrides)
        #expect(!sweep.points.isEmpty)
        #expect(
          sweep.points.allSatisfy { $0.experiment.offline.insecureRingDegree == 0 }, "claims run secure parameters")
      }
    }
  }

  @Test(arguments: [
    "quickstart", "layers", "links", "parties", "mnist", "targets",
  ])
  func `every preset can be read`(name: String) throws {
    let sweep = try ExperimentSweep.load(path: "\(benchmarksFolder)/\(name).json")
    #expect(sweep.points.allSatisfy { $0.experiment.name == name && !$0.experiment.insecureDealer })
  }

  @Test func `a claim whose run fails or has no expectation gives exit code 2`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-repro-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let micro = """
      {"name": "m", "insecureDealer": true, "repeats": 1, "warmup": 0, "operations": [{"op": "multiply", "sizes": [4]}]}
      """
    let claims = """
      {"claims": [
        {"id": "m", "claim": "c", "source": "s", "tier": "smoke", "preset": "m.json"},
        {"id": "gone", "claim": "c", "source": "s", "tier": "small", "preset": "gone.json"}]}
      """
    try Data(micro.utf8).write(to: URL(filePath: "\(folder)/m.json"))
    try Data(claims.utf8).write(to: URL(filePath: "\(folder)/claims.json"))
    func run(_ tier: Claim.Tier, record: Bool = false, _ output: String) async throws -> [Reproduction.Check] {
      try await Reproduction(
        folder: folder, tier: tier, output: "\(folder)/\(output)", allowDebug: true, quiet: true, record: record,
        only: nil
      ).run()
    }
    #expect(Reproduction.verdict(try await run(.smoke, "a")).exitCode == 2, "no expectation yet")
    #expect(Reproduction.verdict(try await run(.smoke, record: true, "b")).exitCode == 0)
    let checks = try await run(.small, "c")
    #expect(checks.filter { $0.claim == "m" && $0.figure.hasPrefix("bytes") }.map(\.verdict) == [.reproduced])
    #expect(checks.last?.verdict == .failed && checks.last?.measured.contains("no such file") == true)
    #expect(Reproduction.verdict(checks).exitCode == 2)
    await #expect(throws: ConfigurationError.self) {
      try await Reproduction(
        folder: folder, tier: .smoke, output: "\(folder)/d", allowDebug: true, quiet: true, record: false, only: "n"
      ).run()
    }
  }
}

@Suite("Files of operations")
struct OperationsTests {
  private static func message(_ text: String) -> String {
    do {
      let tree = try JSONParser.parse(text, file: "o.json")
      return OperationsFile.describes(tree)
        ? "\(try OperationsFile(tree, file: "o.json").entries.count)" : "no operations"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    (
      #"{"name": "o", "insecureDealer": true, "operations": [{"op": "relu", "sizes": [1, 10]}], "parties": [2, 3]}"#,
      "8"
    ),
    (#"{"name": "o", "operations": [{"material": "triples", "counts": [10]}], "transports": ["tcp", "tls"]}"#, "4"),
    (#"{"name": "o", "operations": [{"op": "relu", "sizes": [1], "fixedPoint": {"k": 31}}]}"#, "2"),
    (#"{"name": "o", "operations": [{"op": "fixmul", "sizes": [1], "fixedPoint": {"k": 31}}]}"#, "2f = 32"),
    (#"{"name": "o", "operations": [{"op": "relu", "sizes": [1], "fixedPoint": {"s": 30}}]}"#, "unknown key \"s\""),
    (#"{"name": "o", "operations": [{"material": "bits", "counts": [1], "fixedPoint": {}}]}"#, "no number format"),
    (#"{"name": "o", "operations": [{"op": "ltz", "sizes": [1], "digitWidth": 3}]}"#, "2"),
    (#"{"name": "o", "operations": [{"op": "multiply", "sizes": [1], "digitWidth": 3}]}"#, "compares nothing"),
    (#"{"name": "o", "operations": [{"material": "matrix", "counts": [1]}]}"#, "\"shape\": \"128x128x128\""),
    (#"{"name": "o", "operations": [{"material": "bits", "counts": [1], "shape": "2x2"}]}"#, "bits has no shape"),
    (#"{"name": "o", "operations": [{"material": "bits", "counts": [0]}]}"#, "0 is outside 1…100000000"),
    (#"{"name": "o", "operations": [{"material": "bytes", "counts": [1]}]}"#, "did you mean \"bits\"?"),
    (#"{"name": "o", "operations": [], "partys": 3}"#, "did you mean \"parties\"?"),
    (#"{"name": "o", "workloads": []}"#, "no operations"),
  ])
  func `are read strictly`(_ text: String, _ part: String) {
    let message = Self.message(text)
    #expect(message.contains(part), "\(message)")
  }

  @Test func `material and operations give rows of both phases with their trust model`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-operations-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = """
      {"name": "o", "insecureDealer": true, "repeats": 2, "warmup": 0, "offline": {"insecureRingDegree": 128},
       "operations": [{"op": "multiply", "sizes": [4]}, {"material": "triples", "counts": [100]}]}
      """
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/o.json"))
    let run = RunExperiment(
      file: "\(folder)/o.json", output: "\(folder)/r", overrides: [], json: false, allowDebug: true, quiet: true,
      prepareOnly: false)
    let table = try await run.results()
    #expect(table.contains("multiply 4") && table.contains("triples 100"))
    let results = try ResultSet(path: "\(folder)/r")
    let multiply = results.rows.filter { $0.op == "multiply 4" && $0.phase == "online" && $0.mode == "active" }
    #expect(multiply.count == 2 && multiply.allSatisfy { $0.fakeOffline == true && ($0.rounds ?? 0) > 1 })
    let triples = results.rows.filter { $0.op == "triples 100" && $0.phase == "offline" && $0.mode == "passive" }
    #expect(triples.count == 2 && triples.allSatisfy { $0.fakeOffline == false && ($0.bytesSent ?? 0) > 0 })
    #expect(triples.allSatisfy { $0.trustModel?.contains("INSECURE") == true })
    #expect(results.description?.status == "complete")
    #expect(Report([results]).rendered(.md).contains("multiply 4"))
  }

  @Test func `without the dealer an operation has its offline phase and set-up in rows of their own`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-operations-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = """
      {"name": "o", "repeats": 1, "warmup": 0, "offline": {"insecureRingDegree": 128}, "modes": ["active"],
       "operations": [{"op": "ltz", "sizes": [4], "fixedPoint": {"k": 31}}, {"op": "ltz", "sizes": [4]}]}
      """
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/o.json"))
    let table = try await RunExperiment(
      file: "\(folder)/o.json", output: "\(folder)/r", overrides: [], json: false, allowDebug: true, quiet: true,
      prepareOnly: false
    ).results()
    #expect(table.contains("ltz 4 f 16 k 31"))
    let rows = try ResultSet(path: "\(folder)/r").rows
    #expect(rows.allSatisfy { $0.fakeOffline == false && $0.trustModel?.contains("INSECURE TOY RING") == true })
    for phase in ["setup", "offline", "online"] {
      let costs = rows.filter { $0.phase == phase && $0.wallNanoseconds != nil }
      #expect(costs.count == 2 && costs.allSatisfy { ($0.bytesSent ?? 0) > 0 }, "\(phase)")
    }
    let kinds = rows.filter { $0.k == 31 }.compactMap(\.preprocessingKind)
    #expect(kinds.contains { $0.hasPrefix("comparison 30+") }, "\(kinds)")
  }
}
