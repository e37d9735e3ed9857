extension ResultRow {
  /// A value of a column.
  enum Cell: Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    case unsigned(UInt64)
    case real(Double)
    case text(String)

    init(_ value: Bool?) { self = value.map(Cell.bool) ?? .none }
    init(_ value: Int?) { self = value.map(Cell.integer) ?? .none }
    init(_ value: UInt64?) { self = value.map(Cell.unsigned) ?? .none }
    init(_ value: Double?) { self = value.flatMap { $0.isFinite ? .real($0) : nil } ?? .none }
    init(_ value: String?) { self = value.map(Cell.text) ?? .none }
  }

  /// The value of a column.
  func cell(_ column: Column) -> Cell {
    switch column {
    case .schema: Cell(schema)
    case .runID: Cell(runID)
    case .preset: Cell(preset)
    case .configurationSHA256: Cell(configurationSHA256)
    case .codeVersion: Cell(codeVersion)
    case .gitDirty: Cell(gitDirty)
    case .seed: Cell(seed)
    case .deterministic: Cell(deterministic)
    case .timestamp: Cell(timestamp)
    case .hostID: Cell(hostID)
    case .party: Cell(party)
    case .partyCount: Cell(partyCount)
    case .mode: Cell(mode)
    case .protocolName: Cell(protocolName)
    case .fieldBits: Cell(fieldBits)
    case .f: Cell(f)
    case .k: Cell(k)
    case .sigma: Cell(sigma)
    case .fakeOffline: Cell(fakeOffline)
    case .trustModel: Cell(trustModel)
    case .tls: Cell(tls)
    case .transport: Cell(transport)
    case .linkProfile: Cell(linkProfile)
    case .phase: Cell(phase)
    case .layerIndex: Cell(layerIndex)
    case .layerKind: Cell(layerKind)
    case .op: Cell(op)
    case .size: Cell(size)
    case .batch: Cell(batch)
    case .repetition: Cell(repetition)
    case .wallNanoseconds: Cell(wallNanoseconds)
    case .blockedNanoseconds: Cell(blockedNanoseconds)
    case .cpuNanoseconds: Cell(cpuNanoseconds)
    case .bytesSent: Cell(bytesSent)
    case .bytesReceived: Cell(bytesReceived)
    case .messages: Cell(messages)
    case .rounds: Cell(rounds)
    case .preprocessingKind: Cell(preprocessingKind)
    case .preprocessingUsed: Cell(preprocessingUsed)
    case .preprocessingBytes: Cell(preprocessingBytes)
    case .kappa: Cell(kappa)
    case .securityBits: Cell(securityBits)
    case .triplesProtocol: Cell(triplesProtocol)
    case .masksProtocol: Cell(masksProtocol)
    case .roundTripMilliseconds: Cell(roundTripMilliseconds)
    case .bandwidthMbit: Cell(bandwidthMbit)
    case .peakResidentBytes: Cell(peakResidentBytes)
    case .value: Cell(value)
    case .unit: Cell(unit)
    case .checkResult: Cell(checkResult)
    case .threads: Cell(threads)
    case .configuration: Cell(configuration)
    }
  }

  /// The header line of the CSV form, without line end.
  public static var csvHeader: String { Column.allCases.map(\.rawValue).joined(separator: ",") }

  /// The row as CSV (RFC 4180), without line end.
  public var csvLine: String {
    Column.allCases.map { column in
      switch cell(column) {
      case .none: ""
      case .bool(let value): "\(value)"
      case .integer(let value): "\(value)"
      case .unsigned(let value): "\(value)"
      case .real(let value): "\(value)"
      case .text(let value): Self.csvQuoted(value)
      }
    }.joined(separator: ",")
  }

  private static func csvQuoted(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// The row as one JSON object, every column in order, without line end.
  public var jsonLine: String {
    let members = Column.allCases.map { column in
      let text =
        switch cell(column) {
        case .none: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): jsonQuoted(value)
        }
      return "\"\(column.rawValue)\":\(text)"
    }
    return "{" + members.joined(separator: ",") + "}"
  }
}

/// `text` as a JSON string.
func jsonQuoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
