#if KILL_MATRIX
internal import Foundation
#endif

/// The checks and rules that stop cheating parties, by name.
///
/// A check is written at its place as `guard SecurityCheck.NAME.holds(condition) else { throw … }`, a rule that decides what
/// is computed as `if SecurityCheck.NAME.isKept { … }`. In every build that anybody runs the first is the condition and the
/// second is `true`, and nothing else. The *kill-matrix* build (`Scripts/kill-matrix`; debug only, a release build with its
/// flag is a compile error) lets one of them be disabled by name, to show that at least one cheating fixture then goes
/// undetected: a check that nothing would miss is not tested, or not needed. Which fixtures: the field `fixtures`.
public enum SecurityCheck: String, CaseIterable, Sendable {
  // MARK: Frames

  /// A frame starts with our magic.
  case frameMagic
  /// A frame has our protocol version.
  case frameVersion
  /// A frame belongs to this session.
  case frameSession
  /// A frame names the party whose link it came over.
  case frameSender
  /// A frame belongs to the current round of its channel: no replay, duplicate or change of order.
  case frameRound
  /// A frame holds the message that is due.
  case frameKind
  /// A frame has the one length that is due.
  case frameLength
  /// A control frame carries nothing: channel 0, round 0, no payload.
  case controlFrameForm
  /// A message uses up its payload.
  case payloadUsedUp
  /// Bytes sent ahead on other channels are bounded.
  case unreadLimit
  /// Frames that nobody received end a session that would finish.
  case framesLeftOver
  /// A peer that sends faster than the program receives is left waiting in the network.
  case backPressure
  /// An abort is told to all peers.
  case abortIsTold
  /// Nothing is sent after an abort.
  case silenceAfterAbort
  /// A silent peer is waited for no longer than the deadline.
  case receiveDeadline
  /// A peer that sends signs of life and nothing else is waited for no longer than the total deadline.
  case totalReceiveDeadline
  /// Field elements are below p: every value has one encoding.
  case canonicalFieldElement

  // MARK: Links

  /// A TLS peer shows a pinned certificate.
  case certificatePinned
  /// A TLS client shows a certificate at all.
  case certificateRequired
  /// The certificate is that of the party the link is to, or that the peer says it is.
  case certificateOfTheParty
  /// The certificate has not expired.
  case certificateNotExpired
  /// The certificate is valid already.
  case certificateAlreadyValid
  /// TLS 1.3 only.
  case tlsVersion
  /// The first bytes of a connection are a greeting.
  case greetingForm
  /// The party that answers says that it is the one we called.
  case greetingSender
  /// The party that called means us.
  case greetingReceiver
  /// Both sides mean as many parties.
  case greetingPartyCount
  /// Both sides mean the same session or configuration.
  case greetingSession
  /// The parties of a session have the same manifest: protocol, security, parameters, program.
  case manifestsAgree
  /// A party has one link; a second connection in its name is refused.
  case oneLinkPerParty
  /// Unfinished incoming connections are bounded.
  case pendingConnectionLimit
  /// A handshake that takes too long is given up.
  case handshakeDeadline
  /// The private key's file is readable by its owner only.
  case privateKeyFileMode

  // MARK: Commitments, coins, broadcasts

  /// An opening matches its commitment.
  case commitmentOpening
  /// The session is in the hash of a commitment.
  case commitmentSession
  /// The committer's number is in the hash of a commitment.
  case commitmentParty
  /// The counter, with the channel, is in the hash of a commitment.
  case commitmentCounter
  /// A coin is known to nobody before all have committed to their part of it.
  case unpredictableCoin
  /// Every check tosses its own coin.
  case freshCoin
  /// The broadcast transcripts T agree before anything is opened.
  case transcriptBeforeOpening
  /// The transcripts inside the opened σ agree.
  case transcriptInMACCheck
  /// The transcripts agree where broadcasts were made and nothing was opened.
  case transcriptWithoutOpenings

  // MARK: MAC checks, and when they are due

  /// The σ_i of a MAC check sum to 0.
  case macCheckSum
  /// Every opened value goes into the ledger of the next check.
  case everyOpeningChecked
  /// Everything opened is checked before shares of an output are sent.
  case checkBeforeOutput
  /// An output is checked before it is returned.
  case checkAfterOutput
  /// Everything opened is checked before shares of a statistically masked value are sent.
  case checkBeforeMaskedOpening
  /// Everything opened is checked before forks use it.
  case checkBeforeForks
  /// A fork's openings are checked before its results come back.
  case checkAtForkEnd
  /// One MAC check per key at a time, on whatever channel.
  case oneMACCheckAtATime
  /// A MAC check keeps the gate until its verdict, not until its last message.
  case verdictInsideGate
  /// The parties enter the gate in one order.
  case checksInOneOrder
  /// A check that meets a destroyed key sends no σ.
  case noSigmaAfterAbort
  /// The zeros of the digit proof of range-checked inputs are checked.
  case digitProofZero

  // MARK: Ends

  /// A session repeats its abort for ever.
  case abortIsTerminal
  /// An abort closes the gate to whoever waits for a check.
  case gateClosedByAbort
  /// An abort wipes the MAC key share.
  case macKeyWipedByAbort
  /// An abort destroys the preprocessed material.
  case materialDestroyedByAbort

  // MARK: Zero-knowledge proofs

