internal import Foundation

/// Writes rows to `results.jsonl` and `results.csv` and the manifest to `manifest.json` in one folder.
///
/// Each row is handed to the operating system before ``append(_:)`` returns, so the rows of an interrupted run are kept.
public final class ResultWriter {
  /// The folder.
  public let folder: String
  private let jsonLines: FileHandle
  private let csv: FileHandle

  /// Makes the folder and both files.
  /// - Parameter allowDebug: whether a debug build may write results.
  /// - Throws: `debugBuild`; `alreadyExists` if the folder has results; `cannotWrite`.
  public init(folder: String, allowDebug: Bool) throws(ResultError) {
    if BuildConfiguration.isDebug && !allowDebug { throw .debugBuild }
    self.folder = folder
    try Self.prepare(folder)
    jsonLines = try Self.create("\(folder)/results.jsonl")
    csv = try Self.create("\(folder)/results.csv")
    try Self.write(ResultRow.csvHeader + "\n", to: csv, path: "\(folder)/results.csv")
  }

  /// Makes the folder and checks that it holds no results: worth doing before models are trained.
  /// - Throws: `alreadyExists`, `cannotWrite`.
  static func prepare(_ folder: String) throws(ResultError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: folder, reason: "the folder cannot be made")
    }
    for name in ["results.jsonl", "results.csv", "manifest.json"] {
      let path = "\(folder)/\(name)"
      if FileManager.default.fileExists(atPath: path) { throw .alreadyExists(path: path) }
    }
  }

  /// Appends one row to both files.
  public func append(_ row: ResultRow) throws(ResultError) {
    try Self.write(row.jsonLine + "\n", to: jsonLines, path: "\(folder)/results.jsonl")
    try Self.write(row.csvLine + "\n", to: csv, path: "\(folder)/results.csv")
  }

  /// Writes or replaces the manifest.
  public func write(_ manifest: Manifest) throws(ResultError) {
    guard let json = try? manifest.json() else {
      throw .cannotWrite(path: "\(folder)/manifest.json", reason: "a value has no JSON form")
    }
    try write(json: json)
  }

  /// Writes or replaces `manifest.json`, or the file of another name.
  func write(json: Data, file: String = "manifest.json") throws(ResultError) {
    let path = "\(folder)/\(file)"
    do {
      try json.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: "the disk may be full")
    }
  }

  private static func create(_ path: String) throws(ResultError) -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
    else { throw .cannotWrite(path: path, reason: "the file cannot be made") }
    return handle
  }

  private static func write(_ text: String, to handle: FileHandle, path: String) throws(ResultError) {
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw .cannotWrite(path: path, reason: "the disk may be full")
    }
  }
}
