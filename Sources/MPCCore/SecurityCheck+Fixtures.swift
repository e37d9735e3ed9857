extension SecurityCheck {
  /// What shows that a check is needed.
  package enum Fixture: Hashable, Sendable {
    /// An attack of the catalogue of `CheatingParties`, by id.
    case attack(String)
    /// Tests, by target, suite and function.
    case test(String)
  }

  /// Attacks and tests of which at least one must fail when the check is disabled; `Scripts/kill-matrix` runs them. Empty
  /// if and only if ``redundancy`` says why nothing can fail.
  package var fixtures: [Fixture] {
    switch self {
    case .frameMagic, .frameVersion: [.test("TransportTests.FrameTests"), .test("TransportTests.MisbehaviourTests")]
    case .frameSession, .frameSender, .frameKind, .frameLength:
      [.test("TransportTests.FrameTests"), .test("TransportTests.MisbehaviourTests/header")]
    case .frameRound: [.attack("A9-early"), .attack("A9-twice"), .attack("A11-frame")]
    case .controlFrameForm: [.test("TransportTests.FrameTests/control")]
    case .payloadUsedUp: []
    case .unreadLimit:
      [.test("TransportTests.MisbehaviourTests/unread"), .test("TransportTests.DeadlineTests/unreadWhileArriving")]
    case .framesLeftOver: [.test("TransportTests.MisbehaviourTests/duplicate")]
    case .backPressure: [.test("TransportTests.IntrusionTests/backPressure")]
    case .abortIsTold: [.test("TransportTests.AbortTests/abort")]
    case .silenceAfterAbort: [.test("TransportTests.IntrusionTests/silence")]
    case .receiveDeadline, .totalReceiveDeadline: [.test("TransportTests.DeadlineTests/heartbeats")]
    case .canonicalFieldElement: [.test("CheatingPartiesTests.LeverTests/frames")]

    case .certificatePinned:
      [.test("TransportTests.TLSTests/foreignClient"), .test("TransportTests.TLSTests/foreignServer")]
    case .certificateRequired, .tlsVersion: [.test("TransportTests.TLSTests/anonymousClient")]
    case .certificateOfTheParty: [.test("TransportTests.TLSTests/anotherParty")]
    case .certificateNotExpired: [.test("TransportTests.TLSTests/expired")]
    case .certificateAlreadyValid: [.test("TransportTests.TLSTests/notYetValid")]
    case .greetingPartyCount, .greetingSession: [.test("TransportTests.TLSTests/mismatches")]
    case .greetingForm: [.test("TransportTests.FrameTests/hello")]
    case .greetingSender: [.test("TransportTests.IntrusionTests/greetingOfAnotherSender")]
    case .greetingReceiver: [.test("TransportTests.IntrusionTests/greetingOfAnotherReceiver")]
    case .manifestsAgree: [.test("PartyRuntimeTests.NegotiationTests")]
    case .oneLinkPerParty: [.test("TransportTests.IntrusionTests/secondLink")]
    case .pendingConnectionLimit: [.test("TransportTests.IntrusionTests/tooManyConnections")]
    case .handshakeDeadline: [.test("TransportTests.IntrusionTests/slowHandshake")]
    case .privateKeyFileMode: [.test("TransportTests.IdentityTests/permissions")]

    case .commitmentOpening: [.attack("A8-coin-value"), .attack("A13-chosen")]
    case .commitmentSession: [.attack("A11-session")]
    case .commitmentParty: [.attack("A10-coin"), .attack("A10-sigma")]
    case .commitmentCounter: [.attack("A11-coin"), .attack("A11-channel")]
    case .unpredictableCoin: [.attack("A5-known")]
    case .freshCoin: [.attack("A5")]
    case .transcriptBeforeOpening: [.attack("A6-opening"), .attack("A6-transcripts")]
    case .transcriptInMACCheck: []
    case .transcriptWithoutOpenings: [.attack("A6-unopened")]

    case .macCheckSum, .checkBeforeOutput: [.attack("A1")]
    case .everyOpeningChecked: [.attack("A1"), .attack("A3")]
    case .checkAfterOutput: [.attack("A3")]
    case .checkBeforeMaskedOpening: [.attack("A2")]
    case .checkBeforeForks: [.attack("A2-into-fork")]
    case .checkAtForkEnd: [.attack("A2-out-of-fork")]
    case .oneMACCheckAtATime, .verdictInsideGate, .gateClosedByAbort:
      [.attack("A12-forge"), .attack("A12-stall"), .test("CheatingPartiesTests.CatalogueTests/overlap")]
    case .checksInOneOrder: [.test("CheatingPartiesTests.ScheduleTests/honestForks")]
    case .noSigmaAfterAbort: [.test("SecretSharingTests.SessionTests/destroyedKey")]
    case .digitProofZero: [.attack("A22")]

    case .abortIsTerminal: [.test("CheatingPartiesTests.EndTests/terminal")]
    case .macKeyWipedByAbort: [.test("CheatingPartiesTests.EndTests/wiped")]
    case .materialDestroyedByAbort: [.test("SecretSharingTests.SessionTests/abort")]

    case .proofLength:
      [
        .test("ZeroKnowledgeTests.PlaintextProofTests/proofsOfAnotherLength"),
        .test("ZeroKnowledgeTests.KeyProofTests"),
      ]
    case .exactResponseBound:
      [.test("ZeroKnowledgeTests.KeyProofTests"), .test("ZeroKnowledgeTests.ConstantProofTests")]
    case .exactProofChallenge:
      [.test("ZeroKnowledgeTests.KeyProofTests"), .attack("B13-b"), .attack("B14")]
    case .plaintextBound: [.attack("B7"), .test("ZeroKnowledgeTests.PlaintextProofTests")]
    case .encryptionRandomnessBound: [.attack("B6-u"), .test("ZeroKnowledgeTests.PlaintextProofTests")]
    case .plaintextProofChallenge: [.attack("B9"), .attack("B8"), .test("ZeroKnowledgeTests.PlaintextProofTests")]
    case .proofStatement: [.attack("B11"), .test("ZeroKnowledgeTests.StatementTests")]
    case .canonicalResponse: [.test("ZeroKnowledgeTests.ConstantProofTests/aSetFillingBitIsRejected")]
    case .canonicalResidues: [.attack("B16"), .attack("B16-reply")]
    case .keyElementFromCoin: [.test("ZeroKnowledgeTests.KeyProofTests/keysWithAnotherElement")]
    case .keyOfTheProver, .proofSession, .proofProver, .proofParameters, .proofEpochAndBatch, .proofRole:
      [.test("ZeroKnowledgeTests.KeyProofTests"), .test("ZeroKnowledgeTests.PlaintextProofTests")]

    case .parametersAgree: [.attack("noise-leak")]
    case .batchCheck: [.attack("B1"), .attack("B3-step3")]
    case .sacrifice: [.attack("B5"), .attack("B5-guess")]
    case .duplicateCiphertext: [.attack("B18")]
    case .operandProof: [.attack("B27"), .attack("B7")]
    case .twoKeys: [.attack("B21")]
    case .laterSessionHasTheKey: [.test("PreprocessingTests.WorkerTests/anotherKeyShareInALaterSession")]
    case .stepThreeMask: [.attack("B22")]
    case .epochRetirement: [.attack("B25")]
    case .zeroRule: [.attack("B23")]
    case .tauNeverOpened: [.attack("B24")]
    case .replyLifetime: [.test("PreprocessingTests.LifetimeTests")]
    case .retiredEpochNumber: [.test("PreprocessingTests.LifetimeTests")]
    case .boundedValueInterval: [.test("PreprocessingTests.BoundedValueAttackTests/aValueOutsideTheBound")]
    case .boundedValueAttempts: [.test("PreprocessingTests.BoundedValueAttackTests/aProverThatWaits")]

    case .storeHeaderExpected: [.test("MaterialStoreTests.DamageTests/mismatch")]
    case .storeHeadersAgree: [.test("MaterialStoreTests.AgreementTests/mismatch")]
    case .storeOfTheParty: [.test("MaterialStoreTests.AgreementTests/wrongParty")]
    case .highestCursor: [.test("MaterialStoreTests.AgreementTests/backup")]
    case .segmentsOfOneRun: [.test("MaterialStoreTests.AgreementTests/sameSegmentOtherRun")]
    case .storeRecordLimits: [.test("MaterialStoreTests.AgreementTests/greetingLimits")]
    case .storeRecordOrder: [.test("MaterialStoreTests.AgreementTests/records")]
    case .settledAfterCheck: [.test("MaterialStoreTests.StoredSessionTests/settling")]
    case .agreementBeforeUse: [.test("MaterialStoreTests.LifeTests/states")]
    case .transcriptBeforeAdoption: [.test("MaterialStoreTests.AgreementTests/equivocation")]
    case .undecidedStoreDestroyed: [.test("MaterialStoreTests.LifeTests/death")]
    case .destroyedStoreStaysDead: [.test("MaterialStoreTests.LifeTests/destruction")]
    case .catalogueSeal: [.test("MaterialStoreTests.DamageTests/cursorSetBack")]
    case .segmentLength, .segmentHeader, .chunkSeal, .storedKeyHeader, .storeKeyIdentifier:
      [.test("MaterialStoreTests.DamageTests")]
    case .storedKeyCommitment: []
    case .storeLock: [.test("MaterialStoreTests.FileSystemTests/lock")]
    case .storeDirectoryMode, .sealedKeysFileMode: [.test("MaterialStoreTests.FileSystemTests/permissions")]
    case .storeKeyFileMode: [.test("MaterialStoreTests.FileSystemTests/storeKey")]
    }
  }

  /// The attack that succeeds without this rule, unnoticed at every position: not only does a fixture fail, the protocol is
  /// broken. `nil` for what is no rule of this kind.
  package var brokenBy: String? {
    switch self {
    case .twoKeys: "B21"
    case .stepThreeMask: "B22"
    case .zeroRule: "B23"
    case .tauNeverOpened: "B24"
    case .epochRetirement: "B25"
    default: nil
    }
  }

  /// Why no fixture can fail without the check although it is worth having; `nil` for checks that fixtures show.
  package var redundancy: String? {
    switch self {
    case .payloadUsedUp:
      "The frame's length is compared with the length of the shape before a message is decoded (frameLength), and every "
        + "decoder of the library reads exactly that; the check is for message types written outside."
    case .storedKeyCommitment:
      "The sealed keys authenticate together with the header that holds the commitment (storedKeyHeader); the commitment is "
        + "for whoever compares headers without the store key."
    case .transcriptInMACCheck:
      "The commitments carry T in clear and honest parties compare it there (transcriptBeforeOpening); a party can lie "
        + "about its own T in both places or in none. The second copy is committed, as in the paper's description."
    default: nil
    }
  }
}
