/// A suspended task, to be resumed exactly once.
///
/// Safe as used here: every one is stored in a slot under a lock and resumed by whoever takes it out of the slot. The
/// checked form costs an allocation for each receive.
@safe
struct Parking<Value: Sendable>: Sendable {
  private let continuation: UnsafeContinuation<Value, Never>

  /// Suspends the calling task and hands the means to resume it to `store`.
  static func park(_ store: (Parking<Value>) -> Void) async -> Value {
    await unsafe withUnsafeContinuation { unsafe store(Parking(continuation: $0)) }
  }

  private init(continuation: UnsafeContinuation<Value, Never>) { unsafe self.continuation = continuation }

  /// Resumes the task; the caller then lets go of this value.
  func resume(returning value: sending Value) { unsafe continuation.resume(returning: value) }
}

extension Parking where Value == Void {
  func resume() { resume(returning: ()) }
}
