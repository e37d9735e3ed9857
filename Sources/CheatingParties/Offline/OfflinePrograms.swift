internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// Triples, several groups of batches in each of several epochs.
struct MadeTriples: OfflineProgram {
  var options = OfflineOptions()
  var batches = 1
  var groups = 1
  var epochs = 1
  /// Uniform values before all that: their tags show the encrypted key shares to whoever collects them.
  var startsWithRandoms = false

  /// Classic triples.
  static var classic: MadeTriples { MadeTriples(options: OfflineOptions(triples: .classic)) }

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    if startsWithRandoms { try await party.randoms(batches: 1) }
    for _ in 0..<epochs {
      var epoch = try await party.beginEpoch()
      for _ in 0..<groups {
        switch party.options.triples {
        case .tagProduct: try await party.tagProductTriples(batches: batches, in: &epoch)
        case .classic: try await party.classicTriples(batches: batches, in: &epoch)
        }
      }
      _ = try await party.retire(epoch)
    }
  }
}

/// Square pairs.
struct MadeSquares: OfflineProgram {
  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    var epoch = try await party.beginEpoch()
    try await party.squarePairs(batches: 1, in: &epoch)
    _ = try await party.retire(epoch)
  }
}

/// Random bits.
struct MadeBits: OfflineProgram {
  static let count = 8

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    try await MadeSquares().run(&party)
    try await party.bits(fromSquares: Self.count)
  }
}

/// Uniform values, or masks for inputs of one party.
struct MadeStepThreeValues: OfflineProgram {
  let owner: PartyID?

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    if let owner {
      try await party.inputMasks(batches: 1, for: owner)
    } else {
      try await party.randoms(batches: 1)
    }
  }
}

/// The set-up alone.
struct SetUpOnly: OfflineProgram {
  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {}
}

/// One batch of convolution triples that fills the ring: positions are coefficients.
struct MadeConvolutions: OfflineProgram {
  /// An image and its filters that take more than half of the ring.
  static func shape(_ suite: OfflineSuite) -> ConvolutionShape {
    suite.ringDegree < 64
      ? ConvolutionShape(channels: 1, height: 3, width: 4, filters: 1, kernelHeight: 2, kernelWidth: 2)
      : ConvolutionShape(channels: 1, height: 4, width: 5, filters: 2, kernelHeight: 2, kernelWidth: 2)
  }

  static func packing(_ suite: OfflineSuite) -> ConvolutionPacking {
    let (parameters, shape) = (suite.scheme.parameters, shape(suite))
    guard
      let packing = ConvolutionPacking(
        shape, encrypting: .left, channels: 1, filters: shape.filters, ringDegree: parameters.ringDegree,
        maximumWeight: parameters.maximumReplyWeight), packing.transformLayers == 0, packing.ciphertextCount == 1
    else { preconditionFailure("\(shape) fills a ring of degree \(parameters.ringDegree)") }
    return packing
  }

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    var epoch = try await party.beginEpoch()
    try await party.bilinearTriples(
      Self.packing(party.suite), as: .convolutionTriple(Self.shape(party.suite)), in: &epoch)
    _ = try await party.retire(epoch)
  }
}

/// One batch of matrix triples.
struct MadeMatrices: OfflineProgram {
  var shape = MatrixShape(rows: 3, inner: 5, columns: 2)

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    try await party.generate([.matrixTriple(shape): 1])
  }
}
