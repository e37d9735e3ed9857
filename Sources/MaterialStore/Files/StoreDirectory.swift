/// The files of a store that are not material.
enum StoreDirectory {
  static let lockName = "lock"

  /// Takes the directory's lock, for as long as the file is open.
  static func lock(_ directory: String, files: FileSystem) throws(StoreError) -> OpenFile {
    let file = try files.create(directory + "/" + lockName, orOpen: true)
    try files.lock(file, of: directory)
    return file
  }

  /// Removes segment files that `numbers` does not list.
  static func removeSegments(_ directory: String, except numbers: Set<UInt64>, files: FileSystem) throws(StoreError) {
    let kept = Set(numbers.map(SegmentRecord.fileName))
    var removed = false
    for name in try files.names(in: directory) where name.hasPrefix("segment-") && !kept.contains(name) {
      try files.unlink(directory + "/" + name)
      removed = true
    }
    if removed { try files.syncDirectory(directory) }
  }

  /// Removes everything a store consists of but the lock.
  static func removeContent(_ directory: String, files: FileSystem) throws(StoreError) {
    try removeSegments(directory, except: [], files: files)
    let catalogue = Catalogue.fileName
    for name in [catalogue, catalogue + "-wal", catalogue + "-shm", SealedKeys.fileName + ".new"] {
      try files.unlink(directory + "/" + name)
    }
  }

  /// What a destroyed store answers.
  static func destroyedError(_ directory: String, _ content: SealedKeys.Content?) -> StoreError {
    if case .destroyed(let reason, let date) = content {
      return .destroyed(path: directory, reason: reason, date: date)
    }
    return .notAStore(path: directory, reason: "its key file is gone")
  }
}
