internal import FoundationEssentials

/// An experiment file with its `sweep` written out: one complete experiment a configuration.
///
/// `"sweep": {"parties": [2, 3], "link": ["lan", "wan"]}` gives four configurations; the last axis varies fastest. Every
/// configuration passes the same checks as a file of its own.
public struct ExperimentSweep: Sendable {
  /// One configuration.
  public struct Point: Sendable {
    /// What distinguishes it, for example "parties 2, link wan"; empty without a sweep.
    public var label: String
    /// The complete experiment.
    public var experiment: Experiment
  }

  /// The configurations in order of execution; at least one.
  public let points: [Point]

  /// More configurations than this are refused: they are more likely a mistake than a plan.
  public static let largestCount = 1_000

  /// Reads an experiment file.
  /// - Parameters:
  ///   - path: the file.
  ///   - overrides: `key=value` texts, applied before the sweep is expanded.
  public static func load(path: String, overrides: [String] = []) throws(ConfigurationError) -> ExperimentSweep {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw ConfigurationError(
        file: path, origin: nil, path: "",
        cause: .unreadable(reason: exists ? "not a readable UTF-8 text file" : "no such file"))
    }
    return try load(file: path, text: text, overrides: overrides)
  }

  /// Reads an experiment from text; `file` is named in errors.
  public static func load(file: String, text: String, overrides: [String] = [])
    throws(ConfigurationError) -> ExperimentSweep
  {
    var tree = try JSONParser.parse(text, file: file)
    for text in overrides { tree = try ConfigurationOverride(text, file: file).applied(to: tree, file: file) }
    return try ExperimentSweep(tree, file: file)
  }

  private init(_ tree: JSONNode, file: String) throws(ConfigurationError) {
    guard case .object(let members) = tree.value, let sweep = members.first(where: { $0.key == "sweep" }) else {
      points = [Point(label: "", experiment: try Experiment(tree, file: file))]
      return
    }
    let base = JSONNode(value: .object(members.filter { $0.key != "sweep" }), origin: tree.origin)
    let axes = try SweepAxis.axes(sweep.node, base: base, file: file)
    let count = axes.reduce(1) { min($0, Self.largestCount + 1) * $1.choices.count }
    guard count <= Self.largestCount else {
      throw ConfigurationError(
        file: file, origin: sweep.node.origin, path: "sweep",
        cause: .outOfRange(found: "\(count) configurations", allowed: "1…\(Self.largestCount)"))
    }
    var points: [Point] = []
    for index in 0..<count {
      var rest = index
      var chosen: [SweepAxis.Choice] = []
      for axis in axes.reversed() {
        chosen.append(axis.choices[rest % axis.choices.count])
        rest /= axis.choices.count
      }
      chosen.reverse()
      var tree = base
      for choice in chosen {
        for replacement in choice.replacements { tree = try replacement.applied(to: tree, file: file) }
      }
      let label = chosen.map(\.label).joined(separator: ", ")
      do throws(ConfigurationError) {
        points.append(Point(label: label, experiment: try Experiment(tree, file: file)))
      } catch {
        throw ConfigurationError(
          file: file, origin: error.origin, path: error.path,
          cause: .conflict("in the configuration \"\(label)\": \(error.cause.reason)", remedy: error.cause.remedy))
      }
    }
    self.points = points
  }
}