  /// A proof has the one length that the parameters prescribe.
  case proofLength
  /// The responses of key and constant proofs are within their bounds.
  case exactResponseBound
  /// The commitments of a key or constant proof hash to its challenge.
  case exactProofChallenge
  /// The response z for the plaintext is within its bound.
  case plaintextBound
  /// The responses T for the encryption's randomness are within their bounds.
  case encryptionRandomnessBound
  /// The commitments of a proof of plaintext knowledge hash to its challenge.
  case plaintextProofChallenge
  /// Responses are in their one encoding.
  case canonicalResponse
  /// Residues of ciphertexts and keys are below their primes: every polynomial has one encoding.
  case canonicalResidues
  /// The element a of a public key is the one of the joint coin.
  case keyElementFromCoin
  /// The key of a proof is the prover's, of the epoch.
  case keyOfTheProver
  /// Session in the hash of a proof.
  case proofSession
  /// Prover in the hash of a proof.
  case proofProver
  /// All numbers of the parameter set in the hash of a proof.
  case proofParameters
  /// Epoch and batch in the hash of a proof.
  case proofEpochAndBatch
  /// The key's role in the hash of a proof.
  case proofRole
  /// The ciphertexts in the hash of a proof of plaintext knowledge.
  case proofStatement

  // MARK: Preprocessing

  /// All parties run the same parameters.
  case parametersAgree
  /// The combination of a batch of tag-product tuples has a right MAC, and what must be zero is.
  case batchCheck
  /// The sacrifice of classic triples: ρ has a right MAC and τ is zero.
  case sacrifice
  /// No operand comes twice under a key.
  case duplicateCiphertext
  /// The proof of an operand is accepted before anything is multiplied into it.
  case operandProof
  /// Rule: operands and MAC key shares are encrypted under independent keys.
  case twoKeys
  /// A later session's set-up encrypts the MAC key shares of the earlier one.
  case laterSessionHasTheKey
  /// Rule: the mask of a batch check is a step-3 value.
  case stepThreeMask
  /// Rule: a key epoch is over before anything made in it is used.
  case epochRetirement
  /// Rule: what a packing declares zero is checked to be zero.
  case zeroRule
  /// Rule: τ of the classic sacrifice is never opened. Disabled, parties have one key pair as well: with two, an opened τ
  /// helps no forger.
  case tauNeverOpened
  /// A key is replied under no oftener than its drowning noise allows.
  case replyLifetime
  /// A party that retires an epoch means the one that ends.
  case retiredEpochNumber
  /// The masked combinations of bounded values are in their interval.
  case boundedValueInterval
  /// A party that never shows a masked combination is refused after the last attempt.
  case boundedValueAttempts

  // MARK: Stores

  /// A store is what its opener expects: field, mode, parties, session, parameters.
  case storeHeaderExpected
  /// The stores of all parties have the same header.
  case storeHeadersAgree
  /// A store belongs to the party that uses it.
  case storeOfTheParty
  /// All parties go on behind the highest cursor that one of them reports: no item of a restored backup is used again.
  case highestCursor
  /// Segments are used only if all parties made them in the same run.
  case segmentsOfOneRun
  /// The records that a peer announces are bounded before memory is set apart for them.
  case storeRecordLimits
  /// The records of a peer's store are in order, positive and below the largest position.
  case storeRecordOrder
  /// A store rests only when everything opened from its material is checked.
  case settledAfterCheck
  /// The parties agree on cursors before anything stored is used.
  case agreementBeforeUse
  /// Three and more parties compare T before they adopt what a party reported of its store.
  case transcriptBeforeAdoption
  /// A store that something was undecided in when its process died is destroyed.
  case undecidedStoreDestroyed
  /// A destroyed store whose key file was put back stays destroyed.
  case destroyedStoreStaysDead
  /// Rows of the catalogue carry a right seal.
  case catalogueSeal
  /// Segment files have the length that the catalogue says.
  case segmentLength
  /// Segment files are those of this store and number.
  case segmentHeader
  /// Chunks of material authenticate.
  case chunkSeal
  /// The sealed keys belong to the header.
  case storedKeyHeader
  /// The MAC key share is the one that the header commits to.
  case storedKeyCommitment
  /// The store key is the one that the store was sealed under.
  case storeKeyIdentifier
  /// One process at a time has a store open.
  case storeLock
  /// The store's directory can be changed by its owner only.
  case storeDirectoryMode
  /// The file with the sealed keys is readable by its owner only.
  case sealedKeysFileMode
  /// The store key's file is readable by its owner only.
  case storeKeyFileMode
}

extension SecurityCheck {
  /// Whether the check passes: `condition`, unless this is the one check that a kill-matrix build runs without.
  @inlinable @inline(__always)
  public func holds(_ condition: @autoclosure () -> Bool) -> Bool {
    #if KILL_MATRIX
    let passes = condition()
    return passes || self == Self.disabled
    #else
    return condition()
    #endif
  }

  /// Whether the rule is followed: yes, unless this is the one rule that a kill-matrix build runs without.
  @inlinable @inline(__always)
  public var isKept: Bool {
    #if KILL_MATRIX
    return self != Self.disabled
    #else
    return true
    #endif
  }
}

#if KILL_MATRIX
#if !DEBUG
#error("KILL_MATRIX disables security checks: it builds in the debug configuration only")
#endif

extension SecurityCheck {
  /// The check that this process runs without: named by `SPDZ_DISABLED_CHECK`, none by default.
  public static let disabled: SecurityCheck? = ProcessInfo.processInfo.environment["SPDZ_DISABLED_CHECK"]
    .flatMap(SecurityCheck.init(rawValue:))

  /// Whether this process runs with one key pair a party.
  public static var usesOneKey: Bool { disabled == .twoKeys || disabled == .tauNeverOpened }
}
#endif
