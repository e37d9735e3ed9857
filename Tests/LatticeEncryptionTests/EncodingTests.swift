import Cryptography
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

/// Writes `width` bits at a bit offset of a packed vector.
private func store(_ value: UInt64, width: Int, atBit start: Int, in bytes: inout [UInt8]) {
  for k in 0..<width {
    let (byte, bit) = ((start + k) / 8, UInt8((start + k) % 8))
    bytes[byte] = bytes[byte] & ~(1 << bit) | UInt8(value >> UInt64(k) & 1) << bit
  }
}

private func encoded(_ body: (inout WireWriter) -> Void) -> [UInt8] {
  var writer = WireWriter(byteCount: 0)
  body(&writer)
  return writer.finish()
}

private func decodedCiphertext(_ bytes: [UInt8], _ parameters: Parameters) throws(WireError) -> Ciphertext<EpochKey> {
  var reader = WireReader(bytes)
  return try Ciphertext(from: &reader, parameters)
}

@Suite struct EncodingTests {
  /// Primes of 45 and 37 bits, so that coefficients straddle bytes and words.
  static func oddWidths() throws -> Parameters {
    var literal = InsecureToy257.literal(ringDegree: 16)
    literal.ringPrimes = [.init(bits: 45, count: 3), .init(bits: 37, count: 2)]
    return try Parameters(insecure: literal)
  }

  @Test func everyObjectSurvivesTheWireWithItsExactLength() throws {
    for parameters in try toySets() + [Self.oddWidths()] {
      var f = try SchemeFixture(parameters, seed: 20)
      let m = f.plaintext()
      let c = f.encrypt(m)
      let cBytes = encoded { c.encode(into: &$0, parameters) }
      #expect(cBytes.count == Ciphertext<EpochKey>.encodedByteCount(parameters))
      #expect(try decodedCiphertext(cBytes, parameters) == c)

      let mask = f.plaintext()
      let reply = f.bgv.reply(
        [(c, f.bgv.multiplicand(constant: 1))], mask: mask, under: f.key.publicKey, from: &f.sampler)
      let rBytes = encoded { reply.encode(into: &$0, parameters) }
      #expect(rBytes.count == Reply<EpochKey>.encodedByteCount(parameters))
      var reader = WireReader(rBytes)
      #expect(try Reply<EpochKey>(from: &reader, parameters) == reply)
      #expect(reader.remaining == 0)

      let seeded = f.bgv.encryptSeeded(m, seed: [UInt8](repeating: 7, count: 32), with: f.key, from: &f.sampler)
      let sBytes = encoded { seeded.encode(into: &$0, parameters) }
      #expect(sBytes.count == SeededCiphertext<EpochKey>.encodedByteCount(parameters))
      reader = WireReader(sBytes)
      #expect(try SeededCiphertext<EpochKey>(from: &reader, parameters) == seeded)

      let pk = f.key.publicKey
      let pBytes = encoded { pk.encode(into: &$0, parameters) }
      #expect(pBytes.count == PublicKey<EpochKey>.encodedByteCount(parameters))
      reader = WireReader(pBytes)
      #expect(try PublicKey<EpochKey>(from: &reader, parameters, a: pk.a) == pk)
    }
  }

  @Test func packingOfSetAIs48BitsACoefficient() throws {
    let a = try Parameters(validating: .a)
    #expect(Ciphertext<EpochKey>.encodedByteCount(a) == 2 * 16384 * 9 * 6)
    #expect(Reply<EpochKey>.encodedByteCount(a) == 2 * 16384 * 3 * 6)
    #expect(ParameterReport(a).ciphertextBytes == Ciphertext<EpochKey>.encodedByteCount(a))
    #expect(ParameterReport(a).replyBytes == Reply<EpochKey>.encodedByteCount(a))
    #expect(ParameterReport(a).publicKeyBytes == PublicKey<EpochKey>.encodedByteCount(a))
    #expect(ParameterReport(a).seededCiphertextBytes == SeededCiphertext<EpochKey>.encodedByteCount(a))
  }

  @Test func everyTruncationIsRefused() throws {
    for parameters in [try InsecureToy257.parameters(ringDegree: 16), try Self.oddWidths()] {
      var f = try SchemeFixture(parameters, seed: 21)
      let m = f.plaintext()
      let c = f.encrypt(m)
      let bytes = encoded { c.encode(into: &$0, parameters) }
      for length in 0..<bytes.count {
        #expect(throws: WireError.truncated) { try decodedCiphertext(Array(bytes.prefix(length)), parameters) }
      }
    }
  }

  @Test func everyCoefficientPositionIsRangeChecked() throws {
    for parameters in [try InsecureToy257.parameters(ringDegree: 16), try Self.oddWidths()] {
      var f = try SchemeFixture(parameters, seed: 22)
      let m = f.plaintext()
      let c = f.encrypt(m)
      let bytes = encoded { c.encode(into: &$0, parameters) }
      var limbStart = 0
      for _ in 0..<2 {
        for modulus in parameters.basis.moduli {
          let q = modulus.value
          let width = 64 - q.leadingZeroBitCount
          for k in 0..<parameters.ringDegree {
            for (value, isValid) in [
              (q - 1, true), (0, true), (q, false), (q + 1, false), ((1 << UInt64(width)) - 1, false),
            ] {
              var changed = bytes
              store(value, width: width, atBit: limbStart + k * width, in: &changed)
              if isValid {
                let decoded = try decodedCiphertext(changed, parameters)
                #expect(encoded { decoded.encode(into: &$0, parameters) } == changed)
              } else {
                #expect(throws: WireError.nonCanonical) { try decodedCiphertext(changed, parameters) }
              }
            }
          }
          limbStart += (parameters.ringDegree * width + 7) / 8 * 8
        }
      }
      #expect(limbStart == 8 * bytes.count)
    }
  }

  @Test func randomBytesDecodeToTheOneEncodingOrNotAtAll() throws {
    let parameters = try Self.oddWidths()
    let count = Ciphertext<EpochKey>.encodedByteCount(parameters)
    var generator = SplitMix(seed: 23)
    var f = try SchemeFixture(parameters, seed: 23)
    let m = f.plaintext()
    let c = f.encrypt(m)
    let valid = encoded { c.encode(into: &$0, parameters) }
    var accepted = 0
    for _ in 0..<3000 {
      var bytes = valid
      for _ in 0..<Int(generator.next() % 4 + 1) {
        bytes[Int(generator.next() % UInt64(count))] ^= UInt8(truncatingIfNeeded: generator.next())
      }
      do throws(WireError) {
        let decoded = try decodedCiphertext(bytes, parameters)
        #expect(encoded { decoded.encode(into: &$0, parameters) } == bytes)
        accepted += 1
      } catch {
        #expect(error == .nonCanonical)
      }
    }
    #expect(accepted > 0)
  }
}
