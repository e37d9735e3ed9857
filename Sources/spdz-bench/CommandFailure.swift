import ArgumentParser
import BenchmarkKit
import Foundation
import MPCCore

/// Ends a command with one line on standard error and an exit code that names the class of the failure.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
  let exitCode: Int32

  init(_ description: String, exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }
}

extension MicroError {
  /// 64 usage, 69 peer or network, 76 cheating, 70 local.
  var exitCode: Int32 {
    switch self {
    case .usage: 64
    case .transport: 69
    case .aborted(let abort): abort.exitCode
    }
  }
}

extension ProtocolAbort {
  /// 76 when a party cheated, 69 when a peer was lost, 70 when something local failed.
  var exitCode: Int32 {
    switch group {
    case .cheating: 76
    case .peerLost: 69
    case .local: 70
    }
  }
}
