internal import FieldArithmetic
public import LatticeEncryption
internal import SecretSharing

/// Seconds of one core that the building blocks of the offline phase take: what a ``GenerationCost`` counts, times these,
/// is its estimate.
///
/// Either a rule of thumb for any machine (``init(ruleOfThumb:)``, the same everywhere, so that all parties divide a cost
/// alike) or measured on this one (``measure(_:_:cpuSeconds:)``). Proofs include the attempts that are thrown away:
/// e^(1/ω) of them on average.
public struct OfflineRates: Sendable, Hashable, Codable {
  /// A key pair of an epoch or session with its proof; verifying another party's.
  public var key = 0.0, keyCheck = 0.0
  /// An encrypted MAC key share with its proof; verifying another party's. 0 in passive sets.
  public var macKey = 0.0, macKeyCheck = 0.0
  /// A proof of plaintext knowledge, whatever number of ciphertexts it covers; verifying another party's. 0 in passive
  /// sets.
  public var proof = 0.0, proofCheck = 0.0
  /// A ciphertext: drawn, encrypted, sent, its part of a proof; received, its part of the verification, made multipliable.
  public var operand = 0.0, operandCheck = 0.0
  /// A reply with one product, made and sent; received and decrypted.
  public var reply = 0.0, receipt = 0.0
  /// N values as a factor of ciphertexts, from coefficients.
  public var factor = 0.0
  /// N values between slots and coefficients.
  public var slots = 0.0
  /// One more product of a ciphertext with a factor in a reply, the factor included.
  public var product = 0.0
  /// A multiplication in the field, in bulk.
  public var multiplication = 0.0
  /// A share drawn, and moved from the vector it is made in to the stock and out again.
  public var value = 0.0
  /// A value in a batch check, or a revealed one in a MAC check. 0 in passive sets.
  public var checkedValue = 0.0
  /// Square root and inverse that make a bit from a square.
  public var bit = 0.0

  /// Nothing takes time.
  init() {}

  /// Ratios as measured on one machine with AVX-512 IFMA kernels, scaled by the ring's size: a rule to compare by, no
  /// promise.
  public init(ruleOfThumb parameters: Parameters) {
    let element = 1e-9 * Double(parameters.ringDegree * parameters.primeCount)
    let active = parameters.literal.adversary == .active
    let repetitions = Double(parameters.literal.keyProofRepetitions)
    let rows = Double(parameters.budget.proofRowCount)
    (key, keyCheck) = active ? (9.8 * repetitions * element, 6.7 * repetitions * element) : (10 * element, 0)
    (macKey, macKeyCheck) = active ? (19.3 * repetitions * element, 12.9 * repetitions * element) : (0, 0)
    (proof, proofCheck) = active ? (28 * rows * element, 22 * rows * element) : (0, 0)
    (operand, operandCheck) = active ? (18 * element, 14 * element) : (6 * element, 3 * element)
    (reply, receipt) = (13 * element, 4.5 * element)
    (factor, slots, product) = (2 * element, 3 * element, 3.3 * element)
    multiplication = parameters.plaintext.value >> 64 == 0 ? 1.5e-9 : 4e-9
    checkedValue = active ? 8 * multiplication : 0
    value = 5 * multiplication
    bit = 60 * multiplication
  }

  /// The means of rates measured at once on several cores.
  public init(meanOf all: [OfflineRates]) {
    precondition(!all.isEmpty, "at least one measurement")
    for rate in Self.all {
      self[keyPath: rate] = all.reduce(0) { $0 + $1[keyPath: rate] } / Double(all.count)
    }
  }

  private static var all: [WritableKeyPath<OfflineRates, Double>] {
    [
      \.key, \.keyCheck, \.macKey, \.macKeyCheck, \.proof, \.proofCheck, \.operand, \.operandCheck, \.reply, \.receipt,
      \.factor, \.slots, \.product, \.multiplication, \.checkedValue, \.value, \.bit,
    ]
  }

  /// Seconds of a product whose factor has block values, against ``product``.
  func blockProduct(blocks: Int, parameters: Parameters) -> Double {
    let work = WorkEstimate(parameters)
    return product * work.blockProduct(blocks: blocks) / work.denseProduct
  }
}
