internal import FieldArithmetic
internal import Foundation
internal import Glibc
internal import MPCCore
internal import PartyRuntime
public import Transport

/// The `doctor` command without its option parsing: is this party ready, and are the others?
public struct RunDoctor: Sendable {
  /// How one thing stands.
  public enum State: String, Sendable, Codable {
    case ok, warning, failure
  }

  /// One thing that was looked at.
  public struct Check: Sendable, Codable {
    /// What.
    public var name: String
    /// How it stands.
    public var state: State
    /// What was found and, if it is not fine, what to do.
    public var detail: String
  }

  private let sessionPath: String
  private let id: Int
  private let identityFolder: String
  private let peers: [SocketAddress]?
  private let idleSeconds: Int
  private var checks: [Check] = []

  /// - Parameters:
  ///   - session: the session file.
  ///   - identity: folder of the party's identity.
  ///   - peers: addresses in place of those of the session file.
  ///   - idleSeconds: how long the links then lie idle before they must still work.
  public init(session: String, id: Int, identity: String, peers: [SocketAddress]?, idleSeconds: Int = 0) {
    self.idleSeconds = idleSeconds
    sessionPath = session
    self.id = id
    identityFolder = identity
    self.peers = peers
  }

  /// What was found so far.
  public var report: [Check] { checks }

  /// One line a check, and the verdict.
  public func rendered() -> String {
    var table = TextTable([("", .left), ("check", .left), ("result", .left)])
    for check in checks { table.append([check.state.rawValue, check.name, check.detail]) }
    let worst = checks.contains { $0.state == .failure } ? "not ready" : "ready"
    let warnings = checks.count { $0.state == .warning }
    return table.rendered() + "verdict: \(worst)\(warnings > 0 ? ", \(warnings) warnings" : "")\n"
  }

  private mutating func note(_ name: String, _ state: State, _ detail: String) {
    checks.append(Check(name: name, state: state, detail: detail))
  }

  /// Looks at this machine, then connects to the parties; all of them run this at once.
  /// - Throws: why it cannot go on; ``report`` holds what was found before.
  public mutating func run() async throws {
    let session = try SessionFile.load(path: sessionPath)
    note("session", .ok, "\(session.name), \(session.partyCount) parties, \(session.modes.joined(separator: " and "))")
    note("version", .ok, ProgramVersion.text)
    let identity = try Identity.load(directory: identityFolder)
    let now = Int64(Date.now.timeIntervalSince1970)
    let party = try RealParty(session, id: id, identity: identity, peers: peers, now: now)
    let days = (identity.certificate.validUntil - now) / 86_400
    note(
      "own certificate", days < 14 ? .warning : .ok,
      "pinned, \(days) days left" + (days < 14 ? "; rotate it soon with 'spdz-bench identity rotate'" : ""))
    let (memory, disk) = machine()
    do {
      let links = try await party.probeLinks(
        availableMemory: memory, freeDisk: disk, processors: ProcessInfo.processInfo.activeProcessorCount,
        vectorLevel: SIMDLevel.current.name, idle: .seconds(idleSeconds)
      ) {
        (PartyClock.wall(), Int64(Date.now.timeIntervalSince1970 * 1e9))
      }
      for link in links { note(link) }
      if idleSeconds > 0 { note("idle links", .ok, "all still work after \(idleSeconds) s with heartbeats alone") }
    } catch {
      for (index, entry) in session.parties.enumerated() where index != id {
        let address = peers?[index] ?? entry.address
        let failure = TCPReachability.failure(at: address, within: .seconds(2))
        note(
          "P\(index)", failure == nil ? .warning : .failure,
          failure.map { "\(address): \($0); is 'spdz-bench doctor' running there?" } ?? "\(address): something listens")
      }
      note("links", .failure, "\(error)")
      throw error
    }
  }

  private mutating func machine() -> (memory: UInt64, disk: UInt64) {
    let host = HostDescription.current()
    let level = SIMDLevel.current.name
    note(
      "processor", level == "portable" ? .warning : .ok,
      "\(host.cpuModel), \(host.processorCount) processors, kernels: \(level)")
    let memory = HostDescription.availableMemoryBytes()
    note(
      "memory", memory < 1 << 30 ? .warning : .ok,
      "\(memory >> 20) MiB available" + (memory < 1 << 30 ? "; the offline phase wants 1 GiB and more" : ""))
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: ".")
    let disk = (attributes?[.systemFreeSize] as? NSNumber)?.uint64Value ?? 0
    note(
      "disk", disk < 1 << 30 ? .warning : .ok,
      "\(disk >> 20) MiB free here" + (disk < 1 << 30 ? "; stores of material want more" : ""))
    return (UInt64(max(0, memory)), disk)
  }

  private mutating func note(_ link: LinkMeasurement) {
    let offset = link.clockOffset
    let isOff = offset.magnitude > 5 + link.roundTrip
    var detail =
      "TLS 1.3, round trip \(fixed(link.roundTrip * 1e3, 2)) ms, \(fixed(link.bitsPerSecond / 1e6, 0)) Mbit/s, "
    detail += "clock \(offset < 0 ? "" : "+")\(fixed(offset * 1e3, 1)) ms, kernels: \(link.vectorLevel), "
    detail += "\(link.processors) processors, \(link.availableMemory >> 20) MiB memory, \(link.freeDisk >> 20) MiB disk"
    if isOff { detail += "; set both clocks by NTP, or certificates will seem expired" }
    note("P\(link.peer)", isOff ? .warning : .ok, detail)
  }
}
