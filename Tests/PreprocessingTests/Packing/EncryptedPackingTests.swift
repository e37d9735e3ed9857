import Cryptography
import FieldArithmetic
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing

/// One direction of a triple with real ciphertexts: the owner encrypts A, the multiplier answers, shares add up.
@Suite struct EncryptedPackingTests {
  @Test func matrixPackingsGiveSharesOfTheProductAndItsTags() throws {
    // 16 divides the block of 16 (the vector kernel's), 4 does not.
    let shape = BilinearShape.matrix(MatrixShape(rows: 5, inner: 6, columns: 3))
    var f = try PackingFixture(try InsecureToy64.shrinking(.b, toRingDegree: 64))
    let w = f.maximumWeight
    let packings: [any BilinearPacking] = [
      try #require(FibrePacking(shape, encrypting: .left, blockLength: 4, ringDegree: 64, maximumWeight: w)),
      try #require(FibrePacking(shape, encrypting: .right, blockLength: 16, ringDegree: 64, maximumWeight: w)),
      try #require(FibrePacking(shape, encrypting: .left, blockLength: 16, ringDegree: 64, maximumWeight: 12)),
      try #require(
        FibrePacking(shape, encrypting: .left, blockLength: 8, innerParts: 3, ringDegree: 64, maximumWeight: w)),
      try #require(FibrePacking.tall(shape, encrypting: .left, ringDegree: 64, maximumWeight: w)),
      try #require(
        CoefficientPacking(
          shape, encrypting: .left, tile: .init(rows: 3, inner: 2, columns: 2), ringDegree: 64, maximumWeight: w)),
    ]
    for packing in packings { try check(P61.self, packing, &f) }
  }

  @Test func convolutionPackingsGiveSharesOfTheProductAndItsTags() throws {
    let shape = ConvolutionShape(
      batch: 2, channels: 2, height: 4, width: 3, filters: 3, kernelHeight: 2, kernelWidth: 2, stride: 2, padding: 1)
    var f = try PackingFixture(try InsecureToy64.shrinking(.b, toRingDegree: 64))
    let w = f.maximumWeight
    let packings: [any BilinearPacking] = [
      try #require(
        ConvolutionPacking(shape, encrypting: .left, channels: 1, filters: 2, ringDegree: 64, maximumWeight: w)),
      try #require(
        ConvolutionPacking(shape, encrypting: .right, channels: 1, filters: 1, ringDegree: 64, maximumWeight: w)),
      try #require(
        FibrePacking(.convolution(shape), encrypting: .right, blockLength: 16, ringDegree: 64, maximumWeight: w)),
    ]
    for packing in packings { try check(P61.self, packing, &f) }
  }

  @Test func theDefaultSetsPrimesWorkWithItsOwnWeightLimit() throws {
    var f = try PackingFixture(try InsecureToy64.shrinking(.a, toRingDegree: 64))
    let shape = BilinearShape.matrix(MatrixShape(rows: 16, inner: 9, columns: 2))
    let packing = try #require(
      FibrePacking(shape, encrypting: .left, blockLength: 16, ringDegree: 64, maximumWeight: f.maximumWeight))
    try check(P127.self, packing, &f)
  }

  @Test func theDefaultSetWorksAtFullSize() throws {
    var f = try PackingFixture(try Parameters(validating: .a))
    let shape = BilinearShape.matrix(MatrixShape(rows: 128, inner: 9, columns: 3))
    let packing = shape.packing(count: 128, parameters: f.bgv.parameters)
    try check(P127.self, packing, &f)
    let image = ConvolutionShape(channels: 1, height: 28, width: 28, filters: 5, kernelHeight: 5, kernelWidth: 5)
    try check(P127.self, BilinearShape.convolution(image).packing(count: 16, parameters: f.bgv.parameters), &f)
  }

  private func check<F: PrimeField>(_: F.Type, _ packing: any BilinearPacking, _ f: inout PackingFixture) throws {
    let bgv = f.bgv
    let p = f.p
    var sampler = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "packing-test", context: [f.word()])))
    let seed = PRG.deriveSeed([], label: "packing-test-coin")
    let a0 = bgv.keyElement(seed: seed, role: EpochKey.self, owner: PartyID(0), epoch: 0)
    let key: SecretKey<EpochKey> = bgv.generateKey(a: a0, from: &sampler)

    let a = f.elements(packing.encryptedEntryCount)
    let b = f.elements(packing.multipliedEntryCount)
    let alpha = f.elements(1)[0]
    let entries = SecretBuffer(copying: a)
    var ciphertexts: [Ciphertext<EpochKey>] = []
    for k in 0..<packing.ciphertextCount {
      let coins = EncryptionCoins(bgv.parameters, from: &sampler)
      ciphertexts.append(
        bgv.encrypt(packing.plaintext(ciphertext: k, entries: entries, using: bgv), coins: coins, under: key.publicKey))
    }

    // C: the owner's decryptions minus the multiplier's masks.
    var owner = SecretBuffer<UInt128>(count: packing.outputEntryCount, repeating: 0)
    var masks = SecretBuffer<UInt128>(count: packing.outputEntryCount, repeating: 0)
    let sums = packing.sums(
      of: ciphertexts, times: SecretBuffer(copying: b), replies: 0..<packing.replyCount, using: bgv)
    #expect(sums.count == packing.replyCount)
    var combined: [[F]] = []  // decryption minus mask, in coefficients
    for (j, sum) in sums.enumerated() {
      #expect(sum.weight == packing.weight(reply: j))
      let mask = sampler.plaintext(count: bgv.ringDegree, modulus: p)
      packing.accumulate(reply: j, positions: mask, into: &masks, modulus: p)
      let coefficients = packing.coefficients(ofPositions: mask, using: bgv)
      let reply = bgv.reply(sum, mask: coefficients, under: key.publicKey, from: &sampler)
      let decrypted = bgv.decrypt(reply, with: key)
      combined.append(F.subtract(bgv.elements(F.self, decrypted), bgv.elements(F.self, coefficients)))
      let answer = packing.positions(ofCoefficients: decrypted, using: bgv)
      packing.accumulate(reply: j, positions: answer, into: &owner, modulus: p)
    }
    let c = zip(values(owner), values(masks)).map { ($0 + p - $1) % p }
    let expected = clearOutputs(F.self, packing, encrypted: a, multiplied: b)
    #expect(c == expected, "\(packing)")
    #expect(packing.outputs(ofCoefficients: combined, using: bgv).map { $0.canonical } == expected)

    // α·A, from constant multiplicands, and zero where the packing declares it.
    var tagReplies: [[F]] = []
    var tags = SecretBuffer<UInt128>(count: packing.encryptedEntryCount, repeating: 0)
    for (k, ciphertext) in ciphertexts.enumerated() {
      let zero = SecretBuffer<UInt128>(count: bgv.ringDegree, repeating: 0)
      let sum = bgv.sum([(ciphertext, bgv.multiplicand(constant: alpha))], sparsity: 1)
      let reply = bgv.reply(sum, mask: zero, under: key.publicKey, from: &sampler)
      let decrypted = bgv.decrypt(reply, with: key)
      tagReplies.append(bgv.elements(F.self, decrypted))
      let answer = packing.positions(ofCoefficients: decrypted, using: bgv)
      packing.scatter(ciphertext: k, positions: answer, into: &tags)
      #expect(values(packing.declaredZeroValues(ciphertext: k, positions: answer)).allSatisfy { $0 == 0 })
    }
    let products = a.map { p.dividingFullWidth($0.multipliedFullWidth(by: alpha)).remainder }
    #expect(values(tags) == products)

    // The same on field vectors; zeros are those of all ciphertexts, and the plaintexts give the operand back.
    let scattered = packing.encryptedEntries(ofCoefficients: tagReplies, using: bgv)
    #expect(scattered.entries.map { $0.canonical } == products)
    let zeroCount = (0..<packing.ciphertextCount).reduce(0) { $0 + packing.declaredZeros(ciphertext: $1).count }
    #expect(scattered.declaredZeros == [F](repeating: .zero, count: zeroCount))
    #expect(packing.declaresZeros == (zeroCount > 0))
    let operand = a.map { F(reducing: $0) }
    let plaintexts = packing.plaintexts(operand, using: bgv)
    #expect(packing.encryptedEntries(ofCoefficients: plaintexts, using: bgv).entries == operand)

    // The dense layout, cut off where the last reply is not full.
    let multiplied = b.map { F(reducing: $0) }
    let dense = (0..<packing.denseReplyCount).map { j in
      let entries = Array(multiplied[packing.denseEntries(reply: j)])
      return entries + [F](repeating: .one, count: bgv.ringDegree - entries.count)
    }
    #expect(packing.multipliedEntries(ofDense: dense) == multiplied)
  }
}
