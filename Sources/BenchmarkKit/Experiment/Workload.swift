/// One computation of an experiment: secure inference of a model on the held-out rows of a data set, or of layers on random
/// rows.
public struct Workload: Hashable, Sendable, Encodable {
  /// Name, unique in the experiment.
  public var name: String
  /// The data; nil if rows are random.
  public var dataset: DatasetSpecification?
  /// Random rows instead of data.
  public var input: SyntheticInput?
  /// The layers.
  public var model: ModelSpecification
  /// How the model is trained in clear.
  public var train: TrainingSettings
  /// How many held-out rows are classified securely; 0 means all, or one batch of random rows.
  public var testRows: Int
  /// Rows computed together.
  public var batch: Int
  /// A number format of its own; nil: the experiment's.
  public var fixedPoint: FixedPointSettings?
}

/// Where data come from and how they are read.
public struct DatasetSpecification: Hashable, Sendable, Codable {
  /// Path, relative to the folder of the experiment file.
  public var path: String
  /// Expected SHA-256 of the file in lower-case hexadecimal; empty: not checked.
  public var sha256: String
  /// Whether the first line is a header.
  public var header: Bool
  /// Which column is the label.
  public var label: LabelColumn
  /// The column separator, one character.
  public var delimiter: String
  /// Number of classes; labels are 0 … classes − 1. 0 if there are no labels.
  public var classes: Int
  /// Part of the rows held out of training, above 0; 1 if all rows are classified, by a model from a file.
  public var testFraction: Double
  /// What one row is, as `[channels, height, width]`; nil: a vector of all features.
  public var shape: [Int]?
  /// How features are scaled.
  public var scaling: Scaling = .standardize
  /// Features are divided by this before they are scaled, for example 255 for bytes.
  public var divisor: Double = 1
  /// Which arrays of an `.npz` file hold features and labels; nil: one matrix with the label among its columns.
  public var arrays: ArrayNames?
  /// Scaled features beyond ±clip become ±clip; 0: no limit.
  public var clip: Double
  /// Whose rows they are; nil: nobody's in particular.
  public var owners: OwnerColumn?

  /// Names of arrays in an `.npz` file.
  public struct ArrayNames: Hashable, Sendable, Codable {
    /// Rows × …: what stands behind the first dimension is one row.
    public var features: String
    /// One number a row; empty: there are no labels.
    public var labels: String
  }

  /// How features are scaled, from the training rows alone.
  public enum Scaling: String, Hashable, Sendable, Codable, CaseIterable {
    /// (x − mean)/deviation of each column.
    case standardize
    /// x divided by the largest magnitude of all columns: pixels become 0…1.
    case unit
    /// Not at all: what models from files usually expect.
    case none
  }

  /// Which column is the label.
  public enum LabelColumn: String, Hashable, Sendable, Codable, CaseIterable {
    /// The first column.
    case first
    /// The last column.
    case last
    /// There are no labels; the model's own classes in clear stand in for them.
    case none
  }
}

/// How the clear model is trained: mini-batch gradient descent with momentum.
public struct TrainingSettings: Hashable, Sendable, Codable {
  /// Whether the model is trained securely, on rows shared by their owners; then that is what is measured, and the
  /// trained weights go to the last party, which classifies the held-out rows in clear.
  public var secure = false
  /// How many training rows are used, the first ones of the split; 0: all.
  public var rows = 0
  /// Passes over the training rows.
  public var epochs: Int
  /// Rows per step.
  public var batch: Int
  /// Step size at the start; it falls linearly to a tenth of this.
  public var learningRate: Double
  /// Momentum, 0 … 0.999.
  public var momentum: Double
  /// L2 weight decay per step.
  public var weightDecay: Double

  /// Creates settings.
  public init(
    epochs: Int = 30, batch: Int = 32, learningRate: Double = 0.05, momentum: Double = 0.9, weightDecay: Double = 1e-4
  ) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }
}
