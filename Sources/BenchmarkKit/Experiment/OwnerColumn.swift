/// Whose row it is: a column of text in the data file.
public struct OwnerColumn: Hashable, Sendable, Codable {
  /// Name of the column in the header line.
  public var column: String
  /// The owners by party: rows with `values[i]` in the column belong to P_i, all other rows are left out.
  public var values: [String]

  static let keys = ["column", "values"]

  /// Takes names as they are.
  public init(column: String, values: [String]) {
    self.column = column
    self.values = values
  }

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    column = try reader.string("column")
    values = []
    for (index, node) in try reader.requiredArray("values").enumerated() {
      guard case .string(let text) = node.value, !text.isEmpty else {
        throw reader.error(
          "values", .outOfRange(found: "\(node.summary) at [\(index)]", allowed: "non-empty strings, one a party"))
      }
      guard !values.contains(text) else { throw reader.error("values", .duplicate(text)) }
      values.append(text)
    }
  }
}

extension Experiment {
  /// Rows of a secure training belong to the parties one to one.
  /// - Throws: `conflict` if there are more or fewer owners than parties.
  func requireOwnersAreParties(file: String) throws(ConfigurationError) {
    for (index, workload) in workloads.enumerated() where workload.train.secure {
      guard let owners = workload.dataset?.owners, owners.values.count != parties else { continue }
      throw ConfigurationError(
        file: file, origin: nil, path: "workloads[\(index)].dataset.owners",
        cause: .conflict(
          "\(owners.values.count) owners put in rows and there are \(parties) parties",
          remedy: "name one owner a party, or set parties to \(owners.values.count)"))
    }
  }
}
