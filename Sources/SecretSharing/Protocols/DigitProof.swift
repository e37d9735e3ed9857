internal import Cryptography
public import FieldArithmetic
package import MPCCore

/// The proof that inputs of one party are digits, and so its values in range.
///
/// Digits come in groups of 8. d_g is the polynomial of degree 8 with the digits of group g at X = 0…7 and a uniform mask
/// at X = 8, P(d) = d(d − 1)···(d − 2^w + 1), Z(X) = X(X − 1)···(X − 7).
/// 1: the prover inputs digits and masks; 2: a coin gives γ_g; if all digits are digits, q(X) = Σ γ_g·P(d_g(X)) vanishes
/// at 0…7; the prover inputs t = q/Z by its values at 8, 9, …; 3: a coin gives ρ, not in 0…7; the d_g(ρ), which the masks
/// make uniform, are opened; Z(ρ)·t(ρ) − q(ρ) = 0 goes to the MAC check.
///
/// If some digit is none, Σ γ_g·P(d_g(x)) ≠ 0 at its x except with probability 1/p, then q − Z·t ≠ 0 whatever t is, and it
/// has at most as many roots as its degree. Source: `Papers/MODEL.md`, "Inputs" (own derivation; the idea of proving
/// relations on shared data by polynomials is that of [BBCGI19]).
public enum DigitProof {
  /// An upper bound for the probability that a value out of range passes, with the MAC check's 2/p.
  public static func errorBound<F: PrimeField>(_ form: DigitForm, _: F.Type) -> Double {
    let p = Double(F.modulus)
    return Double(form.degree) / (p - Double(DigitForm.groupSize)) + 3 / p
  }

  /// Shares of the values whose digits these are, and the public ρ.
  /// - Parameters:
  ///   - digits: at the prover, section after section; a cheater passes what it likes.
  ///   - quotient: t(8), t(9), … of the prover from the sections and γ; a cheater's own.
  package static func input<S: SharingScheme, C: Channel>(
    digits: [S.F]?, form: DigitForm, from party: PartyID, in session: inout Session<S, C>,
    quotient: (_ groups: [DigitGroups<S.F>], _ gamma: [[S.F]]) -> [S.F]
  ) async throws(ProtocolAbort) -> (values: SharedVector<S>, rho: S.F) {
    let sections = form.sections
    guard !sections.isEmpty else { return (SharedVector(zeros: 0), .zero) }
    var groups: [DigitGroups<S.F>] = []
    if let digits {
      let seed = session.context.random.seed(label: "digit-masks", context: [])
      var masks = S.F.uniform(sections.map(\.groupCount).reduce(0, +), seed: seed)[...]
      var rest = digits[...]
      for section in sections {
        groups.append(
          DigitGroups(
            section, digits: rest.prefix(section.digitCount), masks: masks.prefix(section.groupCount)))
        rest = rest.dropFirst(section.digitCount)
        masks = masks.dropFirst(section.groupCount)
      }
    }
    let shared = try await session.input(  // 1
      digits.map { _ in groups.flatMap(\.elements) }, count: sections.map(\.inputCount).reduce(0, +), from: party)
    let gammaSeed = try await session.coin()  // 2
    let allGamma = S.F.uniform(sections.map(\.groupCount).reduce(0, +), seed: gammaSeed)
    var gamma: [[S.F]] = []
    var (firstGroup, firstInput) = (0, 0)
    var parts: [SharedVector<S>] = []
    for section in sections {
      gamma.append(Array(allGamma[firstGroup..<(firstGroup + section.groupCount)]))
      parts.append(shared[firstInput..<(firstInput + section.inputCount)])
      firstGroup += section.groupCount
      firstInput += section.inputCount
    }
    let t = try await session.input(
      digits.map { _ in quotient(groups, gamma) }, count: form.quotientCount, from: party)
    let rho = evaluationPoint(seed: try await session.coin(), S.F.self)  // 3
    try await check(parts, sections, gamma, quotient: t, form, at: rho, in: &session)
    return (values(parts, sections, form), rho)
  }

  private static func check<S: SharingScheme, C: Channel>(
    _ parts: [SharedVector<S>], _ sections: [DigitForm.Section], _ gamma: [[S.F]], quotient t: SharedVector<S>,
    _ form: DigitForm, at rho: S.F, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) {
    let weights = Interpolation<S.F>(first: 0, count: DigitForm.groupSize + 1).weights(at: rho)
    var masked: [SharedVector<S>] = []
    for (part, section) in zip(parts, sections) {
      let n = section.groupCount
      var value = SharedVector<S>(zeros: n)
      for (index, weight) in weights.enumerated() {
        value.multiplyAccumulate(weight, part[(index * n)..<((index + 1) * n)])
      }
      masked.append(value)
    }
    let opened = try await session.open(UniformlyMasked(SharedVector.concatenate(masked))).unverified
    var q = S.F.zero
    var start = 0
    for (section, factors) in zip(sections, gamma) {
      let products = DigitGroups<S.F>.product(Array(opened[start..<(start + factors.count)]), width: section.width)
      q = q + S.F.dot(factors.span, products.span)
      start += factors.count
    }
    let tWeights = Interpolation<S.F>(first: DigitForm.groupSize, count: form.quotientCount).weights(at: rho)
    let z = vanishing(at: rho)
    var zero = t.mapLinear { t in [z * S.F.dot(tWeights.span, t.span)] }
    zero = session.add(-q, to: zero)
    if SecurityCheck.digitProofZero.isKept {
      _ = session.record((), opened: [.zero], tags: zero.tags)
    }
  }

