internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing
internal import Synchronization

/// Material of the right shapes whose values are all zero, under the key 0: lets a program run on zeros to learn what it
/// consumes. There is nothing secret in it and nothing to protect; ``SecureProgram/rehearse(_:partyCount:)`` alone uses it.
final class ShapeSource<S: SharingScheme>: BlockSource {
  let key = S.key(share: .zero)
  private let me: PartyID
  private let counted = Mutex(MaterialCount())

  init(me: PartyID) { self.me = me }

  var trustModel: TrustModel { .insecureDealer }
  var consumption: MaterialCount { counted.withLock { $0 } }

  func take(_ kind: MaterialKind, count: Int) async throws(ProtocolAbort) -> MaterialBlock<S> {
    counted.withLock { $0.add(count, of: kind.description) }
    let columns = kind.columnWidths.map { SharedVector<S>(zeros: $0 * count) }
    let clear = kind.hasClear(at: me) ? [S.F](repeating: .zero, count: count) : nil
    return MaterialBlock(kind: kind, count: count, columns: columns, clear: clear)
  }

  func destroy() {}
}
