import CNTLShim
import LatticeEncryption
import Testing

/// The shim refuses what NTL would abort on. `unsafe`: calls into C with local buffers.
@Suite struct NTLShimTests {
  let q: UInt64 = 281_474_976_317_441

  @Test func arithmeticRefusesBadModuliAndValuesOutOfRange() {
    var out = [UInt64](repeating: 0, count: 4)
    let small: [UInt64] = [1, 2, 3, 4]
    for modulus: UInt64 in [0, 1, 2, 1 << 60, .max] {
      #expect(unsafe ntl_pointwise(modulus, 2, &out, small, small, 4) == 1)
      #expect(unsafe ntl_reduce(modulus, &out, small, 4, 1, 4) == 1)
      #expect(unsafe ntl_negacyclic_product(modulus, &out, small, small, 4) == 1)
    }
    #expect(unsafe ntl_pointwise(3, 2, &out, small, small, 4) == 1)
    #expect(unsafe ntl_pointwise(q, 4, &out, small, small, 4) == 1)
    #expect(unsafe ntl_pointwise(q, 0, &out, small, nil, 4) == 1)
    #expect(unsafe ntl_reduce(q, &out, small, 2, 1, 4) == 1)
    #expect(unsafe ntl_negacyclic_product(q - 2, &out, small, small, 4) == 1)
  }

  @Test func setUpRefusesCompositesWrongRootsAndMisfits() {
    var handle: OpaquePointer?
    #expect(unsafe ntl_transform_create(q - 65536, 4, 3, &handle) == 1)
    #expect(unsafe ntl_transform_create(q, 4, 3, &handle) == 1)
    #expect(unsafe ntl_transform_create(q, 17, 3, &handle) == 1)
    #expect(unsafe handle == nil)
    var root: [UInt64] = [0, 0]
    #expect(unsafe ntl_root_of_unity(q, 0, 40, &root) == 1)
    #expect(unsafe ntl_root_of_unity(q - 2, 0, 1, &root) == 1)
    #expect(unsafe ntl_root_of_unity(0, 0, 1, &root) == 1)
    var primes: [UInt64] = [0, 0]
    #expect(unsafe ntl_primes_below(63, 2, 2, &primes) == 1)
    #expect(unsafe ntl_primes_below(17, 65536, 2, &primes) == 2)
    #expect(throws: RingError.primesNotFound(bits: 17, count: 2)) {
      try RNSModulus.largestPrimes(bits: 17, count: 2, ringDegree: 16)
    }
  }

  @Test func zzpXProductsAgreeWithTheSchoolbookProduct() {
    var generator = SplitMix(seed: 9)
    let f = (0..<32).map { _ in generator.next() % q }
    let g = (0..<32).map { _ in generator.next() % q }
    var out = [UInt64](repeating: 0, count: 32)
    #expect(unsafe ntl_negacyclic_product(q, &out, f, g, 32) == 0)
    #expect(out == negacyclicProduct(f, g, modulo: q))
  }

  @Test(arguments: [1024, 4096])
  func nativeProductsAgreeWithZZpXAtLargerDegrees(degree: Int) throws {
    let basis = try RNSBasis(ringDegree: degree, bits: 48, count: 1)
    let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: degree))
    let f = polynomial(Coefficients.self, in: basis, seed: 10)
    let g = polynomial(Coefficients.self, in: basis, seed: 11)
    let product = ring.inverseTransform(ring.multiply(ring.forwardTransform(f), ring.forwardTransform(g)))
    var out = [UInt64](repeating: 0, count: degree)
    let status = unsafe ntl_negacyclic_product(
      basis.moduli[0].value, &out, f.values(limb: 0), g.values(limb: 0), degree)
    #expect(status == 0)
    #expect(product.values(limb: 0) == out)
  }
}
