internal import Cryptography
public import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// Measures the multiplier's work on a batch of 128 matrix products 128×128×128 in fibre packing at full size: `n` is
/// 128, `ns` the thread time per triple and direction, for C and its tag together.
///
/// - `A.matrix-multiplicands`: making the 2·128·128 multiplicands of a batch.
/// - `A.matrix-sums`: the same and the 2·128·128 products with ciphertexts; 16 replies are made and scaled to 256.
/// - `A.matrix-replies`: the 4 replies a triple takes (tags of A, C, tags of C, tags of B).
/// - `A.matrix-scatter`: positions of 2 decrypted replies added to C.
///
/// Memory: 128 ciphertexts, 0.3 GB for set A.
/// - Throws: `ParameterError` or `RingError` if a set cannot be made.
public func measurePackingKernels(
  sets: [ParameterLiteral] = [.a], runs: Int = 3, matching name: String = ""
) throws -> [KernelMeasurement] {
  var rows: [KernelMeasurement] = []
  for literal in sets where literal.ringDegree == 16384 {
    let names = ["multiplicands", "sums", "replies", "scatter"].map { "\(literal.name).matrix-\($0)" }
    guard name.isEmpty || names.contains(where: { $0.contains(name) }) else { continue }
    let bgv = try BGV(try Parameters(validating: literal))
    let packing = FibrePacking(
      .matrix(MatrixShape(rows: 128, inner: 128, columns: 128)), encrypting: .left, blockLength: 128,
      ringDegree: bgv.ringDegree, maximumWeight: bgv.parameters.maximumReplyWeight)
    guard let packing else { preconditionFailure("128 products of weight 128 fit every set") }
    let state = PackingState(bgv, packing)
    // Work of one call in triples and directions: 16 of the 2·128 sums that 128 triples take.
    let sums = 16 * Double(packing.capacity) / Double(2 * packing.replyCount)
    let cases = [
      KernelCase(names[0], level: bgv.ring.name, n: 1) { state.multiplicands(replies: 0..<1) },
      KernelCase(names[1], level: bgv.ring.name, n: 1) { state.sums(replies: 0..<16) },
      KernelCase(names[2], level: bgv.ring.name, n: 1) { state.reply() },
      KernelCase(names[3], level: bgv.ring.name, n: 1) { state.scatter() },
    ]
    let scales = [sums / 16, sums, 0.25, 0.5]
    for (kernel, scale) in zip(cases, scales) where name.isEmpty || kernel.kernel.contains(name) {
      rows += measure([kernel], runs: runs).map {
        KernelMeasurement(kernel: $0.kernel, level: $0.level, n: 128, ns: $0.ns / scale, perSecond: 1e9 * scale / $0.ns)
      }
    }
  }
  return rows
}

/// Owner of the noncopyable state that the measured closures share; one thread.
private final class PackingState {
  let bgv: BGV
  let packing: FibrePacking
  var sampler: SecretSampler
  let key: PublicKey<EpochKey>
  let ciphertexts: [Ciphertext<EpochKey>]
  let entries: SecretBuffer<UInt128>
  let mask: SecretBuffer<UInt128>
  var outputs: SecretBuffer<UInt128>
  let sum: ProductSum<EpochKey>

  init(_ bgv: BGV, _ packing: FibrePacking) {
    self.bgv = bgv
    self.packing = packing
    let seed = PRG.deriveSeed([], label: "packing-benchmark")
    var sampler = SecretSampler(PRG(seed: seed))
    let secret: SecretKey<EpochKey> = bgv.generateKey(
      a: bgv.parameters.basis.uniform(seed: seed, label: "benchmark"), from: &sampler)
    key = secret.publicKey
    let a = sampler.plaintext(count: packing.encryptedEntryCount, modulus: bgv.plaintextModulus)
    ciphertexts = (0..<packing.ciphertextCount).map { k in
      let coins = EncryptionCoins(bgv.parameters, from: &sampler)
      return bgv.encrypt(
        packing.plaintext(ciphertext: k, entries: a, using: bgv), coins: coins, under: secret.publicKey)
    }
    entries = sampler.plaintext(count: packing.multipliedEntryCount, modulus: bgv.plaintextModulus)
    mask = sampler.plaintext(count: bgv.ringDegree, modulus: bgv.plaintextModulus)
    outputs = SecretBuffer(count: packing.outputEntryCount, repeating: 0)
    sum = bgv.sum([(ciphertexts[0], bgv.multiplicand(constant: 3))], sparsity: 1)
    self.sampler = sampler
  }

  func multiplicands(replies: Range<Int>) {
    for j in replies {
      for k in packing.terms(reply: j) {
        _ = bgv.blockMultiplicand(blockValues: packing.multiplicandValues(reply: j, ciphertext: k, entries: entries))
      }
    }
  }

  func sums(replies: Range<Int>) {
    _ = packing.sums(of: ciphertexts, times: entries, replies: replies, using: bgv)
  }

  func reply() {
    let coefficients = packing.coefficients(ofPositions: mask, using: bgv)
    _ = bgv.reply(sum, mask: coefficients, under: key, from: &sampler)
  }

  func scatter() {
    packing.accumulate(reply: 0, positions: mask, into: &outputs, modulus: bgv.plaintextModulus)
  }
}
