/// The number of a party, counted from 0. The papers' P_1 is `PartyID(0)`.
@frozen
public struct PartyID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  /// 0-based index, below the party count of the session.
  public let index: Int

  /// Creates the identifier of party number `index`.
  @inlinable
  public init(_ index: Int) {
    precondition((0..<SecurityParameters.maximumPartyCount).contains(index), "party numbers are 0…7")
    self.index = index
  }

  /// Orders parties by number.
  @inlinable
  public static func < (left: PartyID, right: PartyID) -> Bool { left.index < right.index }

  /// "P0", "P1", …
  public var description: String { "P\(index)" }
}
