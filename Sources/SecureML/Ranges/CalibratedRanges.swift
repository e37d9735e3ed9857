public import FieldArithmetic
public import MPCCore
public import Online

/// How long the values of a layer were on calibration rows.
public struct LayerRange: Hashable, Sendable, Codable {
  /// The longest value, and where it was.
  public let longest: AuditedValue
  /// Its length and the margin: the k this layer needs.
  public let neededBits: Int
  /// The k that would do for every input that passes the range proofs, whatever a cheater chooses.
  public let worstCaseBits: Int
}

/// How long the values of a model become on rows of calibration data, layer by layer, with a margin.
///
/// The worst case over all inputs, ``SecureModelSpecification/worstCaseBits``, is often dozens of bits more than what data
/// ever needs. Calibration says what k computes *correctly*; that masks hide values which only a cheater's inputs
/// produce is what the worst case says.
public struct CalibratedRanges: Hashable, Sendable, Codable {
  /// One entry a layer.
  public let layers: [LayerRange]
  /// Bits added to what was seen: data to come may be larger.
  public let marginBits: Int
  /// How many rows were seen.
  public let rowCount: Int

  /// The least k for all layers: bits needed.
  public var neededValueBits: Int { layers.reduce(0) { max($0, $1.neededBits) } }
}

extension ClearFixedPointModel {
  /// Runs calibration rows in clear and reports the bits needed a layer.
  /// - Parameters:
  ///   - rows: of the kind that will be computed with; they must not be secret from whoever calls this.
  ///   - marginBits: default 2: values four times as large still fit.
  /// - Throws: `overflow` for the first value that leaves k bits even here; `wrongFeatureCount`, `outOfRange`.
  public func calibrate(_ rows: [Double], marginBits: Int = 2) throws(ModelError) -> CalibratedRanges {
    try calibration(evaluate(rows), rowCount: rows.count / specification.input.count, marginBits: marginBits)
  }

  /// The same from an evaluation that is there already.
  /// - Throws: `overflow`.
  public func calibration(_ evaluation: ClearEvaluation, rowCount: Int, marginBits: Int = 2) throws(ModelError)
    -> CalibratedRanges
  {
    if let first = evaluation.overflows.first {
      throw .overflow(first, count: evaluation.overflowCount, valueBits: specification.format.valueBits)
    }
    let worst = specification.worstCaseBits
    return CalibratedRanges(
      layers: evaluation.longest.map {
        LayerRange(longest: $0, neededBits: $0.bits + max(0, marginBits), worstCaseBits: worst[$0.layer])
      }, marginBits: max(0, marginBits), rowCount: rowCount)
  }
}

/// What a run is allowed to do although it is not as good as it could be.
public enum RangeWarning: Hashable, Sendable, CustomStringConvertible {
  /// A cheater's inputs, within what is proven, make values longer than k; they are hidden with s′ bits only.
  case worstCaseExceedsValueBits(layer: Int, kind: String, worstCaseBits: Int, valueBits: Int, statisticalSecurity: Int)
  /// No data were looked at: whether honest values fit is unknown.
  case notCalibrated

  /// Cause and remedy.
  public var description: String {
    switch self {
    case .worstCaseExceedsValueBits(let layer, let kind, let worst, let k, let s):
      "layer \(layer) (\(kind)) can reach \(worst) bits, more than k = \(k), for inputs that a cheater may choose; such "
        + "values are hidden with \(max(0, s)) bits of statistical security; raise k or lower the bits of features and weights"
    case .notCalibrated:
      "no calibration rows were given: whether honest values stay below k bits is unknown"
    }
  }
}

extension SecureModelSpecification {
  /// Everything about lengths that can be known before a run: refuses what cannot be right, warns of what is weak.
  ///
  /// - Parameter calibration: of ``ClearFixedPointModel/calibrate(_:marginBits:)``.
  /// - Returns: warnings to show.
  /// - Throws: `format` if k, or what a function needs beyond it, does not fit the field with s; `calibratedValuesTooLong`
  ///   if calibration rows need more than k bits, margin included.
  public func checkRanges<F: PrimeField>(
    _ field: F.Type, parameters: SecurityParameters, partyCount: Int, calibration: CalibratedRanges?
  ) throws(ModelError) -> [RangeWarning] {
    try validate(field, parameters: parameters, partyCount: partyCount)
    var warnings: [RangeWarning] = []
    if let calibration {
      for range in calibration.layers where range.neededBits > format.valueBits {
        throw .calibratedValuesTooLong(
          range.longest, marginBits: calibration.marginBits, valueBits: format.valueBits,
          largestValueBits: format.largestValueBits(field, parameters: parameters, partyCount: partyCount))
      }
    } else {
      warnings.append(.notCalibrated)
    }
    if let layer = worstCaseBits.firstIndex(where: { $0 > format.valueBits }) {
      warnings.append(
        .worstCaseExceedsValueBits(
          layer: layer, kind: layers[layer].kind, worstCaseBits: worstCaseBits[layer], valueBits: format.valueBits,
          statisticalSecurity: statisticalSecurityForAllInputs(parameters)))
    }
    return warnings
  }
}

extension FixedPointFormat {
  /// The largest k that a field has room for: ⌊log2 p⌋ − s − 2 − log2 n, at most 63.
  public func largestValueBits<F: PrimeField>(_ field: F.Type, parameters: SecurityParameters, partyCount: Int) -> Int {
    min(63, F.modulusBits - parameters.statisticalSecurity - 2 - FixedPointFormat.ceilLog2(partyCount))
  }
}
