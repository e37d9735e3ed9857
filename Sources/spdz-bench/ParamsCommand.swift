import ArgumentParser
import BenchmarkKit
import Foundation
import LatticeEncryption

/// `spdz-bench params`: the parameter sets of the encryption scheme, recomputed on the spot.
struct ParamsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "params",
    abstract: "Show, check or search parameter sets of the encryption scheme.",
    discussion: """
      Every inequality is recomputed with exact integers; a set that fails one is refused and the inequality is named.

      EXAMPLES
        spdz-bench params show
        spdz-bench params show A --literal > my-set.json
        spdz-bench params check my-set.json
        spdz-bench params search --plaintext p127 --security 64
      """,
    subcommands: [Show.self, Check.self, Search.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the built-in sets A, B, P, P61.",
      discussion: "EXAMPLE\n  spdz-bench params show A --literal")
    @Argument(help: "Name of one set; all if left out.")
    var name: String?
    @Flag(help: "One JSON object per line.")
    var json = false
    @Flag(help: "Print the set's literal as JSON, the format of 'check'.")
    var literal = false

    func run() throws {
      let wanted = name?.lowercased()
      let sets = ParameterLiteral.secureSets.filter { wanted == nil || $0.name.lowercased() == wanted }
      guard !sets.isEmpty else {
        let names = ParameterLiteral.secureSets.map(\.name).joined(separator: ", ")
        throw ValidationError("there is no set \"\(name ?? "")\"; the sets are \(names)")
      }
      if literal { return try sets.forEach { print(try jsonText($0, pretty: true)) } }
      try printReports(try sets.map { ParameterReport(try validated($0)) }, json: json)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a parameter literal (JSON file); exit code 1 and the failing inequality if it is refused.")
    @Argument(help: "The file; 'params show NAME --literal' prints an example.")
    var file: String
    @Flag(help: "One JSON object per line.")
    var json = false

    func run() throws {
      let literal: ParameterLiteral
      do {
        literal = try JSONDecoder().decode(ParameterLiteral.self, from: Data(contentsOf: URL(filePath: file)))
      } catch {
        let line =
          "error: \(file): cannot be read as a parameter literal; check the path, or start from the output of "
          + "'params show A --literal'\n"
        FileHandle.standardError.write(Data(line.utf8))
        throw ExitCode(RunExitCode.invalidInput.rawValue)
      }
      try printReports([ParameterReport(try validated(literal))], json: json)
    }
  }

  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find the smallest number of primes for each ring degree.",
      discussion: "EXAMPLE\n  spdz-bench params search --plaintext p127 --security 64")
    @Option(help: "Plaintext modulus: p127, p61 or a decimal number.")
    var plaintext = "p127"
    @Option(help: "Statistical security s in bits.")
    var security = 40
    @Option(help: "Ciphertexts per proof, U.")
    var ciphertextsPerProof = 18
    @Option(help: "log2 of the number of replies that share the drowning.")
    var lifetime = 20
    @Option(help: "Products summed in one reply.")
    var innerDimension = 1
    @Option(help: "Size of the ring primes in bits.")
    var primeBits = 48
    @Flag(help: "Honest parties only: no proofs, noise bounded up to the statistical error.")
    var passive = false
    @Flag(help: "Bound products with honest uniform multiplicands by Hoeffding's inequality (implied by --passive).")
    var highProbability = false
    @Flag(help: "One JSON object per line.")
    var json = false

    func run() throws {
      let p: UInt128
      switch plaintext {
      case "p127": p = PlaintextModulus.p127
      case "p61": p = ParameterLiteral.p61
      default:
        guard let value = UInt128(plaintext) else {
          throw ValidationError("--plaintext is p127, p61 or a decimal number, not \"\(plaintext)\"")
        }
        p = value
      }
      guard (20...61).contains(primeBits) else { throw ValidationError("--prime-bits is 20 … 61") }
      let demands = ParameterLiteral(
        name: "search", adversary: passive ? .passive : .active, ringDegree: 4096, plaintextModulus: p, ringPrimes: [],
        replyPrimeCount: 1, statisticalSecurity: security, replyLifetimeBits: lifetime, innerDimension: innerDimension,
        productBound: passive || highProbability ? .highProbability : .worstCase,
        ciphertextsPerProof: passive ? 1 : ciphertextsPerProof)
      var reports: [ParameterReport] = []
      for candidate in ParameterSearch.run(demands, primeBits: primeBits) {
        switch candidate.result {
        case .success(let parameters): reports.append(ParameterReport(parameters))
        case .failure(let error): note("N=\(candidate.ringDegree): \(error)")
        }
      }
      guard !reports.isEmpty else { throw ExitCode(1) }
      try printReports(reports, json: json)
    }
  }
}

