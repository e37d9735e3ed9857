internal import FoundationEssentials

/// The machine a run took place on.
public struct HostDescription: Hashable, Sendable, Codable {
  /// Opaque identifier: equal on the same machine, says nothing else.
  public var id: String
  /// Model name of the processor.
  public var cpuModel: String
  /// The processor features that matter to the kernels and are present.
  public var cpuFlags: [String]
  /// Processors the system shows.
  public var processorCount: Int
  /// Memory in bytes.
  public var memoryBytes: Int
  /// Release of the kernel.
  public var kernel: String
  /// Name of the distribution.
  public var system: String
  /// Whether a hypervisor is present.
  public var virtualized: Bool
  /// Load averages over 1, 5 and 15 minutes.
  public var loadAverage: [Double]

  private static let interestingFlags = [
    "sse4_2", "aes", "vaes", "pclmulqdq", "bmi2", "adx", "avx2", "avx512f", "avx512dq", "avx512vl", "avx512ifma",
    "avx512_vbmi2", "sha_ni", "asimd", "sve",
  ]

  /// Reads what the system says about itself; what it does not say is empty or 0.
  public static func current() -> HostDescription {
    let cpu = fields("/proc/cpuinfo")
    let flags = Set((cpu["flags"] ?? cpu["Features"] ?? "").split(separator: " ").map(String.init))
    let memory = (fields("/proc/meminfo")["MemTotal"] ?? "").split(separator: " ").first.flatMap { Int($0) } ?? 0
    let machine = text("/etc/machine-id") + text("/proc/sys/kernel/hostname")
    return HostDescription(
      id: String(sha256Hex(Array(machine.utf8)).prefix(12)),
      cpuModel: cpu["model name"] ?? "",
      cpuFlags: interestingFlags.filter(flags.contains),
      processorCount: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: memory * 1024,
      kernel: text("/proc/sys/kernel/osrelease"),
      system: (fields("/etc/os-release", separator: "=")["PRETTY_NAME"] ?? "").replacing("\"", with: ""),
      virtualized: flags.contains("hypervisor"),
      loadAverage: text("/proc/loadavg").split(separator: " ").prefix(3).compactMap { Double($0) })
  }

  /// Largest resident memory of this process so far, in bytes; 0 if the system does not say.
  public static func peakResidentBytes() -> Int {
    let peak = (fields("/proc/self/status")["VmHWM"] ?? "").split(separator: " ").first.flatMap { Int($0) } ?? 0
    return peak * 1024
  }

  /// Resident memory of this process now, in bytes; 0 if the system does not say.
  static func residentBytes() -> Int {
    let resident = (fields("/proc/self/status")["VmRSS"] ?? "").split(separator: " ").first.flatMap { Int($0) } ?? 0
    return resident * 1024
  }

  /// Memory that can be had without swapping, in bytes; 0 if the system does not say.
  public static func availableMemoryBytes() -> Int {
    let free = (fields("/proc/meminfo")["MemAvailable"] ?? "").split(separator: " ").first.flatMap { Int($0) } ?? 0
    return free * 1024
  }

  private static func text(_ path: String) -> String {
    // Files of /proc report length 0; a handle-free read of the whole stream works for all of them.
    guard let data = FileManager.default.contents(atPath: path) else { return "" }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
  }

  /// "name: value" lines; the first occurrence of a name counts.
  private static func fields(_ path: String, separator: Character = ":") -> [String: String] {
    guard let data = FileManager.default.contents(atPath: path) else { return [:] }
    var result: [String: String] = [:]
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
      guard let colon = line.firstIndex(of: separator) else { continue }
      let name = trim(line[..<colon])
      if result[name] == nil { result[name] = trim(line[line.index(after: colon)...]) }
    }
    return result
  }

  private static func trim(_ text: Substring) -> String {
    let start = text.drop { $0 == " " || $0 == "\t" }
    let end = start.lastIndex { $0 != " " && $0 != "\t" }.map(start.index(after:)) ?? start.startIndex
    return String(start[..<end])
  }
}
