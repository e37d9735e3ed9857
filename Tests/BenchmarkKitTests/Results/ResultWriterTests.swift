import Foundation
import Testing

@testable import BenchmarkKit

@Suite("Result files")
struct ResultWriterTests {
  private var row: ResultRow {
    var row = ResultRow()
    row.runID = "r1"
    row.preset = "tiny"
    row.seed = UInt64.max
    row.gitDirty = false
    row.trustModel = "a, \"quoted\"\nline \u{1}\\"
    row.wallNanoseconds = 1_234_567_890_123
    row.layerIndex = -1
    row.value = 0.1
    return row
  }

  private func temporaryFolder() -> String {
    FileManager.default.temporaryDirectory.appending(path: "spdz-bench-\(UUID().uuidString)").path
  }

  @Test func `JSON Lines decode to the row that was written`() throws {
    let decoded = try JSONDecoder().decode(ResultRow.self, from: Data(row.jsonLine.utf8))
    #expect(decoded == row)
    #expect(row.jsonLine.hasPrefix("{\"schema\":1,\"run_id\":\"r1\",\"preset\":\"tiny\","))
    #expect(!row.jsonLine.contains("\n"))
  }

  @Test func `the columns have the published names in the published order`() {
    #expect(
      ResultRow.csvHeader
        == "schema,run_id,preset,config_sha256,code_version,git_dirty,seed,deterministic,timestamp,host_id,party,n_parties,"
        + "mode,protocol,field_bits,f,k,sigma,fake_offline,trust_model,tls,transport,link_profile,phase,layer_index,"
        + "layer_kind,op,size,batch,repeat,wall_ns,blocked_ns,cpu_ns,bytes_sent,bytes_recv,messages,rounds,prep_kind,"
        + "prep_used,prep_bytes,kappa,sec_bits,triples_protocol,masks_protocol,rtt_ms,bandwidth_mbit,peak_rss,value,unit,"
        + "check_result,threads,configuration")
  }

  @Test func `CSV quotes what needs it and leaves the rest`() {
    let line = row.csvLine
    #expect(line.hasPrefix("1,r1,tiny,,,false,18446744073709551615,,"))
    #expect(line.contains(",\"a, \"\"quoted\"\"\nline \u{1}\\\","))
    #expect(line.contains(",1234567890123,"))
    var plain = row
    plain.trustModel = nil
    #expect(plain.csvLine.count { $0 == "," } == ResultRow.Column.allCases.count - 1)
  }

  @Test func `a value that is not finite is written as null`() {
    var row = row
    row.value = .nan
    #expect(row.jsonLine.contains("\"value\":null"))
  }

  @Test func `rows are in the files as soon as they are appended`() throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let writer = try ResultWriter(folder: folder, allowDebug: true)
    for count in 1...3 {
      try writer.append(row)
      let lines = try String(contentsOfFile: folder + "/results.jsonl", encoding: .utf8).split(separator: "\n")
      #expect(lines == Array(repeating: Substring(row.jsonLine), count: count))
    }
    let csv = try String(contentsOfFile: folder + "/results.csv", encoding: .utf8)
    #expect(csv == ResultRow.csvHeader + "\n" + String(repeating: row.csvLine + "\n", count: 3))
  }

  @Test func `existing results are not overwritten`() throws {
    let folder = temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try ResultWriter(folder: folder, allowDebug: true)
    #expect(throws: ResultError.alreadyExists(path: folder + "/results.jsonl")) {
      try ResultWriter(folder: folder, allowDebug: true)
    }
  }

  @Test(.enabled(if: BuildConfiguration.isDebug)) func `a debug build writes nothing unless it is allowed to`() {
    let folder = temporaryFolder()
    #expect(throws: ResultError.debugBuild) { try ResultWriter(folder: folder, allowDebug: false) }
    #expect(!FileManager.default.fileExists(atPath: folder))
  }
}

@Suite("Statistics and tables")
struct TableTests {
  @Test func `median and quartiles interpolate`() throws {
    let statistics = try #require(RunStatistics([4, 1, 3, 2]))
    #expect(statistics.median == 2.5)
    #expect(statistics.lowerQuartile == 1.75)
    #expect(statistics.upperQuartile == 3.25)
    #expect(statistics.interquartileRange == 1.5)
    #expect(RunStatistics([7])?.median == 7)
    #expect(RunStatistics([]) == nil)
  }

  @Test func `a table aligns its columns`() {
    var table = TextTable([("name", .left), ("ms", .right)])
    table.append(["é", "1.5"])
    table.appendRule()
    table.append(["total", "12"])
    #expect(table.rendered() == "name    ms\n─────  ───\né      1.5\n─────  ───\ntotal   12\n")
  }

  @Test(arguments: [(0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-2.5, 1, "-2.5"), (999.6, 0, "1000")])
  func `numbers have the asked number of places`(_ value: Double, _ digits: Int, _ text: String) {
    #expect(fixed(value, digits) == text)
  }

  @Test func `the progress line estimates what is left`() {
    #expect(ProgressLine.line(done: 0, total: 4, elapsed: .seconds(1), "a") == "[0/4] a")
    #expect(ProgressLine.line(done: 1, total: 4, elapsed: .seconds(5), "a") == "[1/4] a, about 15 s left")
    #expect(ProgressLine.line(done: 1, total: 31, elapsed: .seconds(5), "a") == "[1/31] a, about 2 min 30 s left")
  }
}
