import FieldArithmetic
import InsecureToyParameters
import LatticeEncryption
import Preprocessing
import SecretSharing
import Testing

@Suite struct ZeroRuleTests {
  /// Why the zero rule exists: without it, a party that encrypts one stray coefficient adds a linear map of the honest
  /// share of B to C, and the same map of B's tags to C's tag.
  @Test func aStrayCoefficientChangesTheOutputOfCoefficientPackings() throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    let image = ConvolutionShape(
      channels: 2, height: 3, width: 3, filters: 2, kernelHeight: 2, kernelWidth: 2, padding: 1)
    let packings: [any BilinearPacking] = [
      try #require(
        CoefficientPacking(
          .matrix(MatrixShape(rows: 3, inner: 3, columns: 3)), encrypting: .left,
          tile: .init(rows: 3, inner: 3, columns: 3), ringDegree: 64, maximumWeight: 1 << 20)),
      try #require(
        ConvolutionPacking(
          image, encrypting: .left, channels: 1, filters: 2, ringDegree: 64, maximumWeight: 1 << 20)),
      try #require(
        ConvolutionPacking(
          image, encrypting: .right, channels: 1, filters: 2, ringDegree: 64, maximumWeight: 1 << 20)),
    ]
    for packing in packings {
      let a = f.elements(packing.encryptedEntryCount)
      let b = f.elements(packing.multipliedEntryCount)
      let honest = simulate(P61.self, packing, encrypted: a, multiplied: b, f.bgv)
      let zeros = packing.declaredZeros(ciphertext: 0)
      let harmful = zeros.filter { position in
        simulate(
          P61.self, packing, encrypted: a, multiplied: b, stray: Stray(ciphertext: 0, position: position), f.bgv)
          != honest
      }
      #expect(harmful.count >= zeros.count / 2, "\(packing): \(harmful.count) of \(zeros.count)")
    }
  }

  @Test func aStraySlotChangesNothing() throws {
    var f = try PackingFixture(try InsecureToy64.parameters(ringDegree: 64))
    let packing = try #require(
      FibrePacking(
        .matrix(MatrixShape(rows: 3, inner: 5, columns: 2)), encrypting: .left, blockLength: 4, innerParts: 2,
        capacity: 3, ringDegree: 64, maximumWeight: 1 << 20))
    #expect(!packing.declaresZeros && packing.declaredZeros(ciphertext: 0).isEmpty)
    let a = f.elements(packing.encryptedEntryCount)
    let b = f.elements(packing.multipliedEntryCount)
    let honest = simulate(P61.self, packing, encrypted: a, multiplied: b, f.bgv)
    var strays = 0
    for k in 0..<packing.ciphertextCount {
      for (position, entry) in packing.encryptedEntries(ciphertext: k).enumerated() where entry < 0 {
        strays += 1
        let stray = Stray(ciphertext: k, position: position)
        #expect(simulate(P61.self, packing, encrypted: a, multiplied: b, stray: stray, f.bgv) == honest)
      }
    }
    #expect(strays > 60)
  }
}
