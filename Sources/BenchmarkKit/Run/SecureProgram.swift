internal import Cryptography
internal import MPCCore
internal import SecretSharing

/// What every party runs, in pieces that are measured apart.
protocol SecureProgram: Sendable {
  /// s and λ.
  var parameters: SecurityParameters { get }

  /// The same program on zeros, with each piece that differs in shape once.
  func shapesOnly() -> Self

  /// What belongs to all pieces, in order of execution, from what belongs to those of ``shapesOnly()``.
  func expanded<Entry>(_ pieces: [Entry], of shapes: Self) -> [Entry]

  /// `layer_index` of each of `count` pieces, in order of execution.
  func pieceIndices(_ count: Int) -> [Int]

  /// Runs as one party.
  /// - Parameters:
  ///   - supply: of material; nil on the run that learns what is needed.
  ///   - journal: told of pieces that begin, and of those that end with nothing undecided.
  func run<S: SharingScheme>(
    _ scheme: S.Type, over channel: MeasuringChannel, source: PreparedSource<S>, random: any RandomSource,
    supply: MaterialSupply?, journal: any StepJournal
  ) async throws(ProtocolAbort) -> ProgramOutcome
}

extension SecureProgram {
  func session<S: SharingScheme>(
    _: S.Type, over channel: MeasuringChannel, source: PreparedSource<S>, random: any RandomSource
  ) throws(ProtocolAbort) -> Session<S, MeasuringChannel> {
    do throws(SessionError) {
      return try Session(over: channel, preprocessing: source, random: random, parameters: parameters)
    } catch {
      throw .localFailure(step: StepLabel("Session", 0), detail: error.description)
    }
  }
}

/// The pieces of a program that are measured apart: the layers, and around them input and output.
enum ProgramPiece: Hashable, Sendable {
  case modelInput
  case rowInput
  /// A step of a training.
  case step
  case layer(Int, String)
  case output(Int)

  /// Column `layer_index`: −2 and −1 for the inputs, behind the last layer for the output.
  var index: Int {
    switch self {
    case .modelInput: -2
    case .rowInput: -1
    case .step: 0
    case .layer(let index, _), .output(let index): index
    }
  }

  /// Column `layer_kind`.
  var kind: String {
    switch self {
    case .modelInput: "input-model"
    case .rowInput: "input-rows"
    case .step: "training-step"
    case .layer(_, let kind): kind
    case .output: "output"
    }
  }
}

/// What one party has to tell.
struct ProgramOutcome: Sendable {
  var predictions: [Int] = []
  var layers: [LayerMeasurement] = []
  var material: [String: Int] = [:]
  /// Demand of each piece in order of execution.
  var demands: [[MaterialDemand]] = []
  /// Cost of each piece in order of execution.
  var executions: [LayerMeasurement] = []
  /// Revealed outputs of the model, rows × outputs, at the party that receives them; empty if they are indices.
  var outputs: [Double] = []
  /// What making the material cost.
  var generation = PhaseCost()
  /// Trained weights and biases at the party that receives them.
  var weights: [Double] = []
}
