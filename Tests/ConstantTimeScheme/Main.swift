internal import CMemcheck
internal import Cryptography
internal import FieldArithmetic
internal import Foundation
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore

/// Runs every operation of the encryption scheme, the prover of plaintext knowledge and field arithmetic on secrets that memcheck is told are undefined; a branch or an address
/// that depends on one of them is an error. Started by `Scripts/constant-time` on the release build.
///
/// `constant-time-check leak` branches on a secret on purpose: the check has to see it.
///
/// `constant-time-check timing` measures times instead, without valgrind (`Timing`).
///
/// Rejection samplers are not covered by the marks: they decide on candidates, which memcheck cannot tell from the values kept.
@main
struct ConstantTimeScheme {
  static func main() throws {
    if CommandLine.arguments.dropFirst().first == "timing" { exit(try Timing.run()) }
    guard memcheck_is_active() == 1 else {
      print("not under valgrind (or built without valgrind's header): nothing is checked")
      exit(2)
    }
    let leak = CommandLine.arguments.dropFirst().first == "leak"
    for parameters in [
      try InsecureToy64.shrinking(.a, toRingDegree: 256), try InsecureToy64.shrinking(.b, toRingDegree: 256),
    ] {
      try check(parameters, leak: leak)
      checkProver(try BGV(parameters))
    }
    checkField(P127.self)
    checkField(P61.self)
    let errors = memcheck_error_count()
    print("\(errors) branches or addresses depend on secrets")
    exit(errors == 0 ? 0 : 9)
  }

  static func secret<T>(_ buffer: inout SecretBuffer<T>) {
    buffer.withMutableSpan { span in
      unsafe span.withUnsafeBytes { unsafe memcheck_mark_secret($0.baseAddress, $0.count) }
    }
  }

  static func secret(copying values: [Int8]) -> SecretBuffer<Int8> {
    var buffer = SecretBuffer(copying: values)
    secret(&buffer)
    return buffer
  }

  static func check(_ parameters: Parameters, leak: Bool) throws {
    let bgv = try BGV(parameters)
    let n = parameters.ringDegree
    var sampler = SecretSampler(PRG(seed: [UInt8](repeating: 3, count: 32)))
    // Plans and tables are made by a first run on public values.
    for round in 0..<2 {
      let marks = round == 1
      func small(_ buffer: consuming SecretBuffer<Int8>) -> [Int8] { buffer.withSpan { s in (0..<n).map { s[$0] } } }
      func marked(_ values: [Int8]) -> [Int8] {
        if marks { unsafe values.withUnsafeBytes { unsafe memcheck_mark_secret($0.baseAddress, $0.count) } }
        return values
      }
      let a = parameters.basis.uniform(seed: [UInt8](repeating: 4, count: 32), label: "a")
      let key: SecretKey<EpochKey> = bgv.generateKey(
        a: a, secret: SecretBuffer(copying: marked(small(sampler.ternary(count: n)))),
        error: SecretBuffer(copying: marked(small(sampler.centredBinomial(count: n, parameter: 21)))))
      var m = sampler.plaintext(count: n, modulus: bgv.plaintextModulus)
      var x = sampler.plaintext(count: n, modulus: bgv.plaintextModulus)
      var r = sampler.plaintext(count: n, modulus: bgv.plaintextModulus)
      if marks {
        secret(&m)
        secret(&x)
        secret(&r)
      }
      func coins() -> EncryptionCoins {
        EncryptionCoins(
          u: marked(small(sampler.ternary(count: n))),
          v: marked(small(sampler.centredBinomial(count: n, parameter: 21))),
          w: marked(small(sampler.centredBinomial(count: n, parameter: 21))))
      }
      var noise = bgv.drowningNoise(from: &sampler)
      if marks { secret(&noise) }
      let packed = bgv.coefficients(fromSlots: m)
      let ciphertext = bgv.encrypt(packed, coins: coins(), under: key.publicKey)
      let scalar = x.withSpan { $0[0] }
      let products = bgv.add(
        bgv.multiply(ciphertext, by: bgv.multiplicand(slots: x)),
        bgv.multiply(bgv.doubled(ciphertext), by: bgv.multiplicand(constant: scalar)))
      let reply = bgv.reply(
        [(products, bgv.multiplicand(coefficients: x))], mask: r, coins: coins(), drowning: noise, under: key.publicKey)
      let share = bgv.slots(fromCoefficients: bgv.decrypt(reply, with: key))
      if leak && marks {
        let first = share.withSpan { $0[0] }
        print(first & 1 == 0 ? "even" : "odd")
      }
      // The binomial sampler has no rejection: a secret seed makes its whole key stream secret.
      let seed = [UInt8](repeating: 5, count: 32)
      if marks { unsafe seed.withUnsafeBytes { unsafe memcheck_mark_secret($0.baseAddress, $0.count) } }
      var secretStream = SecretSampler(PRG(seed: seed))
      let errors = secretStream.centredBinomial(count: n, parameter: 21)
      withExtendedLifetime(errors.count) {}
    }
  }
}
