internal import FieldArithmetic
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore
public import Preprocessing
public import SecretSharing

/// How an experiment's material is made.
public struct OfflineSettings: Hashable, Sendable, Codable {
  /// How products get their tags.
  public var triples: OfflineOptions.Triples
  /// How masks are made.
  public var masks: OfflineOptions.Masks
  /// Compute threads of a party.
  public var threads: Int
  /// Workers of a party: sub-sessions under one MAC key that make material at once, each with its own key epochs.
  public var workers: Int
  /// **Insecure**, for tests: rings shrunk to this degree; 0 for the secure sets.
  public var insecureRingDegree: Int
  /// Material is made for as many steps or layers at once as take this much memory at a party, estimated.
  public var chunkMegabytes: Int

  /// Creates settings; by default tag products, bounded masks, one thread, one worker, the secure sets.
  public init(
    triples: OfflineOptions.Triples = .tagProduct, masks: OfflineOptions.Masks = .bounded, threads: Int = 1,
    workers: Int = 1, insecureRingDegree: Int = 0, chunkMegabytes: Int = 1_000
  ) {
    self.triples = triples
    self.masks = masks
    self.threads = threads
    self.workers = workers
    self.insecureRingDegree = insecureRingDegree
    self.chunkMegabytes = chunkMegabytes
  }

  /// How many workers a party may have.
  static let workerRange = 1...64

  static let keys = ["triples", "masks", "threads", "workers", "insecureRingDegree", "chunkMegabytes"]

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    triples = try reader.choice("triples", default: .tagProduct)
    masks = try reader.choice("masks", default: .bounded)
    threads = try reader.integer("threads", in: 1...256, default: 1)
    workers = try reader.integer("workers", in: OfflineSettings.workerRange, default: 1)
    insecureRingDegree = try reader.integer("insecureRingDegree", in: 0...1024, default: 0)
    chunkMegabytes = try reader.integer("chunkMegabytes", in: 1...1_000_000, default: 1_000)
    let degree = insecureRingDegree
    guard degree == 0 || (degree >= 64 && degree & (degree - 1) == 0) else {
      throw reader.error(
        "insecureRingDegree", .outOfRange(found: "\(degree)", allowed: "0 (secure), 64, 128, 256, 512, 1024"))
    }
  }

  func options(statisticalSecurity: Int) -> OfflineOptions {
    var options = OfflineOptions(
      triples: triples, masks: masks, security: SecurityParameters(statisticalSecurity: statisticalSecurity))
    options.workerCount = workers
    return options
  }

  /// The parameter set for a scheme.
  func parameters<S: OfflineSharing>(_: S.Type) throws -> Parameters {
    let isLarge = S.F.modulusBits > 64
    let literal: ParameterLiteral =
      switch S.adversary {
      case .active: isLarge ? .a : .b
      case .passive: isLarge ? .p : .p61Passive
      }
    guard insecureRingDegree > 0 else { return try Parameters(validating: literal) }
    var small = literal
    small.ciphertextsPerProof = min(literal.ciphertextsPerProof, 2)
    return try InsecureToy64.shrinking(small, toRingDegree: insecureRingDegree)
  }
}

extension Experiment {
  /// Who has to be trusted in a mode, the assumption, and the protocols that make triples and masks.
  public func trustModel(_ mode: SecurityMode) -> String {
    guard !insecureDealer else { return TrustModel.insecureDealer.description }
    let options = OfflineOptions(triples: offline.triples, masks: offline.masks)
    let model: TrustModel =
      switch (mode, field) {
      case (.active, .p127): AuthenticatedSharing<P127>.trustModel(options)
      case (.active, .p61): AuthenticatedSharing<P61>.trustModel(options)
      case (.passive, .p127): AdditiveSharing<P127>.trustModel(options)
      case (.passive, .p61): AdditiveSharing<P61>.trustModel(options)
      }
    let toy = offline.insecureRingDegree > 0 ? "INSECURE TOY RING of degree \(offline.insecureRingDegree): " : ""
    return "\(toy)\(model); triples \(offline.triples.rawValue), masks \(offline.masks.rawValue)"
  }

  /// The same for all modes; printed with every result.
  public var trustModel: String {
    if insecureDealer { return TrustModel.insecureDealer.description }
    return modes.map { trustModel($0) }.joined(separator: " | ")
  }
}
