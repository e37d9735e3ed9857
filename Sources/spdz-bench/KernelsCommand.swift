import ArgumentParser
import Foundation
import KernelBenchmarks

/// `spdz-bench kernels`: time of the arithmetic below the protocols, one core, no network.
struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Measure field and ring kernels and the encryption scheme on this CPU.",
    discussion: """
      ns is thread CPU time, the median of interleaved runs: per element for field kernels ("p127.…"), per call \
      on n coefficients for the ring ("ring.…", "packing.…"), per whole operation for the scheme ("A.encrypt", …); \
      "A.matrix-…" per 128x128x128 matrix triple and direction, "A.plaintext-…" per ciphertext. Provers restart at random: \
      the mean of their attempts is the time of one attempt times e^(1/4), and a median shows whole attempts.

      EXAMPLES
        spdz-bench kernels
        spdz-bench kernels --json A.
        spdz-bench kernels --ntl A.reply
      """)

  @Argument(help: "Measure only kernels whose name contains this.")
  var name = ""
  @Flag(help: "One JSON object per line: kernel, level, n, ns, per_second.")
  var json = false
  @Flag(help: "Also measure the scheme on the NTL reference backend (slow).")
  var ntl = false
  @Flag(help: "Accept a debug build, whose times mean nothing.")
  var allowDebug = false

  func run() throws {
    #if DEBUG
    guard allowDebug else {
      throw ValidationError("times of a debug build mean nothing; build with 'swift build -c release'")
    }
    #endif
    let rows =
      measureFieldKernels(matching: name) + (try measureRingKernels(matching: name))
      + (try measureSchemeKernels(includingNTL: ntl, matching: name)) + (try measurePackingKernels(matching: name))
      + (try measureProofKernels(matching: name))
    guard !rows.isEmpty else { throw ValidationError("no kernel has \"\(name)\" in its name") }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      for row in rows { print(String(decoding: try encoder.encode(row), as: UTF8.self)) }
      return
    }
    func column(_ text: String, _ width: Int, right: Bool = false) -> String {
      let fill = String(repeating: " ", count: max(0, width - text.count))
      return right ? fill + text : text + fill
    }
    print(
      column("kernel", 26), column("level", 16), column("n", 8, right: true), column("ns", 14, right: true),
      "per second")
    for row in rows {
      print(
        column(row.kernel, 26), column(row.level, 16), column("\(row.n)", 8, right: true),
        column(String(format: "%.2f", row.ns), 14, right: true), String(format: "%.0f", row.perSecond))
    }
  }
}
