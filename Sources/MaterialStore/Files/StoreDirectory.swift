/// The directory of a store: what can be done to it without its keys.
public enum StoreDirectory {
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

  /// Destroys a store that cannot be opened, or is not wanted any more, without its keys: they are overwritten, the
  /// material is removed. A store that was destroyed before stays as it is.
  /// - Throws: `notAStore`, `inUseElsewhere`, `io`.
  public static func purge(_ directory: String, because reason: String) throws(StoreError) {
    let files = FileSystem()
    guard try files.status(directory + "/" + SealedKeys.fileName) != nil else {
      throw .notAStore(path: directory, reason: "it has no key file")
    }
    let lock = try lock(directory, files: files)
    if case .destroyed = try? SealedKeys.read(directory: directory, files: files) {
    } else {
      let final = StoreState.spent(reason: String(reason.unicodeScalars.prefix(100)), date: FileSystem.now())
      try SealedKeys.destroy(final, directory: directory, files: files)
    }
    try removeSegments(directory, except: [], files: files)
    _ = lock
  }

  /// What a destroyed store answers.
  static func destroyedError(_ directory: String, _ content: SealedKeys.Content?) -> StoreError {
    if case .destroyed(let final) = content { return .destroyed(path: directory, final) }
    return .notAStore(path: directory, reason: "its key file is gone")
  }
}
