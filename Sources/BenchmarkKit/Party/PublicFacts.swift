internal import MPCCore

/// Which counts a ``Counts`` message tells, and what they may be. Public by the nature of the protocol.
protocol CountedFact: Sendable {
  /// Where it is told.
  static var step: StepLabel { get }
  /// Its kind in frames.
  static var kind: MessageKind { get }
  /// What a receiver accepts.
  static var allowed: ClosedRange<UInt32> { get }
}

/// What a party tells everybody: one count a workload.
struct Counts<Fact: CountedFact>: Message {
  static var step: StepLabel { Fact.step }
  static var kind: MessageKind { Fact.kind }
  var counts: [UInt32]
  var shape: Int { counts.count }
  static func encodedByteCount(_ shape: Int) -> Int { 4 * shape }
  init(_ counts: [Int]) { self.counts = counts.map { UInt32($0) } }
  func encode(into writer: inout WireWriter) { for count in counts { writer.append(count) } }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    counts = []
    for _ in 0..<shape { counts.append(try reader.integer()) }
    guard counts.allSatisfy({ Fact.allowed.contains($0) }) else { throw .nonCanonical }
  }
}

/// By the model owner: features of each workload's model.
typealias FeatureCounts = Counts<ModelFeatures>
enum ModelFeatures: CountedFact {
  static let step = StepLabel("PublicFacts", 1)
  static let kind = MessageKind(user: 0x7f01)
  static let allowed: ClosedRange<UInt32> = 1...100_000
}

/// By the row owner: how many rows each workload classifies.
typealias RowCounts = Counts<ClassifiedRows>
enum ClassifiedRows: CountedFact {
  static let step = StepLabel("PublicFacts", 2)
  static let kind = MessageKind(user: 0x7f02)
  static let allowed: ClosedRange<UInt32> = 1...10_000_000
}

/// By every party before a secure training: how many rows it puts in, workload by workload.
typealias TrainingRowCounts = Counts<TrainingRows>
enum TrainingRows: CountedFact {
  static let step = StepLabel("PublicFacts", 4)
  static let kind = MessageKind(user: 0x7f04)
  static let allowed: ClosedRange<UInt32> = 1...10_000_000
}

/// What the model owner tells everybody, as the row owner needs it: means and deviations of its training features.
struct Standardizations: Message {
  static let step = StepLabel("PublicFacts", 3)
  static let kind = MessageKind(user: 0x7f03)
  /// Means, then deviations, workload by workload.
  var values: [Double]
  var shape: Int { values.count }
  static func encodedByteCount(_ shape: Int) -> Int { 8 * shape }
  init(_ standardizations: [Standardization]) { values = standardizations.flatMap { $0.means + $0.deviations } }
  func encode(into writer: inout WireWriter) { for value in values { writer.append(value.bitPattern) } }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    values = []
    for _ in 0..<shape {
      let value = Double(bitPattern: try reader.integer(UInt64.self))
      guard value.isFinite else { throw .nonCanonical }
      values.append(value)
    }
  }

  /// The standardisation of each workload, whose feature counts are `widths`.
  func split(_ widths: [Int], clips: [Double]) -> [Standardization]? {
    var start = 0
    var result: [Standardization] = []
    for (width, clip) in zip(widths, clips) {
      var one = Standardization(
        fitting: Dataset(file: "", featureNames: [], features: [], labels: [], classCount: 2), clip: clip)
      one.means = Array(values[start..<(start + width)])
      one.deviations = Array(values[(start + width)..<(start + 2 * width)])
      guard one.deviations.allSatisfy({ $0 > 0 }) else { return nil }
      result.append(one)
      start += 2 * width
    }
    return result
  }
}
