internal import Glibc
internal import MPCCore

/// What the store asks of the operating system; tests inject failures by these.
package enum FileOperation: String, Sendable, Hashable, CaseIterable {
  case makeDirectory = "make the directory"
  case open
  case create
  case read
  case write
  case overwrite
  case sync
  case syncDirectory = "sync the directory"
  case rename = "give its name to"
  case unlink = "remove"
  case list
  case lock
  case freeSpace = "ask the free space of"
  /// Before a transaction of the catalogue is committed.
  case commit
  /// After it was.
  case committed = "return from the commit to"
}

/// The system calls of the store, each a typed error when it fails.
package struct FileSystem: Sendable {
  /// Asked before each operation: 0, or the error number that the operation fails with instead of being done.
  package var injectedFailure: (@Sendable (FileOperation, String) -> Int32)?

  package init(injectedFailure: (@Sendable (FileOperation, String) -> Int32)? = nil) {
    self.injectedFailure = injectedFailure
  }

  /// Throws what is injected here.
  package func pass(_ operation: FileOperation, _ path: String) throws(StoreError) {
    let code = injectedFailure?(operation, path) ?? 0
    guard code == 0 else { throw Self.failure(operation, path, code) }
  }

  static func failure(_ operation: FileOperation, _ path: String, _ code: Int32) -> StoreError {
    if code == ENOSPC || code == EDQUOT {
      return .diskFull(path: path, neededBytes: 1, freeBytes: (try? FileSystem().freeBytes(path)) ?? 0)
    }
    return .io(operation: operation.rawValue, path: path, code: code)
  }

  /// The system's text for an error number.
  static func text(of code: Int32) -> String {
    guard let message = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: message)
  }
}

// MARK: - Files

/// An open file, closed at the end of its life.
package final class OpenFile: Sendable {
  let descriptor: Int32
  let path: String

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }
}

extension FileSystem {
  /// Makes a directory of mode 0700; parents must exist. No error if it is there.
  func makeDirectory(_ path: String) throws(StoreError) {
    try pass(.makeDirectory, path)
    if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    throw Self.failure(.makeDirectory, path, errno)
  }

  /// Opens for reading, or for reading and writing.
  func open(_ path: String, writing: Bool = false) throws(StoreError) -> OpenFile {
    try pass(.open, path)
    let descriptor = unsafe Glibc.open(path, (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw Self.failure(.open, path, errno) }
    return OpenFile(descriptor: descriptor, path: path)
  }

  /// Creates a file of mode 0600; it must not exist unless `orOpen`.
  func create(_ path: String, orOpen: Bool = false) throws(StoreError) -> OpenFile {
    try pass(.create, path)
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (orOpen ? 0 : O_EXCL)
    let descriptor = unsafe Glibc.open(path, flags, 0o600)
    guard descriptor >= 0 else { throw Self.failure(.create, path, errno) }
    return OpenFile(descriptor: descriptor, path: path)
  }

  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: RawSpan, to file: OpenFile, at offset: Int, as operation: FileOperation = .write)
    throws(StoreError)
  {
    try pass(operation, file.path)
    var done = 0
    var code: Int32 = 0
    unsafe bytes.withUnsafeBytes { buffer in
      while done < buffer.count {
        let count = unsafe pwrite(
          file.descriptor, buffer.baseAddress! + done, min(buffer.count - done, 1 << 30), off_t(offset + done))
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          code = count < 0 ? errno : ENOSPC
          return
        }
        done += count
      }
    }
    guard code == 0 else { throw Self.failure(operation, file.path, code) }
  }

  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int, as operation: FileOperation = .write)
    throws(StoreError)
  {
    let span = bytes.span
    try unsafe write(span.bytes, to: file, at: offset, as: operation)
  }

  /// Exactly `count` bytes at `offset`; nil if the file ends before.
  func read(_ count: Int, from file: OpenFile, at offset: Int) throws(StoreError) -> [UInt8]? {
    try pass(.read, file.path)
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      done = 0
      while done < count {
        let got = unsafe pread(
          file.descriptor, buffer.baseAddress! + done, min(count - done, 1 << 30), off_t(offset + done))
        if got < 0 && errno == EINTR { continue }
        if got < 0 { code = errno }
        guard got > 0 else { return }
        done += got
      }
    }
    guard code == 0 else { throw Self.failure(.read, file.path, code) }
    return bytes.count == count ? bytes : nil
  }

  /// Tells the kernel that these bytes will be read soon.
  func announceReading(_ file: OpenFile, at offset: Int, count: Int) {
    _ = posix_fadvise(file.descriptor, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
  }

  /// Makes the content durable.
  func sync(_ file: OpenFile) throws(StoreError) {
    try pass(.sync, file.path)
    guard fdatasync(file.descriptor) == 0 else { throw Self.failure(.sync, file.path, errno) }
  }

  /// Makes the names in a directory durable.
  func syncDirectory(_ path: String) throws(StoreError) {
    try pass(.syncDirectory, path)
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(.syncDirectory, path, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Self.failure(.syncDirectory, path, errno) }
  }

  /// Size and permission bits; nil if there is no such file.
  func status(_ path: String) throws(StoreError) -> (bytes: Int, mode: UInt32)? {
    var info = stat()
    if unsafe lstat(path, &info) == 0 { return (Int(info.st_size), info.st_mode & 0o777) }
    guard errno == ENOENT || errno == ENOTDIR else { throw Self.failure(.open, path, errno) }
    return nil
  }

  /// Gives a file its final name. Without `replacing` the name must be free.
  func rename(_ path: String, to target: String, replacing: Bool) throws(StoreError) {
    try pass(.rename, target)
    if replacing {
      guard unsafe Glibc.rename(path, target) == 0 else { throw Self.failure(.rename, target, errno) }
    } else {
      guard unsafe link(path, target) == 0 else {
        if errno == EEXIST { throw .exists(path: target) }
        throw Self.failure(.rename, target, errno)
      }
      _ = unsafe Glibc.unlink(path)
    }
  }

  /// Removes a file; no error if it is gone already.
  func unlink(_ path: String) throws(StoreError) {
    try pass(.unlink, path)
    if unsafe Glibc.unlink(path) == 0 || errno == ENOENT { return }
    throw Self.failure(.unlink, path, errno)
  }

  /// The names in a directory, without "." and "..".
  func names(in path: String) throws(StoreError) -> [String] {
    try pass(.list, path)
    guard let directory = unsafe opendir(path) else { throw Self.failure(.list, path, errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Takes the file's lock for this open file.
  /// - Throws: `inUseElsewhere` if somebody has it.
  func lock(_ file: OpenFile, of directory: String) throws(StoreError) {
    try pass(.lock, file.path)
    guard SecurityCheck.storeLock.holds(flock(file.descriptor, LOCK_EX | LOCK_NB) == 0) else {
      if errno == EWOULDBLOCK { throw .inUseElsewhere(path: directory) }
      throw Self.failure(.lock, file.path, errno)
    }
  }

  /// Bytes this user may still write to the disk of `path`.
  package func freeBytes(_ path: String) throws(StoreError) -> Int {
    try pass(.freeSpace, path)
    var info = statvfs()
    guard unsafe statvfs(path, &info) == 0 else { throw Self.failure(.freeSpace, path, errno) }
    return Int(clamping: UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize)).partialValue)
  }

  /// Seconds since 1970.
  static func now() -> Int64 { Int64(time(nil)) }
}
