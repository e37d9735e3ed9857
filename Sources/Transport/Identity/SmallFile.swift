internal import Glibc

/// Reading and writing of small files with permissions, without Foundation.
enum SmallFile {
  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Permission bits of a file.
  static func mode(_ path: String) throws(IdentityError) -> UInt32 {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else { throw .cannotRead(path: path, reason: systemErrorText(errno)) }
    return info.st_mode & 0o777
  }

  /// Makes one directory, mode 0700, if it is missing.
  static func makeDirectory(_ path: String) throws(IdentityError) {
    if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    let reason = errno
    if reason == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex {
      try makeDirectory(String(path[..<slash]))  // its parent is missing too
      if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    }
    throw .cannotWrite(path: path, reason: systemErrorText(reason))
  }

  /// Renames a file; the target must not exist.
  static func move(_ path: String, to target: String) throws(IdentityError) {
    if exists(target) { throw .exists(path: target) }
    guard unsafe rename(path, target) == 0 else {
      throw .cannotWrite(path: target, reason: systemErrorText(errno))
    }
  }

  static func remove(_ path: String) { unsafe unlink(path) }

  /// The whole content, at most `limit` bytes.
  static func read(_ path: String, limit: Int) throws(IdentityError) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .cannotRead(path: path, reason: systemErrorText(errno)) }
    defer { close(file) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe Glibc.read(file, &chunk, chunk.count)
      guard count >= 0 else { throw .cannotRead(path: path, reason: systemErrorText(errno)) }
      if count == 0 { return content }
      content += chunk.prefix(count)
      guard content.count <= limit else {
        throw .cannotRead(path: path, reason: "the file is larger than \(limit) bytes")
      }
    }
  }

  /// Writes a file that must not exist, atomically: under another name, synced, then linked to its own.
  static func writeNew(_ path: String, _ content: [UInt8], mode: UInt32) throws(IdentityError) {
    let temporary = path + ".\(getpid()).new"
    let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard file >= 0 else { throw .cannotWrite(path: temporary, reason: systemErrorText(errno)) }
    defer { unsafe unlink(temporary) }
    var written = 0
    while written < content.count {
      let count = unsafe content.withUnsafeBytes { bytes in
        unsafe write(file, bytes.baseAddress! + written, bytes.count - written)
      }
      guard count > 0 else {
        let reason = systemErrorText(errno)
        close(file)
        throw .cannotWrite(path: path, reason: reason)
      }
      written += count
    }
    let synced = fsync(file) == 0
    close(file)
    guard synced, unsafe link(temporary, path) == 0 else {
      let code = errno
      if code == EEXIST { throw .exists(path: path) }
      throw .cannotWrite(path: path, reason: systemErrorText(code))
    }
  }
}
