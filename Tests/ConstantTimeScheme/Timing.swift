internal import Cryptography
internal import Foundation
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore

/// Welch's t-test on times of operations: one class always gets the same secret, the other a fresh one each time, in
/// random order. Covers the IFMA level, which valgrind does not know. Started by `Scripts/constant-time timing`.
///
/// Every sample makes its input anew by the same code in both classes, outside the measured part, so that placement in
/// memory and caches do not tell the classes apart. Samples above the 90th percentile of both classes together are
/// dropped (interrupts). An operation fails when |t| > 10 twice in a row, with new samples.
///
/// Rejection samplers (ternary, uniform plaintexts, bounded integers) take a time that depends on how many candidates
/// were rejected; that number says nothing about the values kept. A fixed seed would fix that number, so the classes
/// are made otherwise: every seed is fresh, and the class is a property of the values that were kept.
struct Timing {
  /// Most samples of an operation; fewer if they do not fit into `budget`.
  let sampleLimit: Int
  /// Time for one measurement of an operation, preparation included.
  let budget: Duration
  private(set) var failed: [String] = []
  private let order = PRG(seed: PRG.deriveSeed([], label: "timing-order"))
  private var counter: UInt64 = 0

  init(sampleLimit: Int, budget: Duration) {
    self.sampleLimit = sampleLimit
    self.budget = budget
  }

  static let threshold = 10.0

  /// Welch's t of two sets of samples after cropping both at their common 90th percentile.
  static func welch(_ samples: [(isFixed: Bool, time: Double)]) -> Double {
    let times = samples.map(\.time).sorted()
    guard times.count >= 100 else { return 0 }
    let limit = times[times.count * 9 / 10]
    func moments(_ isFixed: Bool) -> (mean: Double, error: Double) {
      let kept = samples.filter { $0.isFixed == isFixed && $0.time <= limit }.map(\.time)
      guard kept.count > 1 else { return (.infinity, 0) }  // a class that is always slow is a difference
      let mean = kept.reduce(0, +) / Double(kept.count)
      let variance = kept.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(kept.count - 1)
      return (mean, variance / Double(kept.count))
    }
    let (a, b) = (moments(true), moments(false))
    return (a.mean - b.mean) / max(a.error + b.error, .leastNormalMagnitude).squareRoot()
  }

  /// Measures `operation` on inputs from `prepare(seed)`, up to twice, and prints a line.
  ///
  /// - Parameter classify: for rejection samplers, the class of a result; nil: fixed against fresh seeds.
  mutating func measure<Input: ~Copyable, Output: ~Copyable>(
    _ name: String, _ prepare: ([UInt8]) -> Input, _ operation: (inout Input) -> Output,
    classify: ((borrowing Output) -> Bool)? = nil
  ) -> Bool {
    var exceeded = false
    for attempt in 1...2 {
      var samples: [(isFixed: Bool, time: Double)] = []
      samples.reserveCapacity(sampleLimit)
      let clock = ContinuousClock()
      let end = clock.now + budget
      var warmUp = 100
      while samples.count < sampleLimit && (samples.count < 1000 || clock.now < end) {
        let bit = order.word() & 1 == 0
        counter += 1
        let isFixed = bit && classify == nil
        let seed = PRG.deriveSeed([], label: "timing-secret", context: [isFixed ? 0 : counter])
        var input = prepare(seed)
        let start = clock.now
        let output = operation(&input)
        let time = start.duration(to: clock.now)
        let group = if let classify { classify(output) } else { isFixed }
        if warmUp > 0 { warmUp -= 1 } else { samples.append((group, Double(time.components.attoseconds) / 1e9)) }
      }
      let t = Self.welch(samples)
      exceeded = abs(t) > Self.threshold
      print("\(name): t = \((t * 100).rounded() / 100), \(samples.count) samples, attempt \(attempt)")
      if !exceeded { break }
    }
    return exceeded
  }

  /// All operations at the level that `SPDZ_SIMD` selects. Returns the exit code: 0, 9 for a dependence on secrets, 3
  /// if the deliberate leak goes unnoticed.
  static func run() throws -> Int32 {
    var timing = Timing(sampleLimit: 1_000_000, budget: .seconds(1))
    let parameters = try InsecureToy64.shrinking(.a, toRingDegree: 256)
    let small = try InsecureToy64.shrinking(.b, toRingDegree: 256)
    guard try timing.findsLeak(parameters) else {
      print("the deliberate leak was not found: the test does not work here")
      return 3
    }
    timing.samplers(count: 256, modulus: parameters.plaintext.value, bound: parameters.budget.drowningBound)
    for set in [parameters, small] { try timing.scheme(set) }
    for name in timing.failed { print("time depends on secrets: \(name)") }
    return timing.failed.isEmpty ? 0 : 9
  }

  private mutating func note(_ name: String, _ exceeded: Bool) {
    if exceeded { failed.append(name) }
  }

