internal import FoundationEssentials

/// Whole files: what the readers take and the writers make.
public enum FileBytes {
  /// Files above this size are refused: 2 GiB.
  public static let limit: UInt64 = 1 << 31

  /// The bytes of a regular file of at most `limit` bytes.
  /// - Throws: `unreadable`, `tooLarge`.
  public static func read(_ path: String, limit: UInt64 = limit) throws(ModelFileError) -> [UInt8] {
    let attributes: [FileAttributeKey: Any]
    let resolved = URL(filePath: path).resolvingSymlinksInPath().path
    do {
      attributes = try FileManager.default.attributesOfItem(atPath: resolved)
    } catch {
      throw .unreadable(file: path, reason: "no such file")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw .unreadable(file: path, reason: "not a regular file")
    }
    let size = (attributes[.size] as? UInt64) ?? UInt64(clamping: attributes[.size] as? Int ?? 0)
    guard size <= limit else {
      throw .tooLarge(file: path, offset: 0, field: "file size in bytes", size: size, limit: limit)
    }
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: resolved)))
    } catch {
      throw .unreadable(file: path, reason: "not permitted, or a read error")
    }
  }

  /// Whether something stands at this path.
  public static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether a folder stands at this path.
  public static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  /// Writes a file as a whole: whoever opens it sees the old or the new content, never a part.
  /// - Throws: `cannotWrite`.
  public static func write(_ bytes: [UInt8], to path: String) throws(ModelFileError) {
    do {
      try Data(bytes).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .cannotWrite(file: path, reason: "no such folder, not permitted, or no space")
    }
  }
}
