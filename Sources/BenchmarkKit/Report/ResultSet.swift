internal import Foundation

/// The rows of one run, read back from its files.
public struct ResultSet: Sendable {
  /// The file read.
  public let path: String
  /// The rows in file order.
  public let rows: [ResultRow]
  /// Whether the last line was cut off, as when the machine went down.
  public let lastLineIsCut: Bool
  /// What the manifest beside the rows says; nil if there is none.
  public let description: RunDescription?

  /// The parts of a manifest that reports show.
  public struct RunDescription: Sendable, Decodable {
    /// The machine, as far as reports show it.
    public struct Host: Sendable, Decodable {
      /// Model name of the processor.
      public var cpuModel: String
      /// Processors the system shows.
      public var processorCount: Int
    }
    /// When the run began.
    public var started: String
    /// The machine.
    public var host: Host
    /// debug or release.
    public var buildConfiguration: String
    /// "complete" or "incomplete"; nil in manifests of older versions.
    public var status: String?
    /// Why it ended early.
    public var interruption: String?
  }

  /// Reads a results folder, or a `results.jsonl` file. A cut last line is left out.
  public init(path: String) throws(ReportError) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .unreadable(path: path, reason: "no such file or folder")
    }
    let file = isFolder.boolValue ? "\(path)/results.jsonl" : path
    guard let data = FileManager.default.contents(atPath: file) else {
      throw .unreadable(path: file, reason: "no readable file")
    }
    try self.init(text: data, path: file)
  }

  /// Reads rows from the bytes of a JSON Lines file.
  init(text: Data, path: String) throws(ReportError) {
    let decoder = JSONDecoder()
    var rows: [ResultRow] = []
    var cut = false
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      do {
        rows.append(try decoder.decode(ResultRow.self, from: Data(line)))
      } catch {
        if index == lines.count - 1 {
          cut = true
          continue
        }
        let reason = (error as? DecodingError).map(Self.reason) ?? "not JSON"
        throw .notARow(path: path, line: index + 1, reason: reason)
      }
    }
    if let other = rows.first(where: { $0.schema != ResultRow.schemaVersion }) {
      throw .unknownSchema(path: path, found: other.schema)
    }
    guard !rows.isEmpty else { throw .empty(path: path) }
    self.path = path
    self.rows = rows
    lastLineIsCut = cut
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    description = FileManager.default.contents(atPath: "\(folder)/manifest.json").flatMap {
      try? decoder.decode(RunDescription.self, from: $0)
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "the column \"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "the column \"\(context.codingPath.last?.stringValue ?? "")\" has a value of the wrong type"
    default: "not a JSON object"
    }
  }
}