  /// Σ 2^(3j)·digit j.
  private static func values<S: SharingScheme>(
    _ parts: [SharedVector<S>], _ sections: [DigitForm.Section], _ form: DigitForm
  ) -> SharedVector<S> {
    var result = SharedVector<S>(zeros: form.count)
    var low = 0
    for (part, section) in zip(parts, sections) {
      for start in stride(from: 0, to: section.digitCount, by: form.count) {
        result.multiplyAccumulate(S.F.powerOfTwo(low), part[start..<(start + form.count)])
        low += section.width
      }
    }
    return result
  }

  /// Uniform outside 0…7, from a public seed.
  package static func evaluationPoint<F: PrimeField>(seed: [UInt8], _: F.Type) -> F {
    let nodes = (0..<UInt64(DigitForm.groupSize)).map { F($0) }
    // 64 candidates all fail with probability (8/p)^64.
    return F.uniform(64, seed: seed).first { !nodes.contains($0) } ?? F(UInt64(DigitForm.groupSize))
  }

  /// Z(x).
  package static func vanishing<F: PrimeField>(at x: F) -> F {
    (0..<UInt64(DigitForm.groupSize)).reduce(F.one) { $0 * (x - F($1)) }
  }
}

/// The prover's groups of digits of one width: the digits at X = 0 of all groups, those at X = 1, …, the masks.
package struct DigitGroups<F: PrimeField> {
  let section: DigitForm.Section
  /// What is input.
  package let elements: [F]

  init(_ section: DigitForm.Section, digits: ArraySlice<F>, masks: ArraySlice<F>) {
    self.section = section
    let padding = section.groupCount * DigitForm.groupSize - digits.count
    elements = digits + F.filled(padding, with: .zero) + masks
  }

  /// P of elements, for digits of `width` bits: with m = 2^w − 1 and u = d(d − m), it is Π u + j(m − j) for j < 2^(w−1).
  package static func product(_ digits: [F], width: Int) -> [F] {
    let largest = UInt64(1) << UInt64(width) - 1
    let u = F.multiply(digits, F.subtract(digits, F.filled(digits.count, with: F(largest))))
    var product = u
    for j in 1..<max(1, (largest + 1) / 2) {
      product = F.multiply(product, F.add(u, F.filled(digits.count, with: F(j * (largest - j)))))
    }
    return product
  }

  /// t = q/Z at 8, 9, …: every d_g is extended to these points. 120 products a digit of three bits.
  package static func quotient(_ groups: [DigitGroups], _ gamma: [[F]], form: DigitForm) -> [F] {
    let size = DigitForm.groupSize
    let nodes = Interpolation<F>(first: 0, count: size + 1)
    var t = F.filled(form.quotientCount, with: .zero)
    for index in t.indices {
      let x = F(UInt64(size + index))
      let weights = nodes.weights(at: x)
      for (part, factors) in zip(groups, gamma) {
        t[index] = t[index] + part.weightedProducts(weights, factors)
      }
      t[index] = t[index] * (DigitProof.vanishing(at: x).inverseVariableTime() ?? .zero)
    }
    return t
  }

  /// Σ γ_g·P(Σ_k weight_k·d_g(k)), block after block that stay in the cache.
  private func weightedProducts(_ weights: [F], _ gamma: [F]) -> F {
    let n = section.groupCount
    var sum = F.zero
    for start in stride(from: 0, to: n, by: Self.blockSize) {
      let length = min(Self.blockSize, n - start)
      var values = F.filled(length, with: .zero)
      var span = values.mutableSpan
      for (k, weight) in weights.enumerated() {
        let first = k * n + start
        F.multiplyAccumulate(&span, weight, elements.span.extracting(first..<(first + length)))
      }
      let products = Self.product(values, width: section.width)
      sum = sum + F.dot(gamma.span.extracting(start..<(start + length)), products.span)
    }
    return sum
  }

  private static var blockSize: Int { 1024 }
}

/// Lagrange's interpolation on consecutive integers.
package struct Interpolation<F: PrimeField> {
  let nodes: [F]
  /// Π over j ≠ i of (x_i − x_j), inverted.
  private let denominators: [F]

  package init(first: Int, count: Int) {
    let nodes = (0..<count).map { F(UInt64(first + $0)) }
    self.nodes = nodes
    denominators = nodes.map { node in
      let product = nodes.reduce(F.one) { $1 == node ? $0 : $0 * (node - $1) }
      return product.inverseVariableTime() ?? .zero
    }
  }

  /// The coefficients of the values at the nodes in the value at a public x.
  package func weights(at x: F) -> [F] {
    nodes.indices.map { i in
      nodes.indices.reduce(denominators[i]) { $1 == i ? $0 : $0 * (x - nodes[$1]) }
    }
  }
}
