import FieldArithmetic
import InsecureToyField
import Testing

let fieldTypes: [any PrimeField.Type] = [P127.self, P61.self, InsecureP257.self]

@Suite struct FieldLawTests {
  @Test(arguments: fieldTypes)
  func sumsAndProductsFormAField(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      let seed: UInt64 = 11
      var random = SplitMix64(seed: seed)
      for round in 0..<500 {
        let (x, y, z): (F, F, F) = (random.element(F.self), random.element(F.self), random.element(F.self))
        let place: Comment = "\(F.name), seed \(seed), round \(round): \(x), \(y), \(z)"
        #expect(x + y == y + x && x * y == y * x, place)
        #expect((x + y) + z == x + (y + z) && (x * y) * z == x * (y * z), place)
        #expect(x * (y + z) == x * y + x * z, place)
        #expect(x - y == x + -y && x - x == .zero && x + .zero == x && x * .one == x, place)
        #expect(x.squared() == x * x && x.canonical < F.modulus && (x * y).canonical < F.modulus, place)
        if x == .zero {
          #expect(x.inverse() == nil && x.inverseVariableTime() == nil, place)
        } else {
          let inverse = x.inverse()
          #expect(inverse.map { $0 * x } == .one && x.inverseVariableTime() == inverse, place)
        }
      }
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func edgeValuesAgreeWithWideIntegers(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      let p = F.modulus
      let values: [F] = edgeValues()
      for x in values {
        for y in values {
          let product = x.canonical.multipliedFullWidth(by: y.canonical)
          #expect((x * y).canonical == p.dividingFullWidth(product).remainder, "\(F.name): \(x) * \(y)")
          let sum = x.canonical.addingReportingOverflow(y.canonical).partialValue  // 2p ≤ 2^128
          #expect((x + y).canonical == sum % p, "\(F.name): \(x) + \(y)")
          #expect((x - y).canonical == (x.canonical + (p - y.canonical)) % p, "\(F.name): \(x) - \(y)")
        }
      }
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func representativesAreStoredLoadedAndChecked(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      var random = SplitMix64(seed: 13)
      for count in [0, 1, 2, 7, 64, 333] {
        let x = (0..<count).map { _ in random.element(F.self) }
        var z = [UInt128](repeating: .max, count: count)
        var integers = z.mutableSpan
        F.storeCanonical(x.span, into: &integers)
        #expect(z == x.map(\.canonical))
        var y = [F](repeating: .zero, count: count)
        var elements = y.mutableSpan
        #expect(F.loadCanonical(z.span, into: &elements) && y == x)
        let wrong: [UInt128] = [F.modulus, F.modulus + 1, 1 << 64, 1 << 127, (1 << 127) + 5, .max - 851_967, .max]
        for value in wrong where value >= F.modulus && count > 0 {
          var bad = z
          bad[Int(random.next() % UInt64(count))] = value
          elements = y.mutableSpan
          #expect(!F.loadCanonical(bad.span, into: &elements), "\(F.name): \(value)")
        }
      }
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func canonicalAndSignedViewsConvertBack(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      var random = SplitMix64(seed: 12)
      for _ in 0..<300 {
        let x = random.element(F.self)
        #expect(F(canonical: x.canonical) == x && F(signed: x.signed) == x)
        #expect(x.signed.magnitude <= (F.modulus - 1) / 2)
        #expect(x.description == String(x.canonical))
      }
      #expect(F(canonical: F.modulus) == nil && F(canonical: .max) == nil)
      #expect(F(reducing: F.modulus) == .zero && F(reducing: .max).canonical == UInt128.max % F.modulus)
      #expect(F(signed: -1).canonical == F.modulus - 1 && F(signed: -1).signed == -1)
      #expect(F(signed: .min).canonical == (F.modulus - (UInt128(1) << 127) % F.modulus) % F.modulus)
      #expect(F(UInt64.max).canonical == UInt128(UInt64.max) % F.modulus)
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func squareRootsExistForExactlyHalfOfTheUnits(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      var random = SplitMix64(seed: 13)
      var squares: [F] = []
      for _ in 0..<60 {
        let x = random.element(F.self)
        let root = x.squared().squareRootVariableTime()
        #expect(root == x || root == -x, "\(F.name): root of \(x)^2")
        #expect((x.squared() * F.generator).squareRootVariableTime() == (x == .zero ? .zero : nil))
        squares.append(x.squared())
      }
      let originals = squares
      var span = squares.mutableSpan
      let verdict1 = F.squareRootsVariableTime(&span)
      #expect(verdict1)
      #expect(zip(squares, originals).allSatisfy { $0.squared() == $1 }, "\(F.name)")
      var mixed = originals + [F.generator]
      let before = mixed
      var mixedSpan = mixed.mutableSpan
      let verdict2 = F.squareRootsVariableTime(&mixedSpan)
      #expect(!verdict2)
      #expect(mixed == before, "a vector with a non-residue stays as it was")
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func powersOfTwoAndTheirInverses(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      var power = F.one
      for k in 0..<200 {
        #expect(F.powerOfTwo(k) == power && F.inversePowerOfTwo(k) * power == .one, "\(F.name): 2^\(k)")
        power += power
      }
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func generatorHasTheOrderTheTwoAdicityNeeds(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      let order = F.modulus - 1
      #expect(order.trailingZeroBitCount == F.twoAdicity)
      #expect(F.generator.power(order) == .one && F.generator.power(order / 2) == -F.one)
      #expect(128 - F.modulus.leadingZeroBitCount == F.modulusBits)
      #expect(F.encodedByteCount == (F.name == "p127" ? 16 : F.name == "p61" ? 8 : 2))
      #expect(F.isInsecureToy == (F.modulusBits < 60))
    }
    check(field)
  }
}
