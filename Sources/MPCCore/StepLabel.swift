/// The place of a message in a protocol: name of the sub-protocol and number of the step, as in the paper.
@frozen
public struct StepLabel: Hashable, Sendable, CustomStringConvertible {
  /// Name of the sub-protocol, for example "MACCheck".
  public let protocolName: StaticString
  /// Number of the step inside it, from 1.
  public let step: Int

  /// Creates the label of step `step` of `protocolName`.
  public init(_ protocolName: StaticString, _ step: Int) {
    self.protocolName = protocolName
    self.step = step
  }

  /// "MACCheck.4"
  public var description: String { "\(protocolName).\(step)" }

  /// Two labels are equal when they print the same.
  public static func == (left: StepLabel, right: StepLabel) -> Bool { left.description == right.description }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
