internal import FieldArithmetic
internal import Online
internal import SecureML

/// What the steps of a secure training give in clear, for whoever has the rows of all owners.
struct TrainingReference: Sendable {
  /// Trainings in clear fixed point that show how far rounding alone moves weights.
  static let roundedCount = 8

  /// Weights after the steps in `Double`.
  let weights: [Double]
  /// Their classes of the held-out rows.
  let predictions: [Int]
  /// Largest differences, in units of 2^−f, between those weights and each of the rounded trainings'.
  let roundingUlps: [Double]

  /// - Parameter beforeStep: may end it by throwing.
  /// - Throws: `notTrainable` for a training that leaves the range of its masks.
  init(_ plan: TrainingPlan, _ program: TrainingProgram, beforeStep: () throws -> Void) throws {
    let weights = try plan.rehearsed(beforeStep: beforeStep)
    self.weights = weights
    predictions = program.classes(weights)
    let one = Double(plan.specification.format.one)
    roundingUlps = try (0..<Self.roundedCount).map { index in
      Self.difference(try plan.rounded(seed: UInt64(index + 1), beforeStep: beforeStep), weights) * one
    }
  }

  /// The largest difference of two weights.
  static func difference(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
