/// What is in a column of a table, or in a tensor.
public struct ColumnSummary: Hashable, Sendable, Codable {
  /// Name of the column or tensor.
  public var name: String
  /// Cells or elements.
  public var count: Int
  /// Empty cells.
  public var missing: Int
  /// Finite numbers.
  public var numbers: Int
  /// NaN and infinities.
  public var notFinite: Int
  /// The smallest finite number.
  public var minimum: Double?
  /// The largest finite number.
  public var maximum: Double?
  /// The mean of the finite numbers.
  public var mean: Double?
  /// Different values, up to ``largestDistinct``; `nil` if there are more.
  public var distinct: Int?
  /// The most frequent values and how often they occur, if there are few different ones.
  public var frequent: [Frequency]

  /// A value and its count.
  public struct Frequency: Hashable, Sendable, Codable {
    /// The value as text.
    public var value: String
    /// How often it occurs.
    public var count: Int
  }

  /// Values are told apart up to so many.
  public static let largestDistinct = 10_000

  /// Summarises cells.
  public init(name: String, cells: some Sequence<String>) {
    self.init(name: name)
    var sum = 0.0
    var counts: [String: Int]? = [:]
    for cell in cells {
      count += 1
      if cell.allSatisfy({ $0 == " " }) {
        missing += 1
        continue
      }
      counts?[cell, default: 0] += 1
      if counts?.count ?? 0 > Self.largestDistinct { counts = nil }
      if let number = Table.number(cell) { add(number, &sum) }
    }
    mean = numbers > 0 ? sum / Double(numbers) : nil
    distinct = counts?.count
    frequent = (counts ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(8)
      .map { Frequency(value: $0.key, count: $0.value) }
  }

  /// Summarises the elements of a tensor.
  public init(name: String, tensor: Tensor) {
    self.init(name: name)
    count = tensor.count
    var sum = 0.0
    for value in tensor.values { add(value, &sum) }
    mean = numbers > 0 ? sum / Double(numbers) : nil
  }

  private init(name: String) {
    self.name = name
    (count, missing, numbers, notFinite, frequent) = (0, 0, 0, 0, [])
  }

  private mutating func add(_ number: Double, _ sum: inout Double) {
    guard number.isFinite else {
      notFinite += 1
      return
    }
    numbers += 1
    sum += number
    minimum = Swift.min(minimum ?? number, number)
    maximum = Swift.max(maximum ?? number, number)
  }
}
