internal import MPCCore

/// What the model owner tells everybody: features of each workload's model. Public by the nature of the protocol.
struct FeatureCounts: Message {
  static let step = StepLabel("PublicFacts", 1)
  static let kind = MessageKind(user: 0x7f01)
  var counts: [UInt32]
  var shape: Int { counts.count }
  static func encodedByteCount(_ shape: Int) -> Int { 4 * shape }
  init(_ counts: [Int]) { self.counts = counts.map { UInt32($0) } }
  func encode(into writer: inout WireWriter) { for count in counts { writer.append(count) } }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    counts = []
    for _ in 0..<shape { counts.append(try reader.integer()) }
    guard counts.allSatisfy({ (1...100_000).contains($0) }) else { throw .nonCanonical }
  }
}

/// What the row owner tells everybody: how many rows each workload classifies.
struct RowCounts: Message {
  static let step = StepLabel("PublicFacts", 2)
  static let kind = MessageKind(user: 0x7f02)
  var counts: [UInt32]
  var shape: Int { counts.count }
  static func encodedByteCount(_ shape: Int) -> Int { 4 * shape }
  init(_ counts: [Int]) { self.counts = counts.map { UInt32($0) } }
  func encode(into writer: inout WireWriter) { for count in counts { writer.append(count) } }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    counts = []
    for _ in 0..<shape { counts.append(try reader.integer()) }
    guard counts.allSatisfy({ (1...10_000_000).contains($0) }) else { throw .nonCanonical }
  }
}

/// What every party tells everybody before a secure training: how many rows it puts in, workload by workload.
struct TrainingRowCounts: Message {
  static let step = StepLabel("PublicFacts", 4)
  static let kind = MessageKind(user: 0x7f04)
  var counts: [UInt32]
  var shape: Int { counts.count }
  static func encodedByteCount(_ shape: Int) -> Int { 4 * shape }
  init(_ counts: [Int]) { self.counts = counts.map { UInt32($0) } }
  func encode(into writer: inout WireWriter) { for count in counts { writer.append(count) } }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    counts = []
    for _ in 0..<shape { counts.append(try reader.integer()) }
    guard counts.allSatisfy({ (1...10_000_000).contains($0) }) else { throw .nonCanonical }
  }
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
