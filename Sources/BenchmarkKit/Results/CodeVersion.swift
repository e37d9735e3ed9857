internal import Foundation

/// Which code runs: commit and state of the tree the executable was built in.
public struct CodeVersion: Hashable, Sendable, Codable {
  /// Commit, or "unknown" outside a git checkout.
  public var commit: String
  /// Whether tracked files differ from the commit; nil if unknown.
  public var dirty: Bool?
  /// First line of `swift --version` of the toolchain in PATH, empty if there is none.
  public var toolchain: String

  /// Asks git and swift. The checkout is looked for above the executable, then above `folder`.
  public static func current(near folder: String = "") -> CodeVersion {
    var version = CodeVersion(commit: "unknown", dirty: nil, toolchain: firstLine(of: ["swift", "--version"]))
    for start in [Bundle.main.executableURL?.deletingLastPathComponent().path ?? "", folder] where !start.isEmpty {
      let top = firstLine(of: ["git", "-C", start, "rev-parse", "--show-toplevel"])
      guard !top.isEmpty, FileManager.default.fileExists(atPath: top + "/Sources/BenchmarkKit") else { continue }
      let commit = firstLine(of: ["git", "-C", top, "rev-parse", "HEAD"])
      guard !commit.isEmpty else { continue }
      version.commit = commit
      version.dirty = !firstLine(of: ["git", "-C", top, "status", "--porcelain", "--untracked-files=no"]).isEmpty
      break
    }
    return version
  }

  private static func firstLine(of command: [String]) -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return "" }
    let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return "" }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
  }
}
