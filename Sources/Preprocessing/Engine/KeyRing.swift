internal import Cryptography
public import LatticeEncryption
internal import MPCCore
internal import Synchronization
internal import ZeroKnowledge

/// The keys of one role as one party holds them: its own secret key, everybody's public keys, and how many replies it
/// has made under each. The secret is wiped when the last reference goes.
///
/// A reply hides its multiplicand up to 2^−s only if at most 2^lifetime replies are made under one key
/// (`NoiseBudget`); `countReplies(_:to:)` refuses more.
public final class KeyRing<Role: KeyRole>: Sendable {
  let secret: SecretKey<Role>
  /// By party, the own one included.
  public let publicKeys: [PublicKey<Role>]
  /// By party, the same with what their proofs said; empty in the passive scheme.
  let provenKeys: [ProvenKey<Role>]
  /// How many replies under one key the drowning noise allows.
  public let replyLimit: Int
  private let replies: Mutex<[Int]>
  /// By owner, fingerprints of the operands that came under its key: at most `replyLimit` of 16 bytes, as every operand
  /// takes a reply.
  private let operands: Mutex<[Set<Fingerprint>]>

  init(secret: consuming SecretKey<Role>, publicKeys: [PublicKey<Role>], provenKeys: [ProvenKey<Role>], replyLimit: Int)
  {
    precondition(provenKeys.isEmpty || provenKeys.map(\.publicKey) == publicKeys, "the proofs are of these keys")
    self.secret = secret
    self.publicKeys = publicKeys
    self.provenKeys = provenKeys
    self.replyLimit = replyLimit
    replies = Mutex([Int](repeating: 0, count: publicKeys.count))
    operands = Mutex([Set<Fingerprint>](repeating: [], count: publicKeys.count))
  }

  /// Counts replies before they are made.
  /// - Throws: `localFailure` when the key's lifetime would be exceeded; then nothing may be sent.
  func countReplies(_ count: Int, to owner: PartyID) throws(ProtocolAbort) {
    let made = replies.withLock { replies in
      replies[owner.index] += count
      return replies[owner.index]
    }
    guard SecurityCheck.replyLifetime.holds(made <= replyLimit) else {
      throw .localFailure(
        step: StepLabel("LowGear", 2),
        detail: "\(made) replies under one key of \(owner), role \(Role.name), where the drowning noise allows "
          + "\(replyLimit); start a new epoch or session earlier, or choose a parameter set with a longer lifetime")
    }
  }

  /// Remembers operands as they came, and tells whether `owner` never sent one of them under this key before (attack
  /// B18): operands are uniform, so honest ones differ.
  /// - Throws: `localFailure` beyond the key's lifetime, which bounds what is remembered.
  func areFresh(_ ciphertexts: [Ciphertext<Role>], of owner: PartyID) throws(ProtocolAbort) -> Bool {
    let fingerprints = ciphertexts.map { Fingerprint($0) }
    let (areFresh, count) = operands.withLock { operands in
      var areFresh = true
      for fingerprint in fingerprints {
        let (isNew, _) = operands[owner.index].insert(fingerprint)
        areFresh = isNew && areFresh
      }
      return (areFresh, operands[owner.index].count)
    }
    guard count <= replyLimit else {
      throw .localFailure(
        step: StepLabel("LowGear", 1),
        detail: "\(count) operands under one key of \(owner), role \(Role.name), which allows \(replyLimit) replies; "
          + "start a new epoch earlier, or choose a parameter set with a longer lifetime")
    }
    return areFresh
  }

  /// How many replies this party has made, by owner of the key.
  public var replyCounts: [Int] { replies.withLock { $0 } }
}

/// 16 bytes of a hash of a ciphertext's residues modulo the first prime: who repeats a ciphertext repeats them, and two
/// honest ones share them with probability 2^−128.
private struct Fingerprint: Hashable {
  let bytes: [UInt8]

  init<Role: KeyRole>(_ ciphertext: Ciphertext<Role>) {
    var hash = SHA256()
    // Words hold any bit pattern and have no padding: their bytes may be read.
    ciphertext.c0.withLimb(0) { unsafe hash.update($0.bytes) }
    ciphertext.c1.withLimb(0) { unsafe hash.update($0.bytes) }
    bytes = Array(hash.finalize().prefix(16))
  }
}
