internal import Cryptography
internal import MPCCore
internal import SecretSharing
internal import Transport

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

extension InferenceProgram {
  /// Computes the demand by running the program on zeros, all parties in this process, one batch of each row count: no
  /// weight, no row, no dealer and no key is involved. Control flow is public, so the values do not matter.
  /// - Throws: the abort of a program that cannot run.
  func demand<S: SharingScheme>(_ scheme: S.Type, partyCount: Int) async throws -> ProgramDemand {
    let shapes = shapesOnly()
    let body: PartyBody<[[MaterialDemand]]> = { (channel) async throws(ProtocolAbort) -> [[MaterialDemand]] in
      let source = PreparedSource<S>(ShapeSource<S>(me: channel.me))
      return try await shapes.run(
        scheme, over: MeasuringChannel(channel), source: source, random: SystemRandom(), demands: nil
      ).demands
    }
    let report = await runInProcess(partyCount: partyCount, options: RunOptions(limits: .oneMachine), body)
    return ProgramDemand(pieces: expanded(try report.values()[0], of: shapes))
  }
}
