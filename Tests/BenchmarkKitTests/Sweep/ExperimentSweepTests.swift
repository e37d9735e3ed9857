import Testing

@testable import BenchmarkKit

@Suite("Sweeps")
struct ExperimentSweepTests {
  /// The minimal experiment with a sweep put in.
  private static func text(_ sweep: String) -> String {
    minimalExperiment.replacing("\"insecureDealer\": true,", with: "\"insecureDealer\": true, \"sweep\": \(sweep),")
  }

  private static func message(_ sweep: String) -> String {
    do throws(ConfigurationError) {
      _ = try ExperimentSweep.load(file: "e.json", text: text(sweep))
      return "no error"
    } catch {
      return error.description
    }
  }

  @Test func `every combination becomes a configuration, the last axis fastest`() throws {
    let sweep = try ExperimentSweep.load(
      file: "e.json", text: Self.text(#"{"parties": [2, 3], "link": ["lan", "wan"], "threads": [1, 2]}"#))
    #expect(
      sweep.points.map(\.label) == [
        "parties 2, link lan, threads 1", "parties 2, link lan, threads 2", "parties 2, link wan, threads 1",
        "parties 2, link wan, threads 2", "parties 3, link lan, threads 1", "parties 3, link lan, threads 2",
        "parties 3, link wan, threads 1", "parties 3, link wan, threads 2",
      ])
    #expect(sweep.points.map(\.experiment.parties) == [2, 2, 2, 2, 3, 3, 3, 3])
    #expect(sweep.points[2].experiment.link == LinkProfile(.wan))
    #expect(sweep.points[1].experiment.offline.threads == 2)
  }

  @Test func `settings change together, dotted paths reach anything, a batch reaches the workloads`() throws {
    let sweep = try ExperimentSweep.load(
      file: "e.json",
      text: Self.text(
        """
        {"settings": [{"field": "p127"}, {"field": "p61", "fixedPoint": {"f": 8, "k": 24, "s": 30}}],
         "batch": [1, 8], "workloads.0.testRows": [5]}
        """))
    #expect(sweep.points.map(\.experiment.field) == [.p127, .p127, .p61, .p61])
    #expect(sweep.points.map { $0.experiment.workloads[0].batch } == [1, 8, 1, 8])
    #expect(sweep.points.allSatisfy { $0.experiment.workloads[0].testRows == 5 })
    #expect(sweep.points[3].experiment.fixedPoint.k == 24)
    #expect(Set(try sweep.points.map { try $0.experiment.canonicalSHA256() }).count == 4)
  }

  @Test func `a configuration that cannot work is named`() {
    #expect(
      Self.message(#"{"field": ["p127", "p61"]}"#)
        == "e.json: fixedPoint: in the configuration \"field p61\": k + s + 2 + log2 n = 48 + 40 + 2 + 1 = 91 exceeds the 61 "
        + "bits of p61; lower fixedPoint.k or fixedPoint.s, or use field p127")
  }

  @Test(arguments: [
    (#"{"partys": [2]}"#, "unknown key \"partys\"; did you mean \"parties\"?"),
    (#"{"parties": 3}"#, "sweep.parties: expected a list of values, found the number 3"),
    (#"{"parties": []}"#, "sweep.parties: an empty list is outside 1 or more entries"),
    (#"{"parties": [2, 2]}"#, "the name \"parties 2\" is used twice"),
    (#"{"modes": [["active"]]}"#, "\"modes\" cannot be swept"),
    (#"{"offline.treads": [2]}"#, "unknown key \"treads\""),
    (#"{"workloads.7.testRows": [2]}"#, "\"7\" is not an index of this list of 1"),
    (#"[2]"#, "sweep: expected an object of lists, found an array of 1"),
  ])
  func `mistakes are named with their place`(_ sweep: String, _ part: String) {
    let message = Self.message(sweep)
    #expect(message.contains(part), "\(message)")
  }

  @Test func `too many configurations are refused before they are made`() {
    let values = (1...100).map(String.init).joined(separator: ",")
    let message = Self.message(#"{"batch": [\#(values)], "workloads.0.testRows": [\#(values)]}"#)
    #expect(message.contains("sweep: 10000 configurations is outside 1…1000"), "\(message)")
  }

  @Test func `where one configuration is expected a sweep is refused`() {
    let message = loadingMessage(Self.text(#"{"parties": [2, 3]}"#))
    #expect(message.contains("2 configurations where one is expected"), "\(message)")
    #expect(loadingMessage(Self.text(#"{"parties": [2, 3]}"#), set: ["sweep={}"]) == "no error")
  }
}
