public import LatticeEncryption

/// What generating triples in a packing costs one ordered pair of parties: the owner's ciphertexts and proofs one way,
/// the multiplier's replies the other way. Every two parties form two such pairs, so this is also what one party sends
/// to each other one.
///
/// Batch checks, and waste of the last proof, are not counted.
public struct PackingCost: Hashable, Sendable {
  /// Batches that give the triples asked for.
  public let batchCount: Int
  /// Ciphertexts of encrypted operands.
  public let ciphertextCount: Int
  /// Replies: C; and in active sets its tags, and the tags of both operands.
  public let replyCount: Int
  /// Products of ciphertexts with multiplicands.
  public let productCount: Int
  /// Bytes on the wire.
  public let bytes: Int
  /// Estimated time of one core of each party, both added. From one AVX-512 machine: a rule to choose by, no promise.
  public let seconds: Double
  /// Memory for the ciphertexts of one batch.
  public let ciphertextMemoryBytes: Int

  /// The cost of at least `count` maps.
  public init(_ packing: some BilinearPacking, count: Int, parameters: Parameters) {
    let active = parameters.literal.adversary == .active
    let batches = count.dividedRoundingUp(by: packing.capacity)
    let ciphertexts = batches * packing.ciphertextCount
    let products = batches * packing.replyCount * packing.termsPerReply * (active ? 2 : 1)
    let replies =
      batches
      * (active
        ? packing.ciphertextCount + 2 * packing.replyCount + packing.denseReplyCount : packing.replyCount)
    let sizes = WireSizes(parameters)
    batchCount = batches
    ciphertextCount = ciphertexts
    replyCount = replies
    productCount = products
    bytes = ciphertexts * sizes.ciphertext + Int(Double(ciphertexts) * sizes.proofShare) + replies * sizes.reply
    let work = WorkEstimate(parameters)
    let product =
      switch packing.multiplicandLayout {
      case .positions: work.denseProduct
      case .blocks(let count): work.blockProduct(blocks: count)
      }
    seconds =
      Double(ciphertexts) * work.ciphertext + Double(replies) * work.reply + Double(products) * product
    ciphertextMemoryBytes = packing.ciphertextCount * 2 * 8 * parameters.ringDegree * parameters.primeCount
  }
}

extension BilinearPacking {
  /// The largest number of products of a reply.
  var termsPerReply: Int { largestWeight / multiplicandSparsity }
}

/// Bytes of messages.
struct WireSizes {
  let ciphertext, reply: Int
  /// A ciphertext's part of its proof.
  let proofShare: Double
  /// The public key of an epoch, with its proof in the active scheme.
  let epochKey: Double
  /// An encrypted MAC key share with its proof; 0 in the passive scheme.
  let macKey: Double

  init(_ parameters: Parameters) {
    reply = Reply<EpochKey>.encodedByteCount(parameters)
    let key = Double(PublicKey<EpochKey>.encodedByteCount(parameters))
    switch parameters.literal.adversary {
    case .active:
      ciphertext = Ciphertext<EpochKey>.encodedByteCount(parameters)
      // V rows of responses (z, T_u, T_v, T_w), each of N integers in ±Z.
      let bits = parameters.budget.acceptanceBounds.reduce(0) { $0 + $1.bitWidth + 1 }
      proofShare =
        Double(parameters.budget.proofRowCount * parameters.ringDegree * bits) / 8
        / Double(parameters.literal.ciphertextsPerProof)
      let y = parameters.budget.keyMaskBound
      let eta = NaturalNumber(parameters.literal.errorParameter)
      let coefficient = y.bitWidth + 1 + (y * eta).bitWidth + 1
      epochKey =
        key + Double(parameters.literal.keyProofRepetitions * parameters.ringDegree * coefficient) / 8
      // Rows of a constant and of N integers for each coin, in ±(κ − 1)·B.
      let kappa = parameters.budget.constantMaskFactor
      let widths = parameters.budget.honestBounds.map { (kappa * $0 - $0).bitWidth + 1 }
      let row = widths[0] + parameters.ringDegree * widths.dropFirst().reduce(0, +)
      macKey = Double(ciphertext) + Double(parameters.literal.keyProofRepetitions * row) / 8
    case .passive:
      (epochKey, macKey) = (key, 0)
      ciphertext = SeededCiphertext<EpochKey>.encodedByteCount(parameters)
      proofShare = 0
    }
  }
}

/// Seconds of single operations. The unit is the time per residue (N·k of them in a ring element) of operations as
/// measured by `spdz-bench kernels A.` with IFMA kernels.
struct WorkEstimate {
  /// Both parties: encryption, proof, encoding, decoding.
  let ciphertext: Double
  /// Both parties: encryption of zero, drowning, switching, transfer, decryption, packing transforms.
  let reply: Double
  /// With a multiplicand in positions, made for it.
  let denseProduct: Double
  private let element: Double
  private let degree: Int

  init(_ parameters: Parameters) {
    element = 1e-9 * Double(parameters.ringDegree * parameters.primeCount)
    degree = parameters.ringDegree
    ciphertext = (parameters.literal.adversary == .active ? 30 : 8) * element
    reply = 16 * element
    denseProduct = 3.3 * element
  }

  /// With a multiplicand of block values, made for it.
  func blockProduct(blocks: Int) -> Double { (0.24 + 2.6 * Double(blocks) / Double(degree)) * element }
}