private func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

private func validated(_ literal: ParameterLiteral) throws -> Parameters {
  do {
    return try Parameters(validating: literal)
  } catch {
    note("set \(literal.name) refused: \(error)")
    throw ExitCode(1)
  }
}

private func jsonText(_ value: some Encodable, pretty: Bool = false) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = pretty ? [.prettyPrinted, .sortedKeys] : [.sortedKeys]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Reports as columns, or one JSON object per line.
private func printReports(_ reports: [ParameterReport], json: Bool) throws {
  if json { return try reports.forEach { print(try jsonText($0)) } }
  func bits(_ x: Double) -> String { String(format: "%.1f", x) }
  func megabytes(_ x: Int) -> String { String(format: "%.3f MB", Double(x) / 1e6) }
  let rows: [(String, (ParameterReport) -> String)] = [
    ("set", { $0.name }),
    ("adversary", { $0.adversary }),
    ("N", { "\($0.ringDegree)" }),
    ("p, bits", { "\($0.plaintextModulusBits)" }),
    ("primes (in replies)", { "\($0.primeCount) (\($0.replyPrimeCount))" }),
    ("log q given", { "\($0.modulusBits)" }),
    ("log q needed (s, lifetime)", { bits($0.neededModulusLog2) }),
    ("log q allowed (HE standard, 128 bit)", { "\($0.allowedModulusBits)" }),
    ("log q' (replies)", { "\($0.replyModulusBits)" }),
    ("estimated security, bits *", { bits($0.estimatedSecurityBits) }),
    ("statistical security s", { "\($0.statisticalSecurity)" }),
    ("drowning margin, bits", { bits($0.drowningMarginBits) }),
    ("replies lifetime at s, log2", { bits($0.replyLifetimeLog2) }),
    (
      "ciphertexts per proof U, rows V",
      { $0.adversary == "active" ? "\($0.ciphertextsPerProof), \($0.proofRowCount)" : "-" }
    ),
    (
      "proof slack, key slack, bits",
      { $0.adversary == "active" ? "\(bits($0.proofSlackBits)), \(bits($0.keySlackBits))" : "-" }
    ),
    ("constant proof slack, bits", { $0.adversary == "active" ? bits($0.constantSlackBits) : "-" }),
    ("log phase: MAC key ciphertext", { $0.adversary == "active" ? bits($0.constantPhaseLog2) : "-" }),
    ("log phase: fresh", { bits($0.freshPhaseLog2) }),
    ("log phase: undrowned reply", { bits($0.linearPhaseLog2) }),
    ("log D", { bits($0.drowningBoundLog2) }),
    ("fresh ciphertext", { megabytes($0.ciphertextBytes) }),
    ("seeded ciphertext (passive)", { megabytes($0.seededCiphertextBytes) }),
    ("reply", { megabytes($0.replyBytes) }),
    ("public key (a from the coin)", { megabytes($0.publicKeyBytes) }),
    ("ciphertext in memory", { megabytes($0.ciphertextMemoryBytes) }),
  ]
  let labelWidth = rows.map(\.0.count).max() ?? 0
  for (label, value) in rows {
    let cells = reports.map { report in
      let text = value(report)
      return String(repeating: " ", count: max(0, 12 - text.count)) + text
    }
    print(label + String(repeating: " ", count: labelWidth - label.count) + " " + cells.joined(separator: " "))
  }
  print("* \(LatticeSecurityEstimate.method); sets are accepted by the standard's table, not by this estimate")
}
