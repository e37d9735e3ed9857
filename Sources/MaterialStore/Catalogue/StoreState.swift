/// Where a store is in its life.
///
/// `generating` → `ready` → `inUse` ⇄ `suspended`, back to `generating` for more material, and from anywhere to
/// `aborted` or `spent`, which are final: keys and material are gone.
public enum StoreState: Hashable, Sendable {
  /// Material is being made and appended.
  case generating
  /// Complete, nothing handed out yet.
  case ready
  /// A process uses it, or was killed while it did.
  case inUse
  /// The last process that used it ended in order, with nothing undecided.
  case suspended
  /// Destroyed after an abort, at `date` (seconds since 1970).
  case aborted(reason: String, date: Int64)
  /// Destroyed because the material went elsewhere or was not wanted any more.
  case spent(reason: String, date: Int64)

  /// Whether keys and material are gone.
  public var isFinal: Bool {
    switch self {
    case .aborted, .spent: true
    case .generating, .ready, .inUse, .suspended: false
    }
  }

  /// One phrase.
  public var text: String {
    switch self {
    case .aborted(let reason, let date): "destroyed after an abort (\(date) seconds since 1970): \(reason)"
    case .spent(let reason, let date): "spent and purged (\(date) seconds since 1970): \(reason)"
    case .generating, .ready, .inUse, .suspended: name
    }
  }

  var name: String {
    switch self {
    case .generating: "generating"
    case .ready: "ready"
    case .inUse: "in use"
    case .suspended: "suspended"
    case .aborted: "aborted"
    case .spent: "spent"
    }
  }

  init?(name: String, reason: String, date: Int64) {
    switch name {
    case "generating": self = .generating
    case "ready": self = .ready
    case "in use": self = .inUse
    case "suspended": self = .suspended
    case "aborted": self = .aborted(reason: reason, date: date)
    case "spent": self = .spent(reason: reason, date: date)
    default: return nil
    }
  }
}
