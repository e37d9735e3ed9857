public import MPCCore

/// Why a verifier rejects. Depends on public data only; all cases mean the same to a protocol: the prover deviated.
public enum ProofRejection: Error, Hashable, Sendable {
  /// The proof does not have the one length that the parameters prescribe; an empty proof is rejected here.
  case wrongLength(expected: Int, received: Int)
  /// The element `a` of the key is not the one that the joint coin gives, the key has another shape, or it belongs to
  /// another party or epoch than the proof.
  case wrongKeyElement
  /// A coefficient of the responses in `row` is above the acceptance bound.
  case responseOutOfRange(row: Int)
  /// Filling bits of the responses in `row` are not zero.
  case nonCanonicalResponse(row: Int)
  /// The commitments that the responses imply do not hash to the proof's challenge.
  case challengeMismatch

  /// What a protocol step throws for it.
  public func abort(step: StepLabel, from prover: PartyID) -> ProtocolAbort {
    .proofRejected(step: step, from: prover)
  }
}

extension ProofRejection: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .wrongLength(let expected, let received): "the proof has \(received) bytes where \(expected) are due"
    case .wrongKeyElement: "the key's element a is not the one tossed jointly"
    case .responseOutOfRange(let row): "a response in row \(row) is above the bound"
    case .nonCanonicalResponse(let row): "the responses in row \(row) are not in their one encoding"
    case .challengeMismatch: "the responses do not belong to the challenge"
    }
  }
}
