internal import MPCCore
internal import SecretSharing

/// Where the pieces of a program get their material: made chunk by chunk when its first piece begins, or dealt.
struct MaterialSupply: Sendable {
  /// What is made when.
  let schedule: MaterialSchedule
  /// Makes the material of a chunk and says what it cost; nil if it is dealt when it is taken.
  let generate: (@Sendable (_ chunk: Int, _ demand: [MaterialKind: Int]) async throws(ProtocolAbort) -> PhaseCost)?
  /// Told which piece of how many begins.
  var announce: @Sendable (_ piece: Int, _ count: Int) -> Void = { _, _ in }

  /// Makes what the chunk that begins with this piece consumes.
  /// - Returns: what that cost; nil if nothing was made.
  func beforePiece(_ piece: Int) async throws(ProtocolAbort) -> PhaseCost? {
    defer { announce(piece, schedule.pieces.count) }
    guard let generate, let (number, demand) = schedule.chunk(startingAt: piece) else { return nil }
    return try await generate(number, demand)
  }
}
