public import SecretSharing

/// Runs a prepared model on its test rows under secret sharing, all parties, once.
///
/// The boundary between the benchmark and the protocols: the runner knows nothing of sessions, an implementation nothing of
/// files and tables.
public protocol SecureInference: Sendable {
  /// Name of the protocol, a column of the rows.
  var protocolName: String { get }
  /// Which kernels were chosen at run time, for the manifest.
  var kernelDispatch: String { get }

  /// Where the material comes from, in a phrase for the manifest and the closing text.
  var materialOrigin: String { get }

  /// Whether it comes from stores that were filled beforehand.
  var usesStores: Bool { get }

  /// Whether the same seed gives the same messages and results.
  var isDeterministic: Bool { get }

  /// Classifies the rows of `workload.test` with parties, transport, field and format of `experiment`.
  /// - Parameters:
  ///   - workload: model and rows. Batches of `workload.workload.batch` rows.
  ///   - seed: for this run; different for each repeat.
  ///   - onProgress: told what is being made while material is generated.
  /// - Throws: `ProtocolAbort` if the protocol ended early; other errors for local set-up.
  func run(
    _ workload: PreparedWorkload, experiment: Experiment, mode: SecurityMode, seed: UInt64,
    onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> InferenceOutcome
}

extension SecureInference {
  /// Nothing is said.
  public var materialOrigin: String { "" }
  /// It is made, or dealt, for each run.
  public var usesStores: Bool { false }
}

/// What one secure inference gave.
public struct InferenceOutcome: Hashable, Sendable {
  /// The revealed class of each test row.
  public var predictions: [Int]
  /// Cost by party and layer, summed over batches.
  public var layers: [LayerMeasurement]
  /// Preprocessed material used by one party, by kind.
  public var preprocessingUsed: [String: Int]
  /// Outcome of the checks, for example "passed" or "none (passive)".
  public var checkResult: String

  /// Set-up of keys by party, apart from everything else; empty with the dealer.
  public var setUp: [Int: PhaseCost] = [:]
  /// What went over TCP connections, by party; empty in process.
  public var wire: [Int: WireAccount] = [:]
  /// Revealed outputs, rows × outputs, in real numbers; empty if the model reveals indices.
  public var outputs: [Double] = []
  /// Of a training: the largest difference between trained weights and those of the same steps in `Double`, in units of
  /// 2^−f; nil if the weights, or everybody's rows, are not here.
  public var weightDifference: Double?
  /// The same differences of trainings in clear fixed point whose truncations round at random like secure ones: the secure
  /// one should be among them. Empty where `weightDifference` is nil.
  public var roundingDifferences: [Double] = []
  /// Classes of the held-out rows by the weights of the same steps in `Double`.
  public var referencePredictions: [Int] = []
  /// Trained weights and biases, at the party that receives them.
  var weights: [Double] = []
  /// What was predicted before the run; nil if nothing was.
  public var prediction: RunPrediction?
  /// Estimated security of the encryption in bits; nil with the dealer and with toy rings.
  public var securityBits: Double?

  /// Creates an outcome.
  public init(
    predictions: [Int], layers: [LayerMeasurement], preprocessingUsed: [String: Int] = [:], checkResult: String
  ) {
    self.predictions = predictions
    self.layers = layers
    self.preprocessingUsed = preprocessingUsed
    self.checkResult = checkResult
  }
}
