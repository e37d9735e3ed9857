import FieldArithmetic
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing

@Suite struct PackingChoiceTests {
  @Test func chosenPackingsAreCorrectAndKeepTheWeightLimit() throws {
    var f = try PackingFixture(try InsecureToy64.shrinking(.b, toRingDegree: 64))
    let shapes: [BilinearShape] = [
      .matrix(MatrixShape(rows: 1, inner: 1, columns: 1)), .matrix(MatrixShape(rows: 7, inner: 5, columns: 3)),
      .matrix(MatrixShape(rows: 2, inner: 3, columns: 40)), .matrix(MatrixShape(rows: 70, inner: 4, columns: 1)),
      .convolution(
        ConvolutionShape(
          batch: 2, channels: 3, height: 5, width: 4, filters: 2, kernelHeight: 3, kernelWidth: 2, padding: 1)),
    ]
    for shape in shapes {
      for count in [1, 3, 50] {
        for objective in [PackingObjective.bytes, .gigabit] {
          let packing = shape.packing(count: count, parameters: f.bgv.parameters, minimising: objective)
          #expect(packing.capacity <= count && packing.largestWeight <= f.maximumWeight)
          let a = f.elements(packing.encryptedEntryCount)
          let b = f.elements(packing.multipliedEntryCount)
          let expected = clearOutputs(P61.self, packing, encrypted: a, multiplied: b)
          #expect(simulate(P61.self, packing, encrypted: a, multiplied: b, f.bgv) == expected, "\(packing)")
        }
      }
    }
  }

  @Test func theChoiceIsTheBestOfItsCandidates() throws {
    let parameters = try Parameters(validating: .a)
    let shape = BilinearShape.matrix(MatrixShape(rows: 30, inner: 784, columns: 10))
    let chosen = PackingCost(
      shape.packing(count: 20, parameters: parameters, minimising: .bytes), count: 20, parameters: parameters)
    // Hand-made alternatives.
    let limit = parameters.maximumReplyWeight
    for blockLength in [1, 16, 32, 128, 16384] {
      let other = try #require(
        FibrePacking(
          shape, encrypting: .left, blockLength: blockLength, capacity: 20, ringDegree: 16384, maximumWeight: limit))
      #expect(chosen.bytes <= PackingCost(other, count: 20, parameters: parameters).bytes)
    }
  }

  @Test func aBatchOf128ProductsOfDimension128TakesUnderFiveMegabytesEach() throws {
    let parameters = try Parameters(validating: .a)
    let shape = BilinearShape.matrix(MatrixShape(rows: 128, inner: 128, columns: 128))
    let packing = shape.packing(count: 128, parameters: parameters)
    let cost = PackingCost(packing, count: 128, parameters: parameters)
    #expect(cost.bytes / 128 < 4_700_000, "\(packing): \(cost)")
    #expect(packing.ciphertextCount == 128 && packing.replyCount == 128 && packing.denseReplyCount == 128)
    #expect(cost.ciphertextCount == 128 && cost.replyCount == 512 && cost.productCount == 2 * 128 * 128)
    // Its weight is that of one dense product: the set's whole lifetime remains.
    #expect(packing.largestWeight == parameters.ringDegree)
  }

  @Test func aLongRowIsTransposedAndFewProductsUseCoefficients() throws {
    let parameters = try Parameters(validating: .a)
    let wide = BilinearShape.matrix(MatrixShape(rows: 10, inner: 10, columns: 16384))
    let tall = wide.packing(count: 1, parameters: parameters)
    #expect(tall.encryptedOperand == .right && tall.multiplicandSparsity == 1 && tall.replyCount == 10)
    let one = BilinearShape.matrix(MatrixShape(rows: 128, inner: 128, columns: 128))
    let packing = one.packing(count: 1, parameters: parameters)
    #expect(packing is CoefficientPacking)
    #expect(PackingCost(packing, count: 1, parameters: parameters).bytes < 45_000_000)
  }

  @Test func memoryLimitsAreKeptWhereAPackingKeepsThem() throws {
    let parameters = try Parameters(validating: .a)
    let shape = BilinearShape.matrix(MatrixShape(rows: 128, inner: 128, columns: 128))
    let limit = 100 << 20
    let packing = shape.packing(count: 128, parameters: parameters, ciphertextMemoryLimit: limit)
    #expect(PackingCost(packing, count: 128, parameters: parameters).ciphertextMemoryBytes <= limit)
  }
}

@Suite struct DrowningMarginTests {
  @Test func theMarginFallsByOneBitPerDoublingOfTheWeight() throws {
    for literal in [ParameterLiteral.a, .b] {
      let parameters = try Parameters(validating: literal)
      let n = parameters.ringDegree
      let whole = parameters.drowningMarginBits(summedProducts: literal.innerDimension, sparsity: n)
      #expect(abs(whole - parameters.drowningMarginBits) < 1e-6)
      let half = parameters.drowningMarginBits(summedProducts: 2 * literal.innerDimension, sparsity: n)
      #expect(abs(whole - half - 1) < 0.01)
      // Fibre packing of 128 products of dimension 128 is as heavy as one dense product.
      #expect(
        parameters.drowningMarginBits(summedProducts: 128, sparsity: n / 128)
          == parameters.drowningMarginBits(summedProducts: 1, sparsity: n))
    }
  }

  @Test func heavierRepliesCountMoreInTheLifetimeOfAKey() throws {
    let parameters = try Parameters(validating: .a)
    let n = parameters.ringDegree
    for (weight, units) in [(1, 1), (n, 1), (n + n / 2, 2), (5 * n, 5)] {
      #expect(parameters.lifetimeUnits(weight: weight) == units)
    }
  }

  @Test func theLargestWeightIsExactlyWhatTheLifetimeAllows() throws {
    for literal in ParameterLiteral.secureSets {
      let parameters = try Parameters(validating: literal)
      let weight = parameters.maximumReplyWeight
      #expect(weight >= parameters.ringDegree * literal.innerDimension)
      let needed = Double(literal.statisticalSecurity + literal.replyLifetimeBits)
      let margin = parameters.drowningMarginBits(summedProducts: weight, sparsity: 1)
      let next = parameters.drowningMarginBits(summedProducts: weight + weight / 8, sparsity: 1)
      #expect(margin >= needed - 1e-6 && next < needed, "\(literal.name): \(weight), \(margin), \(next)")
    }
  }
}
