public import SecretSharing

/// One experiment: what is computed, by how many parties, over which field and links, how often.
///
/// Made by ``load(file:text:overrides:)`` from JSON with every rule checked; encoded into the manifest with all defaults
/// written out. The encoded form is itself a valid experiment file.
public struct Experiment: Hashable, Sendable, Encodable {
  /// Name of the preset; a column of every result row.
  public var name: String
  /// What it is for, in a sentence.
  public var summary: String
  /// The seed of splits, training and, in deterministic runs, of everything else.
  public var seed: UInt64
  /// Number of parties, 2…8.
  public var parties: Int
  /// Which security levels run; interleaved, repeat by repeat.
  public var modes: [SecurityMode]
  /// How messages travel.
  public var transport: TransportKind
  /// The emulated link between each pair of parties.
  public var link: LinkProfile
  /// The field of the computation.
  public var field: FieldChoice
  /// Fixed-point and statistical parameters.
  public var fixedPoint: FixedPointSettings
  /// Rows computed together, if a workload does not say otherwise.
  public var batch: Int
  /// Measured repeats.
  public var repeats: Int
  /// Unmeasured runs before them.
  public var warmup: Int
  /// How long a party waits for another, in seconds.
  public var deadlineSeconds: Double
  /// Online-only studies: material of a trusted dealer, which is not secure, instead of the parties' own.
  public var insecureDealer: Bool
  /// How the parties make their material.
  public var offline: OfflineSettings
  /// What is computed.
  public var workloads: [Workload]
}

/// How messages travel between parties.
public enum TransportKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// Mailboxes in one process.
  case inproc
  /// TCP over loopback.
  case tcp
  /// TCP with mutual TLS 1.3 over loopback.
  case tls
}

/// The fields an experiment can use.
public enum FieldChoice: String, Hashable, Sendable, Codable, CaseIterable {
  /// 2^127 − 851967.
  case p127
  /// 2^61 − 2031615.
  case p61

  /// Bits of the modulus.
  public var bits: Int {
    switch self {
    case .p127: 127
    case .p61: 61
    }
  }
}

/// Fixed-point numbers and how well masked openings hide.
public struct FixedPointSettings: Hashable, Sendable, Codable {
  /// f: bits after the point.
  public var f: Int
  /// k: bits of a value, sign included.
  public var k: Int
  /// s: statistical security of masked openings, in bits.
  public var s: Int
  /// Features are proven to lie in [−2^(featureBits−1), 2^(featureBits−1)) as integers with f fraction bits.
  public var featureBits: Int
  /// Likewise weights and biases.
  public var weightBits: Int

  /// Creates settings; by default features lie within ±16 and weights within ±8.
  public init(f: Int = 16, k: Int = 48, s: Int = 40, featureBits: Int? = nil, weightBits: Int? = nil) {
    self.f = f
    self.k = k
    self.s = s
    self.featureBits = featureBits ?? f + 5
    self.weightBits = weightBits ?? f + 4
  }
}

/// The link between each pair of parties.
public struct LinkProfile: Hashable, Sendable, Codable {
  /// Names of ready-made links.
  public enum Name: String, Hashable, Sendable, Codable, CaseIterable {
    /// No emulation.
    case none
    /// 0.2 ms round trip, 1 Gbit/s.
    case lan
    /// 40 ms round trip, 100 Mbit/s.
    case wan
    /// 100 ms round trip, 50 Mbit/s.
    case slowWan = "slow-wan"
    /// The figures given beside the name.
    case custom
  }

  /// Which link.
  public var profile: Name
  /// One-way delay in milliseconds.
  public var latencyMilliseconds: Double
  /// Bandwidth per direction in Mbit/s; 0 means unlimited.
  public var bandwidthMbit: Double
  /// Largest extra delay in milliseconds.
  public var jitterMilliseconds: Double

  /// The figures of a ready-made link; none for `custom`.
  public init(_ profile: Name) {
    self.profile = profile
    (latencyMilliseconds, bandwidthMbit) =
      switch profile {
      case .none, .custom: (0, 0)
      case .lan: (0.1, 1_000)
      case .wan: (20, 100)
      case .slowWan: (50, 50)
      }
    jitterMilliseconds = 0
  }
}
