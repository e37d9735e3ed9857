internal import MPCCore
internal import SecretSharing

/// What a program consumes, piece by piece, known before it runs.
struct ProgramDemand: Sendable, Equatable {
  /// The calls of each piece in order of execution.
  let pieces: [[MaterialDemand]]

  /// How many items of each kind are consumed in all.
  var total: [MaterialKind: Int] { Self.total(pieces.flatMap { $0 }) }

  static func total(_ demands: [MaterialDemand]) -> [MaterialKind: Int] {
    demands.reduce(into: [:]) { $0[$1.kind, default: 0] += $1.count }
  }

  /// Compares with what was drawn.
  /// - Throws: ``AccountingError`` naming the first kind that differs.
  func requireEqual(to used: [[MaterialDemand]]) throws(AccountingError) {
    guard used != pieces else { return }
    let drawn = Self.total(used.flatMap { $0 })
    let predicted = total
    for kind in Set(drawn.keys).union(predicted.keys).sorted(by: { $0.description < $1.description })
    where drawn[kind] != predicted[kind] {
      throw AccountingError(kind: kind.description, predicted: predicted[kind] ?? 0, used: drawn[kind] ?? 0)
    }
    throw AccountingError(kind: "the order of calls", predicted: pieces.count, used: used.count)
  }
}

/// A program drew something else than what was computed for it beforehand.
public struct AccountingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The first kind of material that differs.
  public let kind: String
  /// Computed beforehand, and drawn.
  public let predicted: Int, used: Int

  /// Cause and remedy.
  public var description: String {
    "material accounting: \(kind): \(predicted) predicted, \(used) used; the results are not reported: this is a defect "
      + "of the program, please report it with the experiment file"
  }
}