  /// A pass over plaintexts that skips the even ones has to be found.
  private mutating func findsLeak(_ parameters: Parameters) throws -> Bool {
    let p = parameters.plaintext.value
    return measure(
      "deliberate leak", { s in Self.plaintext(s, 256, p) },
      { m in
        m.withSpan { values in
          var state: UInt64 = 1
          for i in 0..<values.count where values[i] & 1 == 1 { state = (state &* 31 &+ 7) % 1_000_003 }
          return state
        }
      })
  }

  static func plaintext(_ seed: [UInt8], _ count: Int, _ p: UInt128) -> SecretBuffer<UInt128> {
    var sampler = SecretSampler(PRG(seed: seed))
    return sampler.plaintext(count: count, modulus: p)
  }

  private mutating func samplers(count n: Int, modulus p: UInt128, bound: NaturalNumber) {
    let wordCount = bound.bitWidth / 64 + 1
    note(
      "centred binomial",
      measure(
        "centred binomial", { SecretSampler(PRG(seed: $0)) }, { $0.centredBinomial(count: n, parameter: 21) }))
    // Classes: more zeros than expected; more values above p/2; more negative values than half.
    note(
      "ternary",
      measure(
        "ternary", { SecretSampler(PRG(seed: $0)) }, { $0.ternary(count: n) },
        classify: { values in values.withSpan { s in (0..<n).count { s[$0] == 0 } > n / 3 } }))
    note(
      "plaintext",
      measure(
        "plaintext", { SecretSampler(PRG(seed: $0)) }, { $0.plaintext(count: n, modulus: p) },
        classify: { values in values.withSpan { s in (0..<n).count { s[$0] > p / 2 } > n / 2 } }))
    note(
      "bounded",
      measure(
        "bounded", { SecretSampler(PRG(seed: $0)) },
        { $0.symmetric(count: n, bound: bound, wordCount: wordCount) },
        classify: { values in (0..<n).count { values[$0][wordCount - 1] >> 63 == 1 } > n / 2 }))
  }

  private mutating func scheme(_ parameters: Parameters) throws {
    let bgv = try BGV(parameters)
    let ring = bgv.ring
    let (n, p, set) = (parameters.ringDegree, bgv.plaintextModulus, parameters.literal.name)
    func polynomial(_ seed: [UInt8]) -> Poly<Evaluations> { parameters.basis.uniform(seed: seed, label: "timing") }
    func operation<I: ~Copyable, O: ~Copyable>(
      _ name: String, _ prepare: ([UInt8]) -> I, _ body: (inout I) -> O
    ) {
      let name = "\(set) \(name)"
      note(name, measure(name, prepare, body))
    }
    let factor = polynomial([UInt8](repeating: 1, count: 32))
    operation("inverse transform", polynomial) { ring.inverseTransform($0) }
    operation("forward transform", { ring.inverseTransform(polynomial($0)) }) { ring.forwardTransform($0) }
    operation("pointwise product", polynomial) { ring.multiply($0, factor) }
    operation("packing", { Self.plaintext($0, n, p) }) { bgv.coefficients(fromSlots: $0) }
    operation("unpacking", { Self.plaintext($0, n, p) }) { bgv.slots(fromCoefficients: $0) }

    struct Secrets: ~Copyable {
      let message: SecretBuffer<UInt128>
      let multiplicand: Poly<Evaluations>
      let coins: EncryptionCoins
      let noise: WideIntegers
    }
    func secrets(_ seed: [UInt8]) -> Secrets {
      var sampler = SecretSampler(PRG(seed: seed))
      let message = sampler.plaintext(count: n, modulus: p)
      let multiplicand = bgv.multiplicand(coefficients: message)
      let coins = EncryptionCoins(parameters, from: &sampler)
      return Secrets(
        message: message, multiplicand: multiplicand, coins: coins, noise: bgv.drowningNoise(from: &sampler))
    }
    var sampler = SecretSampler(PRG(seed: [UInt8](repeating: 3, count: 32)))
    let a = parameters.basis.uniform(seed: [UInt8](repeating: 4, count: 32), label: "a")
    let publicKey = bgv.generateKey(EpochKey.self, a: a, from: &sampler).publicKey
    operation("encrypt", secrets) { bgv.encrypt($0.message, coins: $0.coins, under: publicKey) }
    let ciphertext = bgv.encrypt(
      sampler.plaintext(count: n, modulus: p), coins: EncryptionCoins(parameters, from: &sampler), under: publicKey)
    operation("reply with drowning", secrets) {
      bgv.reply(
        [(ciphertext, $0.multiplicand)], mask: $0.message, coins: $0.coins, drowning: $0.noise, under: publicKey)
    }

    // The same public reply under a fixed or a fresh key: what it decrypts to is as secret as the key.
    let first = secrets([UInt8](repeating: 6, count: 32))
    let reply = bgv.reply(
      [(ciphertext, first.multiplicand)], mask: first.message, coins: first.coins, drowning: first.noise,
      under: publicKey)
    operation(
      "decrypt",
      { seed in
        var sampler = SecretSampler(PRG(seed: seed))
        return bgv.generateKey(EpochKey.self, a: a, from: &sampler)
      },
      { bgv.decrypt(reply, with: $0) })
  }
}
