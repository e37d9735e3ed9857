/// How a batch of `capacity` equal bilinear maps C = f(A, B) is laid out in plaintexts: pure data, no secrets.
///
/// The owner of a key encrypts one operand of every map, each entry exactly once; the other party multiplies its share
/// of the other operand in (for C) and then its share of that operand's tags (for the tag of C), with the same layout.
/// Entry i of map t has number t·count + i in the batch. `Papers/Packings.md` explains the layouts.
///
/// A plaintext has N *positions*: what the first `transformLayers` layers of the packing transform make of its
/// coefficients: 0 layers are the coefficients themselves, log2 N layers are slots, and between these N/d = 2^layers
/// independent polynomials modulo X^d − ζ_t lie one after the other. A constant multiplies positions of any kind, so
/// the tag share α_j·A lies where A does.
public protocol BilinearPacking: Sendable, CustomStringConvertible {
  /// The shape of every map of a batch.
  var shape: BilinearShape { get }
  /// The operand that is encrypted; the other one is multiplied in.
  var encryptedOperand: BilinearShape.Operand { get }
  /// Maps in a batch.
  var capacity: Int { get }
  /// N.
  var ringDegree: Int { get }
  /// Layers of the packing transform between coefficients and positions.
  var transformLayers: Int { get }

  /// Ciphertexts the encrypted operand takes.
  var ciphertextCount: Int { get }
  /// The entry of the encrypted operand at each of the N positions of ciphertext k, −1 for none.
  func encryptedEntries(ciphertext k: Int) -> [Int32]
  /// Whether values that a cheater encrypts at positions without an entry can reach C. Then every such position is
  /// *declared zero*: it is entered in the MAC check with public value 0 and its real tag.
  ///
  /// False for slots, whose products are pointwise: a stray slot reaches only its own output slot, which is either
  /// ignored or multiplied by the multiplier's zero.
  var declaresZeros: Bool { get }

  /// Replies that carry C (and as many that carry its tag).
  var replyCount: Int { get }
  /// The ciphertexts that reply j sums products of.
  func terms(reply j: Int) -> Range<Int>
  /// How multiplicands are encoded.
  var multiplicandLayout: MultiplicandLayout { get }
  /// The entry of the multiplied operand at each value of the multiplicand for ciphertext k in reply j, −1 for zero;
  /// `multiplicandLayout` says what values are.
  func multiplicandEntries(reply j: Int, ciphertext k: Int) -> [Int32]
  /// Coefficients of a multiplicand that can be nonzero: with the number of terms, the weight of a reply.
  var multiplicandSparsity: Int { get }

  /// The largest weight of a reply. A requirement, as the choice of a packing asks hundreds of candidates, and only the
  /// packing itself knows it without walking through all replies.
  var largestWeight: Int { get }
  /// Where C lies in the positions of decrypted reply j. Several outputs, of one reply or of several, may have the same
  /// entry: the entry is their sum.
  func outputs(reply j: Int) -> [PackedOutput]
}

/// What the values of a multiplicand are.
public enum MultiplicandLayout: Hashable, Sendable {
  /// N positions, as of the encrypted operand.
  case positions
  /// `count` block values, slot t·N/count … is value t: a polynomial in X^(N/count), one transform of size `count`.
  case blocks(count: Int)
}

/// One position of a reply and the entry of C that its value is, or is a summand of.
public struct PackedOutput: Hashable, Sendable {
  /// 0 ..< N.
  public let position: Int32
  /// Entry of the batch's C.
  public let entry: Int32

  init(position: Int, entry: Int) {
    self.position = Int32(truncatingIfNeeded: position)
    self.entry = Int32(truncatingIfNeeded: entry)
  }
}

extension BilinearPacking {
  /// The operand that is multiplied in, by shares and by tag shares.
  public var multipliedOperand: BilinearShape.Operand { encryptedOperand.other }
  /// Entries of the encrypted operand in a batch.
  public var encryptedEntryCount: Int { capacity * shape.count(encryptedOperand) }
  /// Entries of the multiplied operand in a batch.
  public var multipliedEntryCount: Int { capacity * shape.count(multipliedOperand) }
  /// Entries of C in a batch.
  public var outputEntryCount: Int { capacity * shape.outputCount }

  /// The positions of ciphertext k that are declared zero.
  public func declaredZeros(ciphertext k: Int) -> [Int] {
    declaresZeros ? encryptedEntries(ciphertext: k).indices(where: -1) : []
  }

  /// Coefficients that can be nonzero in the multiplicands of reply j together.
  public func weight(reply j: Int) -> Int { terms(reply: j).count * multiplicandSparsity }

  /// The largest weight of a reply.
  public var largestWeight: Int { (0..<replyCount).reduce(0) { max($0, weight(reply: $1)) } }

  /// Replies on the encrypted MAC keys that authenticate the multiplied operand.
  ///
  /// Its *dense layout*: entry i is coefficient i mod N of reply ⌊i/N⌋; the key share is a constant, so no transform is
  /// needed.
  public var denseReplyCount: Int { (multipliedEntryCount + ringDegree - 1) / ringDegree }

  /// The entries of the multiplied operand in dense reply j, at coefficients 0, 1, ….
  public func denseEntries(reply j: Int) -> Range<Int> {
    precondition((0..<denseReplyCount).contains(j), "a dense reply of the packing")
    return j * ringDegree..<min((j + 1) * ringDegree, multipliedEntryCount)
  }
}

extension [Int32] {
  func indices(where value: Int32) -> [Int] { self.indices.filter { self[$0] == value } }
}
