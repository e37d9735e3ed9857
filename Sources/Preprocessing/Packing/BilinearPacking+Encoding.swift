public import LatticeEncryption
public import MPCCore

// From entries to plaintexts, multiplicands and sums, and back. Entries and positions are integers in [0, p)
// (`BGV.integers`, `BGV.elements`); gather indices are public, values secret.
extension BilinearPacking {
  /// The plaintext coefficients of ciphertext k of the encrypted operand.
  ///
  /// - Parameter entries: `encryptedEntryCount` of them.
  public func plaintext(
    ciphertext k: Int, entries: borrowing SecretBuffer<UInt128>, using bgv: BGV
  ) -> SecretBuffer<UInt128> {
    check(bgv)
    precondition(entries.count == encryptedEntryCount, "the encrypted operand of a batch")
    return coefficients(ofPositions: gather(encryptedEntries(ciphertext: k), from: entries), using: bgv)
  }

  /// Adds the entries of the encrypted operand in ciphertext k, read off its positions, to `entries`: of the tag reply,
  /// or of the owner's own plaintext.
  public func scatter(
    ciphertext k: Int, positions: borrowing SecretBuffer<UInt128>, into entries: inout SecretBuffer<UInt128>
  ) {
    precondition(
      positions.count == ringDegree && entries.count == encryptedEntryCount, "positions of one ciphertext of a batch")
    let map = encryptedEntries(ciphertext: k)
    entries.withMutableSpan { out in
      positions.withSpan { values in
        for (position, entry) in map.enumerated() where entry >= 0 { out[Int(entry)] = values[position] }
      }
    }
  }

  /// The values at the declared zeros of ciphertext k, in the order of ``declaredZeros(ciphertext:)``.
  public func declaredZeroValues(
    ciphertext k: Int, positions: borrowing SecretBuffer<UInt128>
  ) -> SecretBuffer<UInt128> {
    let zeros = declaredZeros(ciphertext: k)
    var result = SecretBuffer<UInt128>(count: zeros.count, repeating: 0)
    result.withMutableSpan { out in
      positions.withSpan { values in
        for (i, position) in zeros.enumerated() { out[i] = values[position] }
      }
    }
    return result
  }

  /// The multiplicand for ciphertext k in reply j: 1 ring element, made when it is needed.
  ///
  /// - Parameter entries: `multipliedEntryCount` shares of the multiplied operand, or of its tags.
  public func multiplicand(
    reply j: Int, ciphertext k: Int, entries: borrowing SecretBuffer<UInt128>, using bgv: BGV
  ) -> Poly<Evaluations> {
    let values = multiplicandValues(reply: j, ciphertext: k, entries: entries)
    switch multiplicandLayout {
    case .positions: return bgv.multiplicand(coefficients: coefficients(ofPositions: values, using: bgv))
    case .blocks: return bgv.multiplicand(blockValues: values)
    }
  }

  /// The values of that multiplicand.
  package func multiplicandValues(
    reply j: Int, ciphertext k: Int, entries: borrowing SecretBuffer<UInt128>
  ) -> SecretBuffer<UInt128> {
    precondition(entries.count == multipliedEntryCount, "the multiplied operand of a batch")
    return gather(multiplicandEntries(reply: j, ciphertext: k), from: entries)
  }

  /// The plaintext coefficients with given positions.
  public func coefficients(
    ofPositions positions: borrowing SecretBuffer<UInt128>, using bgv: BGV
  ) -> SecretBuffer<UInt128> {
    check(bgv)
    return bgv.coefficients(ofPositions: positions, layers: transformLayers)
  }

  /// The positions of plaintext coefficients: of a decrypted reply, or of a mask.
  public func positions(
    ofCoefficients m: borrowing SecretBuffer<UInt128>, using bgv: BGV
  ) -> SecretBuffer<UInt128> {
    check(bgv)
    return bgv.positions(ofCoefficients: m, layers: transformLayers)
  }

  /// c ← c + what the positions of reply j contribute to C.
  ///
  /// - Parameters:
  ///   - positions: N values in [0, p): of the owner's decrypted reply, or of the multiplier's negated mask.
  ///   - c: `outputEntryCount` values in [0, p), zero before the first reply.
  ///   - p: the modulus.
  public func accumulate(
    reply j: Int, positions: borrowing SecretBuffer<UInt128>, into c: inout SecretBuffer<UInt128>, modulus p: UInt128
  ) {
    precondition(
      positions.count == ringDegree && c.count == outputEntryCount && p < 1 << 127, "positions of one reply of a batch")
    let map = outputs(reply: j)
    c.withMutableSpan { out in
      positions.withSpan { values in
        for output in map {
          let sum = out[Int(output.entry)] + values[Int(output.position)]
          let reduced = sum &- p
          let borrowed = 0 &- (reduced >> 127)  // all ones if sum < p: p < 2^127, so both summands are
          out[Int(output.entry)] = reduced &+ (p & borrowed)
        }
      }
    }
  }

  private func gather(_ map: [Int32], from entries: borrowing SecretBuffer<UInt128>) -> SecretBuffer<UInt128> {
    var result = SecretBuffer<UInt128>(count: map.count, repeating: 0)
    result.withMutableSpan { out in
      entries.withSpan { values in
        for i in 0..<map.count where map[i] >= 0 { out[i] = values[Int(map[i])] }
      }
    }
    return result
  }

  private func check(_ bgv: BGV) {
    precondition(bgv.ringDegree == ringDegree, "the packing was made for another ring degree")
  }
}
