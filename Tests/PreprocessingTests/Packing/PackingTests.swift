import FieldArithmetic
import InsecureToyField
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing

/// Every packing against the clear evaluation of its shape, on plaintext polynomials.
@Suite struct PackingTests {
  @Test(arguments: matrixShapes)
  func fibrePackingsMultiplyMatrices(_ shape: MatrixShape) throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    for operand in [BilinearShape.Operand.left, .right] {
      for blockLength in [1, 4, 16, 64] {
        for innerParts in [1, 2, 5] {
          let packing = try #require(
            FibrePacking(
              .matrix(shape), encrypting: operand, blockLength: blockLength, innerParts: innerParts, ringDegree: 64,
              maximumWeight: 1 << 20))
          check(P61.self, packing, &f)
        }
      }
    }
  }

  @Test func fibrePackingsSplitSumsThatAreTooHeavyForOneReply() throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    let shape = BilinearShape.matrix(MatrixShape(rows: 3, inner: 11, columns: 2))
    for limit in [16, 32, 80, 16 * 11] {
      let packing = try #require(
        FibrePacking(shape, encrypting: .left, blockLength: 4, ringDegree: 64, maximumWeight: limit))
      #expect((0..<packing.replyCount).allSatisfy { packing.weight(reply: $0) <= limit })
      #expect(packing.replyCount == 2 * ((11 * 16 + limit - 1) / limit))
      check(P61.self, packing, &f)
    }
    // One product of weight N/L = 16 alone exceeds 15.
    #expect(FibrePacking(shape, encrypting: .left, blockLength: 4, ringDegree: 64, maximumWeight: 15) == nil)
  }

  @Test func tallMatricesNeedConstantMultiplicandsOnly() throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    for rows in [40, 64, 65, 200] {
      let packing = try #require(
        FibrePacking.tall(
          .matrix(MatrixShape(rows: rows, inner: 3, columns: 2)), encrypting: .left, ringDegree: 64,
          maximumWeight: f.maximumWeight))
      #expect(packing.multiplicandSparsity == 1 && packing.ciphertextCount == (rows + 63) / 64 * 3)
      check(P61.self, packing, &f)
    }
  }

  @Test func packingsOfSeveralGroupsAndOfPartOfOneAreCorrect() throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    let shape = BilinearShape.matrix(MatrixShape(rows: 5, inner: 3, columns: 2))
    for capacity in [1, 2, 9, 17] {
      check(
        P61.self,
        try #require(
          FibrePacking(
            shape, encrypting: .left, blockLength: 4, innerParts: 2, capacity: capacity, ringDegree: 64,
            maximumWeight: 1 << 20)), &f)
      check(
        P61.self,
        try #require(
          CoefficientPacking(
            shape, encrypting: .right, tile: .init(rows: 2, inner: 2, columns: 3), capacity: capacity, ringDegree: 64,
            maximumWeight: 1 << 20)), &f)
    }
  }

  @Test(arguments: matrixShapes)
  func coefficientPackingsMultiplyMatrices(_ shape: MatrixShape) throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    for operand in [BilinearShape.Operand.left, .right] {
      for (a, b, c) in [(1, 1, 1), (2, 3, 4), (4, 4, 4), (3, 1, 5), (1, 64, 1), (64, 1, 1)] {
        let tile = CoefficientPacking.Tile(rows: a, inner: b, columns: c)
        for limit in [64, 1 << 20] {
          let packing = try #require(
            CoefficientPacking(.matrix(shape), encrypting: operand, tile: tile, ringDegree: 64, maximumWeight: limit))
          #expect((0..<packing.replyCount).allSatisfy { packing.weight(reply: $0) <= limit })
          check(P61.self, packing, &f)
        }
      }
    }
  }

  @Test(arguments: convolutionShapes)
  func convolutionPackingsConvolve(_ shape: ConvolutionShape) throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 128))
    var made = 0
    for operand in [BilinearShape.Operand.left, .right] {
      for (channels, filters) in [(1, 1), (2, 1), (1, 2), (3, 3)] {
        for limit in [128, 1 << 20] {
          guard
            let packing = ConvolutionPacking(
              shape, encrypting: operand, channels: channels, filters: filters, ringDegree: 128, maximumWeight: limit)
          else { continue }
          made += 1
          #expect((0..<packing.replyCount).allSatisfy { packing.weight(reply: $0) <= limit })
          check(P61.self, packing, &f)
        }
      }
    }
    #expect(made >= 4)
  }

  @Test(arguments: convolutionShapes)
  func fibrePackingsConvolveByPatches(_ shape: ConvolutionShape) throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    for blockLength in [1, 2, 16] {
      check(
        P61.self,
        try #require(
          FibrePacking(
            .convolution(shape), encrypting: .right, blockLength: blockLength, innerParts: 3, capacity: 2,
            ringDegree: 64, maximumWeight: 1 << 20)), &f)
    }
    // An image entry is met by several taps: it cannot be encrypted once and serve them all.
    #expect(
      FibrePacking(
        .convolution(shape), encrypting: .left, blockLength: 2, ringDegree: 64, maximumWeight: 1 << 20) == nil)
  }

  @Test func allPackingsWorkOverAllFields() throws {
    let matrix = BilinearShape.matrix(MatrixShape(rows: 3, inner: 5, columns: 2))
    let image = ConvolutionShape(channels: 2, height: 3, width: 4, filters: 2, kernelHeight: 2, kernelWidth: 2)
    func all(_ n: Int) throws -> [any BilinearPacking] {
      [
        try #require(
          FibrePacking(matrix, encrypting: .left, blockLength: 2, innerParts: 2, ringDegree: n, maximumWeight: 1 << 20)),
        try #require(
          CoefficientPacking(
            matrix, encrypting: .left, tile: .init(rows: 2, inner: 2, columns: 2), ringDegree: n,
            maximumWeight: 1 << 20)),
        try #require(
          ConvolutionPacking(
            image, encrypting: .left, channels: 1, filters: 1, ringDegree: n, maximumWeight: 1 << 20)),
      ]
    }
    var wide = try PackingFixture(try InsecureToy64.shrinking(.a, toRingDegree: 64))
    for packing in try all(64) { check(P127.self, packing, &wide) }
    var tiny = try PackingFixture(try InsecureToy257.parameters(ringDegree: 16))
    for packing in try all(16) { check(InsecureP257.self, packing, &tiny) }
  }

  /// C and its layout; A's entries exactly once; the dense layout covers B.
  private func check<F: PrimeField>(_: F.Type, _ packing: any BilinearPacking, _ f: inout PackingFixture) {
    let a = f.elements(packing.encryptedEntryCount)
    let b = f.elements(packing.multipliedEntryCount)
    let expected = clearOutputs(F.self, packing, encrypted: a, multiplied: b)
    let c = simulate(F.self, packing, encrypted: a, multiplied: b, f.bgv)
    #expect(c == expected, "\(packing)")

    var seen = [Int](repeating: 0, count: packing.encryptedEntryCount)
    for k in 0..<packing.ciphertextCount {
      let entries = packing.encryptedEntries(ciphertext: k)
      #expect(entries.count == packing.ringDegree)
      for entry in entries where entry >= 0 { seen[Int(entry)] += 1 }
      if packing.declaresZeros {
        #expect(Set(packing.declaredZeros(ciphertext: k)) == Set(entries.indices.filter { entries[$0] < 0 }))
      }
    }
    #expect(seen.allSatisfy { $0 == 1 }, "every entry is encrypted once: \(packing)")
    let dense = (0..<packing.denseReplyCount).flatMap { packing.denseEntries(reply: $0) }
    #expect(dense == Array(0..<packing.multipliedEntryCount))
    #expect((0..<packing.replyCount).map { packing.weight(reply: $0) }.max() == packing.largestWeight)
  }
}

private let matrixShapes = [(1, 1, 1), (4, 4, 4), (5, 3, 2), (2, 7, 5), (1, 9, 1), (17, 1, 3), (3, 2, 18)].map {
  MatrixShape(rows: $0.0, inner: $0.1, columns: $0.2)
}

private let convolutionShapes = [
  ConvolutionShape(channels: 1, height: 1, width: 1, filters: 1, kernelHeight: 1, kernelWidth: 1),
  ConvolutionShape(channels: 1, height: 6, width: 5, filters: 2, kernelHeight: 3, kernelWidth: 2),
  ConvolutionShape(channels: 3, height: 4, width: 3, filters: 2, kernelHeight: 2, kernelWidth: 2),
  ConvolutionShape(channels: 1, height: 5, width: 7, filters: 3, kernelHeight: 3, kernelWidth: 3, stride: 2),
  ConvolutionShape(channels: 2, height: 3, width: 3, filters: 1, kernelHeight: 3, kernelWidth: 3, padding: 1),
  ConvolutionShape(
    batch: 3, channels: 2, height: 4, width: 4, filters: 2, kernelHeight: 2, kernelWidth: 3, stride: 2, padding: 1),
]
