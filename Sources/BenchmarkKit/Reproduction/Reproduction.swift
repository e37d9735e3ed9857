internal import Foundation

/// `spdz-bench repro`: runs what is behind the claims of the documentation and compares.
public struct Reproduction: Sendable {
  /// One line of the closing table.
  public struct Check: Sendable, Encodable {
    /// The claim's name.
    public var claim: String
    /// The figure.
    public var figure: String
    /// What the file says, and what came out.
    public var expected: String, measured: String
    /// Whether they agree.
    public var verdict: Verdict
  }

  /// Outcome of a check, or of all.
  public enum Verdict: String, Sendable, Encodable {
    /// Equal, or within the limits.
    case reproduced
    /// Different, or outside the limits.
    case outOfTolerance = "out of tolerance"
    /// The run failed or its expectation is missing.
    case failed

    /// The process' exit code.
    public var exitCode: Int32 {
      switch self {
      case .reproduced: 0
      case .outOfTolerance: 1
      case .failed: 2
      }
    }
  }

  private let folder: String
  private let tier: Claim.Tier
  private let output: String
  private let allowDebug: Bool
  private let quiet: Bool
  private let record: Bool
  private let only: String?
  private let interruption: Interruption?

  /// - Parameters:
  ///   - folder: holds `claims.json`, the presets and `expected/`.
  ///   - output: folder for the results, one folder a claim.
  ///   - record: write the expectations instead of checking them.
  ///   - only: one claim instead of the whole tier.
  public init(
    folder: String, tier: Claim.Tier, output: String, allowDebug: Bool, quiet: Bool, record: Bool, only: String?,
    interruption: Interruption? = nil
  ) {
    (self.folder, self.tier, self.output, self.allowDebug) = (folder, tier, output, allowDebug)
    (self.quiet, self.record, self.only, self.interruption) = (quiet, record, only, interruption)
  }

  /// Runs the claims of the tier.
  /// - Returns: every check, in order.
  /// - Throws: ``ConfigurationError`` if the claims cannot be read, ``RunInterrupted``.
  public func run() async throws -> [Check] {
    let all = try Claim.load(path: "\(folder)/claims.json")
    let claims = all.filter { only == nil ? tier.contains($0.tier) : $0.id == only }
    guard !claims.isEmpty else {
      throw ConfigurationError(
        file: "\(folder)/claims.json", origin: nil, path: "claims",
        cause: .unknownChoice(
          only ?? tier.rawValue, nearest: nearestName(to: only ?? "", among: all.map(\.id)), allowed: all.map(\.id)))
    }
    var checks: [Check] = []
    for (index, claim) in claims.enumerated() {
      if !quiet { standardError("[\(index + 1)/\(claims.count)] \(claim.id): \(claim.statement)\n") }
      do {
        let command = RunExperiment(
          file: "\(folder)/\(claim.preset)", output: "\(output)/\(claim.id)", overrides: claim.overrides, json: false,
          allowDebug: allowDebug, quiet: quiet, prepareOnly: false, interruption: interruption)
        _ = try await command.results()
        let rows = try ResultSet(path: "\(output)/\(claim.id)").rows
        checks += try check(claim, rows)
      } catch let error as RunInterrupted {
        throw error
      } catch {
        checks.append(
          Check(claim: claim.id, figure: "the run", expected: "to end", measured: "\(error)", verdict: .failed))
      }
    }
    return checks
  }

  private func check(_ claim: Claim, _ rows: [ResultRow]) throws -> [Check] {
    let path = "\(folder)/expected/\(claim.id).json"
    if record {
      let encoder = Manifest.encoder(pretty: true)
      do {
        try FileManager.default.createDirectory(atPath: "\(folder)/expected", withIntermediateDirectories: true)
        let data = try encoder.encode(ExpectedResults(recording: rows)) + Data("\n".utf8)
        try data.write(to: URL(filePath: path), options: .atomic)
      } catch {
        throw ResultError.cannotWrite(path: path, reason: "the folder may not be writable")
      }
    }
    guard let data = FileManager.default.contents(atPath: path),
      let expected = try? JSONDecoder().decode(ExpectedResults.self, from: data)
    else {
      return [
        Check(
          claim: claim.id, figure: "expectation", expected: path, measured: "missing or not readable", verdict: .failed)
      ]
    }
    return Self.compare(claim.id, expected, rows)
  }

  /// Compares the rows of a run with what is expected.
  static func compare(_ claim: String, _ expected: ExpectedResults, _ rows: [ResultRow]) -> [Check] {
    let exact = ExactFigures(rows).values
    var checks: [Check] = []
    var equal = 0
    var total = 0
    for (place, figures) in expected.exact.sorted(by: { $0.key < $1.key }) {
      for (name, value) in figures.sorted(by: { $0.key < $1.key }) {
        total += 1
        let measured = exact[place]?[name]
        if measured == value {
          equal += 1
        } else if checks.count < 10 {
          checks.append(
            Check(
              claim: claim, figure: "\(place): \(name)", expected: fixed(value, 0),
              measured: measured.map { fixed($0, 0) } ?? "not there", verdict: .outOfTolerance))
        }
      }
    }
    let unexpected = exact.reduce(0) { sum, entry in
      sum + entry.value.keys.count { expected.exact[entry.key]?[$0] == nil }
    }
    if total > 0 || unexpected > 0 {
      let measured = unexpected > 0 ? "\(equal) equal, \(unexpected) more than expected" : "\(equal) equal"
      checks.append(
        Check(
          claim: claim, figure: "bytes, rounds, material", expected: "\(total) equal", measured: measured,
          verdict: equal == total && unexpected == 0 ? .reproduced : .outOfTolerance))
    }
    let figures = Dictionary(ExpectedResults.figures(rows).map { ($0.name, $0.value) }) { first, _ in first }
    for band in expected.bands {
      let measured = figures[band.what]
      let isInside = measured.map { $0 >= band.low && $0 <= band.high } ?? false
      checks.append(
        Check(
          claim: claim, figure: band.what, expected: "\(number(band.low))…\(number(band.high))",
          measured: measured.map(number) ?? "not there", verdict: isInside ? .reproduced : .outOfTolerance))
    }
    return checks
  }

  private static func number(_ value: Double) -> String {
    fixed(value, value.magnitude >= 100 ? 0 : value.magnitude >= 1 ? 2 : value.magnitude >= 0.01 ? 4 : 7)
  }

  /// The worst verdict of all.
  public static func verdict(_ checks: [Check]) -> Verdict {
    if checks.isEmpty || checks.contains(where: { $0.verdict == .failed }) { return .failed }
    return checks.contains { $0.verdict == .outOfTolerance } ? .outOfTolerance : .reproduced
  }

  /// The closing table.
  public static func rendered(_ checks: [Check]) -> String {
    var table = TextTable([
      ("claim", .left), ("figure", .left), ("expected", .right), ("measured", .right), ("verdict", .left),
    ])
    for check in checks {
      table.append([check.claim, check.figure, check.expected, oneLine(check.measured), check.verdict.rawValue])
    }
    let count = checks.count { $0.verdict == .reproduced }
    return table.rendered() + "\n\(count) of \(checks.count) checks reproduced: \(verdict(checks).rawValue)\n"
  }
}
