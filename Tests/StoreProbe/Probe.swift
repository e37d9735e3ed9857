import Cryptography
import FieldArithmetic
import Glibc
import MPCCore
import MaterialStore
import SecretSharing
import Transport

/// A program that uses stores and writes down what it was given, so that a script can kill it anywhere and count.
///
/// Every item is numbered in its own elements. A line of the log is `party kind first count`; it is written when the items
/// were handed out.
@main
struct Probe {
  static func main() async {
    var arguments = Array(CommandLine.arguments.dropFirst())
    guard !arguments.isEmpty else { return usage() }
    let command = arguments.removeFirst()
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    do {
      switch (command, arguments.count) {
      case ("noop", 0): break
      case ("make", 3): try make(arguments[0], keys: arguments[1], mode: arguments[2])
      case ("use", 5):
        let (rounds, seed) = (Int(arguments[3]) ?? 0, UInt64(arguments[4]) ?? 0)
        try use(arguments[0], keys: arguments[1], log: arguments[2], rounds: rounds, seed: seed)
      case ("append", 4):
        try append(arguments[0], keys: arguments[1], log: arguments[2], rounds: Int(arguments[3]) ?? 0)
      case ("destroy", 2): try destroy(arguments[0], keys: arguments[1])
      case ("state", 1): print(try StoreInspection.read(directory: arguments[0]).state.text)
      case ("counts", 1):
        for kind in try StoreInspection.read(directory: arguments[0]).kinds {
          print(kind.kind, kind.usedCount, kind.leftCount)
        }
      case ("verify", 2): try verify(arguments[0], keys: arguments[1])
      case ("pair", 6): try await pair(arguments)
      case ("measure", 2): try measure(arguments[0], keys: arguments[1])
      default: usage()
      }
    } catch let error as StoreError {
      fail(error.description, status: error.status)
    } catch {
      fail("\(error)", status: 1)
    }
  }

  static func usage() {
    fail(
      """
      make DIR KEYS active|passive      a store with 200,000 triples and 60,000 squares
      use DIR KEYS LOG ROUNDS SEED      takes items, settles now and then, suspends
      append DIR KEYS LOG ROUNDS        appends and commits, writes down what is committed
      destroy DIR KEYS                  as after an abort
      state DIR | counts DIR | verify DIR KEYS
      pair DIR0 DIR1 KEYS LOG ROUNDS SEED   two parties agree, take in lock step, suspend
      measure DIR KEYS                  speeds
      """, status: 64)
  }

  static func fail(_ text: String, status: Int32) {
    let line = Array((text + "\n").utf8)
    _ = unsafe write(2, line, line.count)
    exit(status)
  }
}

extension StoreError {
  /// 3: the store is destroyed, as it has to be; 4: another refusal.
  var status: Int32 {
    if case .destroyed = self { return 3 }
    return 4
  }
}

/// Field and schemes of the probe.
typealias Active = AuthenticatedSharing<P127>
typealias Passive = AdditiveSharing<P127>

/// SplitMix64.
struct Dice {
  var state: UInt64
  mutating func roll(_ below: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((z ^ (z >> 31)) % UInt64(below))
  }
}
