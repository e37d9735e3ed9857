public import FieldArithmetic
public import MPCCore
internal import Synchronization

/// The pairwise shares behind the tags of input masks: for every receiver i, owner and receiver hold shares of α_i·r.
///
/// A tag is their sum over all pairs plus α·r of the owner itself. One pair alone is a vector OLE with the receiver's key
/// share as its scalar, which proofs about inputs can be built on; so they are kept on request.
/// Shares are of this party: at the owner one vector for each receiver, at a receiver one for the owner.
public final class PairwiseTags<F: PrimeField>: Sendable {
  private let parts = Mutex<[PartyID: [[F]]]>([:])

  /// Nothing yet.
  public init() {}

  /// This party's shares of the pair with `peer`, vector after vector; nil if the two have no pair.
  public func shares(with peer: PartyID) -> [[F]]? { parts.withLock { $0[peer] } }

  func append(_ share: [F], with peer: PartyID) { parts.withLock { $0[peer, default: []].append(share) } }
}
