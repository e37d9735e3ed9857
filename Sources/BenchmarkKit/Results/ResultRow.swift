/// One measurement: a flat row of `results.jsonl` and `results.csv`.
///
/// Columns stand in the order of ``Column``; a column that does not apply is null in JSON and empty in CSV. Times are
/// nanoseconds; bytes, messages and rounds are those of the party named in `party`, in both directions apart.
public struct ResultRow: Hashable, Sendable, Codable {
  /// Version of this schema.
  public static let schemaVersion = 1

  /// The columns in file order.
  public enum Column: String, CodingKey, CaseIterable, Sendable {
    /// Version of the schema.
    case schema
    /// Identifies the run.
    case runID = "run_id"
    /// Name of the experiment.
    case preset
    /// SHA-256 of the experiment with all defaults written out.
    case configurationSHA256 = "config_sha256"
    /// Commit of the code.
    case codeVersion = "code_version"
    /// Whether the tree had uncommitted changes.
    case gitDirty = "git_dirty"
    /// Seed of the experiment.
    case seed
    /// Whether all randomness came from the seed.
    case deterministic
    /// Time of the measurement, ISO 8601, UTC.
    case timestamp
    /// Opaque identifier of the machine.
    case hostID = "host_id"
    /// Party measured.
    case party
    /// Number of parties.
    case partyCount = "n_parties"
    /// passive or active.
    case mode
    /// Name of the protocol.
    case protocolName = "protocol"
    /// Bits of the modulus.
    case fieldBits = "field_bits"
    /// Fraction bits.
    case f
    /// Value bits.
    case k
    /// Statistical security in bits.
    case sigma
    /// Whether the offline phase was the insecure dealer.
    case fakeOffline = "fake_offline"
    /// The trust model in words.
    case trustModel = "trust_model"
    /// Whether links were encrypted.
    case tls
    /// inproc, tcp or tls.
    case transport
    /// Name of the emulated link.
    case linkProfile = "link_profile"
    /// setup, offline, online, check, total, wire, result, predicted-online, predicted-offline or predicted-setup.
    case phase
    /// Index of the layer.
    case layerIndex = "layer_index"
    /// Kind of the layer.
    case layerKind = "layer_kind"
    /// Operation or workload.
    case op
    /// Items computed.
    case size
    /// Rows computed together.
    case batch
    /// Number of the repeat, from 0.
    case repetition = "repeat"
    /// Elapsed time.
    case wallNanoseconds = "wall_ns"
    /// Part of it spent waiting for others.
    case blockedNanoseconds = "blocked_ns"
    /// Processor time.
    case cpuNanoseconds = "cpu_ns"
    /// Bytes sent.
    case bytesSent = "bytes_sent"
    /// Bytes received.
    case bytesReceived = "bytes_recv"
    /// Messages sent.
    case messages
    /// Rounds of communication.
    case rounds
    /// Kind of preprocessing material.
    case preprocessingKind = "prep_kind"
    /// How much of it was used.
    case preprocessingUsed = "prep_used"
    /// Bytes a party sent to make its material, set-up not included.
    case preprocessingBytes = "prep_bytes"
    /// Computational security in bits.
    case kappa
    /// Estimated security of the encryption in bits.
    case securityBits = "sec_bits"
    /// How triples get their tags.
    case triplesProtocol = "triples_protocol"
    /// How statistical masks are made.
    case masksProtocol = "masks_protocol"
    /// Round-trip time of the emulated link in milliseconds.
    case roundTripMilliseconds = "rtt_ms"
    /// Bandwidth of the emulated link in Mbit/s.
    case bandwidthMbit = "bandwidth_mbit"
    /// Largest resident memory in bytes.
    case peakResidentBytes = "peak_rss"
    /// A figure of another kind, for example an accuracy.
    case value
    /// Unit of `value`.
    case unit
    /// Outcome of the checks.
    case checkResult = "check_result"
    /// Compute threads of a party in the offline phase.
    case threads
    /// What distinguishes the configuration in a sweep.
    case configuration
  }

  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var schema = ResultRow.schemaVersion
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var runID = "", preset = "", configurationSHA256 = "", codeVersion = "", timestamp = "", hostID = ""
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var gitDirty: Bool?, deterministic: Bool?, fakeOffline: Bool?, tls: Bool?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var seed: UInt64?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var party: Int?, partyCount: Int?, fieldBits: Int?, f: Int?, k: Int?, sigma: Int?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var mode: String?, protocolName: String?, trustModel: String?, transport: String?, linkProfile: String?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var phase: String?, layerKind: String?, op: String?, preprocessingKind: String?, unit: String?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var layerIndex: Int?, size: Int?, batch: Int?, repetition: Int?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var wallNanoseconds: Int?, blockedNanoseconds: Int?, cpuNanoseconds: Int?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var bytesSent: Int?, bytesReceived: Int?, messages: Int?, rounds: Int?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var preprocessingUsed: Int?, preprocessingBytes: Int?, peakResidentBytes: Int?, kappa: Int?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var securityBits: Double?, roundTripMilliseconds: Double?, bandwidthMbit: Double?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var triplesProtocol: String?, masksProtocol: String?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var value: Double?
  /// Values of the columns of the same names; ``Column`` says what they mean.
  public var checkResult: String?, threads: Int?, configuration: String?

  /// An empty row of the current schema.
  public init() {}

  private typealias CodingKeys = Column
}
