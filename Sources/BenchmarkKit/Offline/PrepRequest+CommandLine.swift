internal import MPCCore
internal import Preprocessing
public import SecretSharing

extension PrepRequest {
  /// What makes `count` more items of `kind` for an experiment.
  /// - Parameter directory: where the parties' stores are.
  public init(_ kind: MaterialKind, count: Int, mode: SecurityMode, for experiment: Experiment, into directory: String)
  {
    self.init(kind: .triples, count: count)
    switch kind {
    case .triples: self.kind = .triples
    case .squares: self.kind = .squares
    case .bits: self.kind = .bits
    case .randoms: self.kind = .random
    case .inputMasks(let party): (self.kind, inputOwner) = (.inputs, party.index)
    case .matrixTriple(let shape): (self.kind, self.shape) = (.matrix, ShapeText.text(shape))
    case .convolutionTriple(let shape): (self.kind, self.shape) = (.conv, ShapeText.text(shape))
    case .truncationMasks(droppedBits: 0, let high): (self.kind, highBits) = (.bounded, high)
    case .truncationMasks(let dropped, let high): (self.kind, lowBits, highBits) = (.truncation, dropped, high)
    case .comparisonMasks(let form):
      (self.kind, lowBits, highBits, digitWidth) = (.comparison, form.lowBits, form.highBits, form.digitWidth)
    }
    self.mode = mode
    partyCount = experiment.parties
    field = experiment.field.rawValue
    options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    threadCount = experiment.offline.threads
    insecureToyDegree = experiment.offline.insecureRingDegree > 0 ? experiment.offline.insecureRingDegree : nil
    destination = .store(directory)
  }

  /// The command that does this, for a shell; options at their defaults are left out.
  public var commandLine: String {
    let standard = PrepRequest(kind: kind, count: count)
    var words = ["spdz-bench", "prep", "generate", "--kind", kind.rawValue, "--count", "\(count)"]
    if let shape { words += ["--shape", "'\(shape)'"] }
    if kind == .inputs { words += ["--owner", inputOwner.map { "\($0)" } ?? "all"] }
    if let lowBits { words += ["--low-bits", "\(lowBits)"] }
    if let highBits { words += ["--high-bits", "\(highBits)"] }
    if kind == .comparison { words += ["--digit-width", "\(digitWidth)"] }
    words += ["--mode", mode.rawValue, "--parties", "\(partyCount)", "--field", field]
    if options.triples != standard.options.triples { words += ["--triples", options.triples.rawValue] }
    if options.masks != standard.options.masks { words += ["--masks", options.masks.rawValue] }
    if options.security != standard.options.security {
      words += ["--statistical-security", "\(options.security.statisticalSecurity)"]
    }
    if threadCount != 1 { words += ["--threads", "\(threadCount)"] }
    if let insecureToyDegree { words += ["--insecure-toy", "\(insecureToyDegree)"] }
    switch destination {
    case .discard: words.append("--discard")
    case .store(let directory): words += ["--store", Self.quoted(directory)]
    case .export(let directory): words += ["--export", Self.quoted(directory)]
    }
    return words.joined(separator: " ")
  }

  /// One word of a shell.
  static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || "/._-=:,+@%".utf8.contains(byte)
    }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
