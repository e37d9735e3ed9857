public import Preprocessing
public import SecretSharing
internal import FieldArithmetic
internal import MPCCore

/// One `spdz-bench prep generate`: what is made, by whom, how, and where it goes.
public struct PrepRequest: Sendable {
  /// Which multiplier of rings computes.
  public enum Ring: String, Sendable, CaseIterable {
    /// The library's own kernels.
    case native
    /// NTL: a slow reference.
    case ntl
  }

  /// Where material goes.
  public enum Destination: Hashable, Sendable {
    /// Nowhere: measurements.
    case discard
    /// The parties' stores in this directory.
    case store(String)
    /// Files in MP-SPDZ's format in this directory.
    case export(String)
  }

  /// What is made.
  public var kind: PrepKind
  /// How many items.
  public var count: Int
  /// `--shape` of matrix and convolution triples.
  public var shape: String?
  /// Passive or active.
  public var mode: SecurityMode = .active
  /// 2…8.
  public var partyCount = 2
  /// "p127" or "p61".
  public var field = "p127"
  /// How the parties are connected.
  public var transport: TransportKind = .inproc
  /// How triples and masks are made.
  public var options = OfflineOptions()
  /// Threads a party computes with.
  public var threadCount = 1
  /// Kernels.
  public var ring: Ring = .native
  /// Memory bound of the whole process in MB (10^6 bytes); nil: three quarters of what is available.
  public var maximumMemoryMegabytes: Int?
  /// Where it goes.
  public var destination: Destination = .discard
  /// Runs that count; 1 unless material is discarded.
  public var repeats = 1
  /// Puts shares together in clear and checks them. **Insecure.**
  public var verifyInClear = false
  /// Whose input masks; nil: as many of every party.
  public var inputOwner: Int? = 0
  /// f of truncation masks, m of comparison masks; nil: 16 and 48.
  public var lowBits: Int?
  /// Random bits above; nil: k + s − f = 72 for truncation, s = 40 otherwise.
  public var highBits: Int?
  /// w of comparison masks.
  public var digitWidth = 2
  /// **Insecure**: a ring of this degree, 64…1024, instead of a secure one; tests only.
  public var insecureToyDegree: Int?
  /// No progress on stderr.
  public var quiet = false

  /// A request with defaults: 2 active parties in process, p127, discarded.
  public init(kind: PrepKind, count: Int) {
    self.kind = kind
    self.count = count
  }
}

extension PrepRequest {
  /// What is asked of the generator, after all checks that need no parameters.
  /// - Throws: ``PrepError/usage(_:)``.
  func demand() throws(PrepError) -> [MaterialKind: Int] {
    let maximum = SecurityParameters.maximumPartyCount
    guard (2...maximum).contains(partyCount) else {
      throw .usage("--parties \(partyCount): a session has 2 to \(maximum) parties")
    }
    guard count > 0 else { throw .usage("--count \(count): say how many items to make, at least 1") }
    guard count <= 1 << 40 else { throw .usage("--count \(count): at most \(1 << 40)") }
    guard repeats > 0 else { throw .usage("--repeats \(repeats): at least 1") }
    guard repeats == 1 || destination == .discard else {
      throw .usage("--repeats \(repeats): only discarded material is made more than once; leave --repeats out")
    }
    guard (1...64).contains(threadCount) else { throw .usage("--threads \(threadCount): 1 to 64") }
    guard OfflineSettings.workerRange.contains(options.workerCount) else {
      throw .usage("--workers \(options.workerCount): 1 to 64")
    }
    guard ["p127", "p61"].contains(field) else { throw .usage("--field \(field): known fields are p127 and p61") }
    guard (1...4).contains(digitWidth) else { throw .usage("--digit-width \(digitWidth): 1 to 4") }
    if let toy = insecureToyDegree, !(64...1024).contains(toy) || toy.nonzeroBitCount != 1 {
      throw .usage("--insecure-toy \(toy): a power of two from 64 to 1024")
    }
    if let megabytes = maximumMemoryMegabytes, megabytes <= 0 || megabytes > 1 << 30 {
      throw .usage("--max-memory \(megabytes): megabytes, at least 1")
    }
    if let owner = inputOwner, !(0..<partyCount).contains(owner) {
      throw .usage("--owner \(owner): the parties are 0 to \(partyCount - 1); or all")
    }
    if shape != nil, !kind.hasShape {
      throw .usage("--shape belongs to --kind matrix and conv, not to \(kind.rawValue)")
    }
    if case .export = destination {
      guard mode == .active else { throw .usage("MP-SPDZ's format holds shares with MACs: --mode active") }
      guard [.triples, .squares, .bits, .inputs].contains(kind) else {
        throw .usage("--kind \(kind.rawValue) is not in MP-SPDZ's format; triples, squares, bits and inputs are")
      }
    }
    return try kinds().reduce(into: [:]) { $0[$1] = count }
  }

  private func kinds() throws(PrepError) -> [MaterialKind] {
    switch kind {
    case .triples: [.triples]
    case .squares: [.squares]
    case .bits: [.bits]
    case .random: [.randoms]
    case .inputs:
      (0..<partyCount).filter { inputOwner == nil || inputOwner == $0 }.map { .inputMasks(PartyID($0)) }
    case .matrix: [.matrixTriple(try ShapeText.matrix(try givenShape()))]
    case .conv: [.convolutionTriple(try ShapeText.convolution(try givenShape()))]
    case .bounded, .truncation, .comparison: [try masks()]
    }
  }

  private func givenShape() throws(PrepError) -> String {
    guard let shape else {
      throw .usage("--kind \(kind.rawValue) needs a shape; example: --shape \(kind.shapeExample)")
    }
    return shape
  }

  /// The masks asked for, if sums of all parties' parts fit into the field.
  private func masks() throws(PrepError) -> MaterialKind {
    if kind == .bounded, options.masks == .bits {
      throw .usage("--kind bounded makes bounded inputs; --masks bits has none, leave it out")
    }
    let security = options.security.statisticalSecurity
    let low = kind == .bounded ? 0 : lowBits ?? (kind == .truncation ? 16 : 48)
    let high = highBits ?? (kind == .truncation ? 48 + security - low : security)
    guard ((kind == .bounded ? 0 : 1)...128).contains(low), (1...128).contains(high) else {
      throw .usage("--low-bits \(low), --high-bits \(high): 1 to 128")
    }
    let room = (field == "p127" ? P127.modulusBits : P61.modulusBits) - 2 - low
    let sum =
      options.masks == .bits
      ? high
      : BoundedValueProof(count: 1, bits: high, statisticalSecurity: security).sumBits(parties: partyCount)
    guard sum <= room else {
      throw .usage(
        "masks of \(low) + \(high) bits (\(options.masks.rawValue): \(low + sum) with all parties' parts) do not fit into "
          + "\(field), which has room for \(room + low); use p127, fewer --high-bits"
          + (options.masks == .bounded ? " or --masks bits" : " or smaller values"))
    }
    return kind == .comparison
      ? .comparisonMasks(ComparisonMaskForm(lowBits: low, highBits: high, digitWidth: digitWidth))
      : .truncationMasks(droppedBits: low, highBits: high)
  }
}
