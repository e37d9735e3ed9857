import Foundation
import MPCCore
import SecretSharing
import Testing

@testable import BenchmarkKit

@Suite("spdz-bench prep")
struct PrepRequestTests {
  /// A request on a toy ring.
  private static func toy(_ kind: PrepKind, count: Int = 70, _ change: (inout PrepRequest) -> Void = { _ in })
    -> PrepRequest
  {
    var request = PrepRequest(kind: kind, count: count)
    request.insecureToyDegree = 64
    request.verifyInClear = true
    request.quiet = true
    change(&request)
    return request
  }

  private static func usage(_ request: PrepRequest) async throws -> String {
    let error = try await #require(throws: PrepError.self) { try await request.run() }
    guard case .usage(let text) = error else { return "another error: \(error)" }
    return text
  }

  @Test func wrongRequestsAreNamedBeforeAnyWork() async throws {
    let wrong: [(PrepRequest, String)] = [
      (Self.toy(.triples, count: 0), "--count 0"), (Self.toy(.triples) { $0.partyCount = 1 }, "--parties 1"),
      (Self.toy(.triples) { $0.field = "p31" }, "--field p31"),
      (Self.toy(.triples) { $0.threadCount = 0 }, "--threads 0"),
      (Self.toy(.triples) { $0.shape = "2x2x2" }, "--shape belongs"), (Self.toy(.matrix), "--shape 128x128x128"),
      (Self.toy(.matrix) { $0.shape = "2x2" }, "--shape 128x128x128"),
      (Self.toy(.matrix) { $0.shape = "2x0x2" }, "--shape 128x128x128"),
      (Self.toy(.conv) { $0.shape = "8x8" }, "1x28x28*5x1x5x5"),
      (Self.toy(.conv) { $0.shape = "2x8x8*1x1x3x3" }, "2 channels"),
      (Self.toy(.conv) { $0.shape = "1x2x2*1x1x3x3" }, "larger than the image"),
      (Self.toy(.inputs) { $0.inputOwner = 2 }, "--owner 2"),
      (Self.toy(.triples) { $0.insecureToyDegree = 100 }, "--insecure-toy 100"),
      (Self.toy(.truncation) { $0.field = "p61" }, "do not fit into p61"),
      (Self.toy(.triples) { $0.maximumMemoryMegabytes = 1 }, "raise --max-memory"),
      (Self.toy(.random) { $0.destination = .export("x") }, "not in MP-SPDZ's format"),
      (
        Self.toy(.triples) {
          $0.mode = .passive
          $0.destination = .export("x")
        }, "--mode active"
      ),
      (
        Self.toy(.triples) {
          $0.repeats = 2
          $0.destination = .store("x")
        }, "--repeats 2"
      ),
    ]
    for (request, part) in wrong { #expect(try await Self.usage(request).contains(part), "\(part)") }
  }

  @Test(arguments: PrepKind.allCases) func everyKindIsMadeAndRightInClear(kind: PrepKind) async throws {
    for mode in [SecurityMode.active, .passive] {
      let count = kind.hasShape ? 2 : 70
      let result = try await Self.toy(kind, count: count) {
        $0.mode = mode
        $0.shape = kind == .matrix ? "4x3x5" : kind == .conv ? "1x6x6*2x1x3x3" : nil
      }.run()
      #expect(result.requested == count && result.count >= count && result.verifiedInClear == result.count)
      #expect(result.insecure.count == 2 && result.trustModel.hasPrefix("INSECURE"))
      #expect(result.seconds > 0 && result.cpuSeconds > 0)
      #expect((result.bytesSentPerParty > 0) == (mode == .active || (kind != .inputs && kind != .random)))
    }
  }

  @Test func theJSONHasTheDocumentedFields() async throws {
    let result = try await Self.toy(.squares) { $0.repeats = 3 }.run()
    let object = try #require(
      try JSONSerialization.jsonObject(with: try JSONEncoder().encode(result)) as? [String: Any])
    let documented = [
      "kind", "requested", "count", "mode", "field", "seconds", "cpu_seconds", "items_per_second",
      "bytes_sent_per_party",
      "bytes_per_item", "setup_seconds", "setup_bytes_per_party", "peak_rss", "ring_degree", "log_q",
      "estimated_security_bits", "trust_model", "triples", "masks", "threads", "transport", "parties", "rounds",
    ]
    #expect(documented.filter { object[$0] == nil } == [])
    #expect(object["ring_degree"] as? Int == 64 && object["kind"] as? String == "squares")
  }
}
