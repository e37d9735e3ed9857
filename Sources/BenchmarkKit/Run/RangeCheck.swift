internal import FieldArithmetic
internal import MPCCore
internal import Online
internal import SecureML

/// What the values of a model need of k, f, s and p: checked in clear, before a share or any material is made.
struct RangeCheck: Sendable {
  /// What is weak although it runs: shown before the run, kept in the manifest.
  private(set) var warnings: [String] = []
  /// The longest value in bits, sign included; nil if no data were looked at.
  private(set) var longestBits: Int?
  /// Outputs of the model with f fraction bits, rows × outputs; indices of an argmax. Empty if no data were looked at.
  private(set) var outputs: [Int64] = []

  /// Values so many bits shorter than k raise no warning: other rows of the kind will fit too.
  private static let marginBits = 1

  /// Checks a model against the rows it will run on.
  /// - Parameters:
  ///   - rows: features, row after row; nil if the local party does not have them, or if weights are not the real ones.
  ///   - name: of the workload, for errors; `file` is the experiment file.
  /// - Throws: ``ConfigurationError`` for a weight without encoding, for values longer than k bits (with layer, tensor,
  ///   row and value) and for functions whose intermediate values the field cannot hold.
  init(_ model: ClearModel, rows: [Double]?, experiment: Experiment, name: String, file: String) throws {
    let settings = experiment.fixedPoint
    func conflict(_ path: String, _ what: String, remedy: String) -> ConfigurationError {
      ConfigurationError(file: file, origin: nil, path: path, cause: .conflict("\"\(name)\": \(what)", remedy: remedy))
    }
    let specification = try model.secureSpecification(settings)
    var calibration: CalibratedRanges?
    do throws(ModelError) {
      if let rows, !rows.isEmpty {
        let clear = try ClearFixedPointModel(specification, parameters: model.parameters)
        let evaluation = try clear.evaluate(rows)
        calibration = try clear.calibration(evaluation, rowCount: rows.count / specification.input.count, marginBits: 0)
        outputs = evaluation.activations.last ?? []
        longestBits = calibration?.neededValueBits
      }
      let found = try specification.checkRanges(
        experiment.field, parameters: SecurityParameters(statisticalSecurity: settings.s),
        partyCount: experiment.parties, calibration: calibration)
      warnings = found.filter { $0 != .notCalibrated }.map { "\(name): \($0)" }
    } catch {
      switch error {
      case .outOfRange(let what, let value, let bits, _) where what.hasPrefix("weight") || what.hasPrefix("bias"):
        throw conflict(
          "fixedPoint.weightBits",
          "\(what) is \(value), outside the range of \(bits) bits that is proven when weights are shared",
          remedy: "raise fixedPoint.weightBits, or raise train.weightDecay")
      case .overflow(let value, let count, _):
        let more = count > 1 ? ", and \(count - 1) more," : ""
        if value.bits <= settings.k {
          throw conflict(
            "model", "\(value)\(more) is no argument the layer's method computes",
            remedy: "choose another method for this layer, or rescale features and weights")
        }
        throw conflict(
          "fixedPoint.k", "\(value)\(more) needs more than k = \(settings.k)",
          remedy: "raise fixedPoint.k, lower fixedPoint.f, or rescale features and weights")
      case .calibratedValuesTooLong(let value, _, _, let largest):
        throw conflict(
          "fixedPoint.k", "\(value) needs more than k = \(settings.k)",
          remedy: "raise fixedPoint.k (\(experiment.field.rawValue) has room for \(largest)) or lower fixedPoint.f")
      default: throw error
      }
    }
    if let value = calibration?.layers.max(by: { $0.longest.bits < $1.longest.bits })?.longest,
      value.bits + Self.marginBits > settings.k
    {
      warnings.append(
        "\(name): \(value) leaves \(settings.k - value.bits) bits of k = \(settings.k) for other rows; raise fixedPoint.k"
      )
    }
  }
}

extension SecureModelSpecification {
  /// The check over a field that is chosen at run time.
  fileprivate func checkRanges(
    _ field: FieldChoice, parameters: SecurityParameters, partyCount: Int, calibration: CalibratedRanges?
  ) throws(ModelError) -> [RangeWarning] {
    switch field {
    case .p127:
      try checkRanges(P127.self, parameters: parameters, partyCount: partyCount, calibration: calibration)
    case .p61: try checkRanges(P61.self, parameters: parameters, partyCount: partyCount, calibration: calibration)
    }
  }
}

extension PreparedExperiment {
  /// Everything that is weak about lengths of values, each once: a cheater's inputs within the proven ranges could make
  /// values longer than k, and masks would hide those with fewer bits.
  func rangeWarnings() -> [String] { workloads.flatMap(\.rangeWarnings) }
}
