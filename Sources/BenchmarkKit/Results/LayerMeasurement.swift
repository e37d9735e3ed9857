/// What one party spent in one phase of one layer.
public struct PhaseCost: Hashable, Sendable, Codable {
  /// Elapsed time, nanoseconds.
  public var wallNanoseconds: Int
  /// Part of it spent waiting for messages, nanoseconds.
  public var blockedNanoseconds: Int
  /// Processor time, nanoseconds.
  public var cpuNanoseconds: Int
  /// Bytes sent to all peers.
  public var bytesSent: Int
  /// Bytes received from all peers.
  public var bytesReceived: Int
  /// Messages sent to all peers.
  public var messages: Int
  /// Rounds: times the party had to wait for messages that depend on what it sent before.
  public var rounds: Int

  /// Creates a cost; all zero by default.
  public init(
    wallNanoseconds: Int = 0, blockedNanoseconds: Int = 0, cpuNanoseconds: Int = 0, bytesSent: Int = 0,
    bytesReceived: Int = 0, messages: Int = 0, rounds: Int = 0
  ) {
    self.wallNanoseconds = wallNanoseconds
    self.blockedNanoseconds = blockedNanoseconds
    self.cpuNanoseconds = cpuNanoseconds
    self.bytesSent = bytesSent
    self.bytesReceived = bytesReceived
    self.messages = messages
    self.rounds = rounds
  }

  /// Adds two costs.
  public static func + (left: PhaseCost, right: PhaseCost) -> PhaseCost {
    PhaseCost(
      wallNanoseconds: left.wallNanoseconds + right.wallNanoseconds,
      blockedNanoseconds: left.blockedNanoseconds + right.blockedNanoseconds,
      cpuNanoseconds: left.cpuNanoseconds + right.cpuNanoseconds, bytesSent: left.bytesSent + right.bytesSent,
      bytesReceived: left.bytesReceived + right.bytesReceived, messages: left.messages + right.messages,
      rounds: left.rounds + right.rounds)
  }
}

/// The parts of a computation that are measured apart.
public enum Phase: String, Hashable, Sendable, Codable, CaseIterable {
  /// Making or fetching preprocessed material.
  case offline
  /// The computation on shares.
  case online
  /// MAC checks and comparison of transcripts.
  case check
}

/// What one party spent in one layer.
public struct LayerMeasurement: Hashable, Sendable, Codable {
  /// The party measured, 0-based.
  public var party: Int
  /// Index of the layer; −1 for input sharing, the layer count for the final reveal.
  public var layerIndex: Int
  /// Kind of the layer, or "input" and "reveal".
  public var layerKind: String
  /// Material made or fetched.
  public var offline: PhaseCost
  /// Computation on shares.
  public var online: PhaseCost
  /// Checks.
  public var check: PhaseCost

  /// Creates a measurement.
  public init(
    party: Int, layerIndex: Int, layerKind: String, offline: PhaseCost = PhaseCost(), online: PhaseCost = PhaseCost(),
    check: PhaseCost = PhaseCost()
  ) {
    self.party = party
    self.layerIndex = layerIndex
    self.layerKind = layerKind
    self.offline = offline
    self.online = online
    self.check = check
  }

  /// The cost of one phase.
  public func cost(_ phase: Phase) -> PhaseCost {
    switch phase {
    case .offline: offline
    case .online: online
    case .check: check
    }
  }
}
