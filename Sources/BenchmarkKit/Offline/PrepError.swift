public import MPCCore
public import MaterialStore
public import Transport

/// Why a `prep` command gave no result.
public enum PrepError: Error, Sendable, CustomStringConvertible {
  /// The request makes no sense.
  case usage(String)
  /// The parties could not be connected.
  case transport(TransportError)
  /// The protocol ended early.
  case aborted(ProtocolAbort)
  /// A store cannot be made, opened, written or read.
  case store(StoreError)
  /// The stores in a directory cannot be added to any more.
  case unusableStore(directory: String, reason: String)
  /// A file cannot be written.
  case cannotWrite(path: String, reason: String)
  /// A file is not what it should be.
  case malformed(path: String, reason: String)
  /// Put together in clear, material breaks its relation.
  case wrongMaterial([String])

  /// One line.
  public var description: String {
    switch self {
    case .usage(let text): text
    case .transport(let error): error.description
    case .aborted(let abort): abort.description
    case .store(let error): error.description
    case .unusableStore(let directory, let reason):
      "\(reason); nothing in \(directory) can be added to: remove it, or give another --store"
    case .cannotWrite(let path, let reason): "\(path): \(reason); choose another --output or free some space"
    case .malformed(let path, let reason): "\(path): \(reason); it was not written by this format, check the path"
    case .wrongMaterial(let faults):
      "material is wrong, do not use it: " + faults.prefix(5).joined(separator: "; ")
    }
  }

  /// What the process ends with.
  public var exitCode: RunExitCode {
    switch self {
    case .usage: .usage
    case .transport(let error): RunExitCode(error)
    case .aborted(let abort): RunExitCode(abort)
    case .cannotWrite, .store(.io), .store(.diskFull): .cannotWrite
    case .store, .unusableStore, .malformed: .invalidInput
    case .wrongMaterial: .localFailure
    }
  }
}
