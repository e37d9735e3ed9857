public import Foundation

/// Everything needed to understand and repeat a run; `manifest.json`.
public struct Manifest: Sendable, Encodable {
  /// Version of this format.
  public var schema = 1
  /// Identifies the run.
  public var runID: String
  /// The experiment file as named on the command line.
  public var experimentFile: String
  /// The `--set` options.
  public var overrides: [String]
  /// The first configuration with all defaults written out; a valid experiment file itself.
  public var experiment: Experiment
  /// SHA-256 of the canonical form of `experiment`.
  public var configurationSHA256: String
  /// All configurations of a sweep, the first included.
  public var configurations: [Configuration]
  /// Commit and toolchain.
  public var code: CodeVersion
  /// debug or release.
  public var buildConfiguration: String
  /// The compiler's version as the code sees it.
  public var compiler: String
  /// The machine.
  public var host: HostDescription
  /// Which kernels were chosen at run time.
  public var kernelDispatch: String
  /// What the figures assume about trust.
  public var trustModel: String
  /// Where the preprocessed material comes from.
  public var material = ""
  /// The clear models.
  public var workloads: [WorkloadSummary]
  /// When the run began, ISO 8601, UTC.
  public var started: String
  /// When it ended; nil while it runs or if it was interrupted.
  public var finished: String?
  /// Whether all rows were written; "incomplete" from the beginning, so that a run that is killed says so too.
  public var status = Status.incomplete
  /// Why the run ended early, if it could still say so.
  public var interruption: String?

  /// Whether a run came to its end.
  public enum Status: String, Hashable, Sendable, Codable {
    /// Every row is there.
    case complete
    /// It runs still, or ended early.
    case incomplete
  }

  /// One configuration of a sweep.
  public struct Configuration: Sendable, Encodable {
    /// What distinguishes it.
    public var label: String
    /// Column `config_sha256` of its rows.
    public var configurationSHA256: String
    /// All settings with defaults; a valid experiment file.
    public var experiment: Experiment
    /// Who has to be trusted.
    public var trustModel: String
    /// The clear models.
    public var workloads: [WorkloadSummary]

    init(_ prepared: PreparedExperiment) throws {
      label = prepared.label
      experiment = prepared.experiment
      configurationSHA256 = try experiment.canonicalSHA256()
      trustModel = experiment.trustModel
      workloads = prepared.workloads.map(\.summary)
    }
  }

  /// What was learned in clear.
  public struct WorkloadSummary: Hashable, Sendable, Codable {
    /// Name of the workload.
    public var name: String
    /// Rows the model was trained on.
    public var trainRows: Int
    /// Rows classified.
    public var testRows: Int
    /// Seconds of training.
    public var trainingSeconds: Double
    /// Accuracy in `Double` on the whole held-out part; nil at a party that has no model or no rows.
    public var heldOutAccuracy: Double?
    /// Accuracy in `Double` on the rows classified; nil at a party that has no model or no rows.
    public var clearAccuracy: Double?
    /// Accuracy of the fixed-point reference on the rows classified; nil at a party that has no model or no rows.
    public var fixedPointAccuracy: Double?
    /// The longest value met in clear on the rows classified, in bits with sign; nil as above.
    public var longestBits: Int?
    /// What is weak about the lengths of values.
    public var rangeWarnings: [String]?
  }

  /// Describes a run that begins now.
  public init(
    runID: String, experimentFile: String, overrides: [String], prepared: PreparedExperiment, kernelDispatch: String
  ) throws {
    try self.init(
      runID: runID, experimentFile: experimentFile, overrides: overrides, configurations: [prepared],
      kernelDispatch: kernelDispatch)
  }

  /// Describes a sweep that begins now.
  /// - Precondition: at least one configuration.
  init(
    runID: String, experimentFile: String, overrides: [String], configurations: [PreparedExperiment],
    kernelDispatch: String
  ) throws {
    let prepared = configurations[0]
    self.runID = runID
    self.experimentFile = experimentFile
    self.overrides = overrides
    experiment = prepared.experiment
    configurationSHA256 = try experiment.canonicalSHA256()
    self.configurations = try configurations.map { try Configuration($0) }
    code = CodeVersion.current(near: prepared.folder)
    buildConfiguration = BuildConfiguration.name
    compiler = BuildConfiguration.compiler
    host = HostDescription.current()
    self.kernelDispatch = kernelDispatch
    trustModel = prepared.experiment.trustModel
    workloads = prepared.workloads.map(\.summary)
    started = Self.timestamp()
  }

  /// The manifest as JSON, keys sorted.
  public func json() throws -> Data { try Self.encoder(pretty: true).encode(self) + Data("\n".utf8) }

  /// Now, ISO 8601, UTC, with seconds.
  public static func timestamp() -> String { Date.now.formatted(.iso8601) }

  static func encoder(pretty: Bool) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return encoder
  }
}

extension Experiment {
  /// The experiment with all defaults as JSON, keys sorted: a valid experiment file.
  public func json() throws -> String {
    String(decoding: try Manifest.encoder(pretty: true).encode(self), as: UTF8.self)
  }

  /// SHA-256 of the canonical JSON form, lower-case hexadecimal.
  public func canonicalSHA256() throws -> String {
    sha256Hex([UInt8](try Manifest.encoder(pretty: false).encode(self)))
  }
}
