// Fuzz entry for the decoders of ciphertexts, seeded ciphertexts, replies and public keys.
// Scripts/fuzz FuzzLattice builds it as a static library and runs it.
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore

/// Toy rings: one with byte-aligned coefficients, one whose coefficients straddle bytes and words.
private let parameterSets: [Parameters] = {
  var odd = InsecureToy257.literal(ringDegree: 16)
  odd.ringPrimes = [.init(bits: 45, count: 3), .init(bits: 37, count: 2)]
  return [try? InsecureToy257.parameters(ringDegree: 16), try? Parameters(insecure: odd)].compactMap { $0 }
}()

/// One input: the first byte chooses set and object (or the verifiers of proofs), the rest is the payload.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCiphertexts(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let bytes = unsafe bytes, count > 0 else { return 0 }
  precondition(parameterSets.count == 2, "the toy sets are valid")
  let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  let parameters = parameterSets[Int(input[0] & 1)]
  let payload = Array(input[1...])
  if input[0] & 8 != 0 {
    guard let proofTargets else { preconditionFailure("the toy set of the proofs is valid") }
    let proof: ProofTargets.Proof = input[0] & 4 == 4 ? .plaintext : input[0] & 1 == 1 ? .constant : .key
    proofTargets.check(payload, proof, asDifference: input[0] & 2 == 2)
    return 0
  }
  var reader = WireReader(payload)
  var writer = WireWriter(byteCount: payload.count)
  let expected: Int
  do throws(WireError) {
    switch input[0] >> 1 & 3 {
    case 0:
      expected = Ciphertext<EpochKey>.encodedByteCount(parameters)
      try Ciphertext<EpochKey>(from: &reader, parameters).encode(into: &writer, parameters)
    case 1:
      expected = Reply<EpochKey>.encodedByteCount(parameters)
      try Reply<EpochKey>(from: &reader, parameters).encode(into: &writer, parameters)
    case 2:
      expected = SeededCiphertext<EpochKey>.encodedByteCount(parameters)
      try SeededCiphertext<EpochKey>(from: &reader, parameters).encode(into: &writer, parameters)
    default:
      expected = PublicKey<EpochKey>.encodedByteCount(parameters)
      let a = Poly<Evaluations>(zeroOfDegree: parameters.ringDegree, limbCount: parameters.primeCount)
      try PublicKey<EpochKey>(from: &reader, parameters, a: a).encode(into: &writer, parameters)
    }
  } catch {
    return 0
  }
  let consumed = payload.count - reader.remaining
  precondition(consumed == expected, "a decoder took another number of bytes than the shape says")
  let encoded = writer.finish()
  precondition(payload.starts(with: encoded), "decoding and encoding is not the identity")
  return 0
}
