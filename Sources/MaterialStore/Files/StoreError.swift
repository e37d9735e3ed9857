internal import Glibc

/// Why a store cannot be made, opened, written or read. Never fatal to the material of other kinds or other stores.
public enum StoreError: Error, Hashable, Sendable {
  // MARK: The file system

  /// A system call failed with error number `code`.
  case io(operation: String, path: String, code: Int32)
  /// The disk is full, or has less room than what is asked for needs.
  case diskFull(path: String, neededBytes: Int, freeBytes: Int)
  /// Another process, or another object of this one, has the store open.
  case inUseElsewhere(path: String)
  /// Users other than the owner can read a secret file or write the directory; `mode` is its permission bits.
  case readableByOthers(path: String, mode: UInt32)
  /// The directory already holds a store; stores are never overwritten.
  case exists(path: String)
  /// The directory holds no store, or the making of one was interrupted.
  case notAStore(path: String, reason: String)

  // MARK: The content

  /// The store was made under another value of `field`.
  case headerMismatch(field: String, mine: String, theirs: String)
  /// The store was sealed under another store key.
  case wrongStoreKey(path: String, keyIdentifier: String, storeIdentifier: String)
  /// `part` (a segment, a chunk, a row) is not what this store wrote.
  case damaged(part: String, path: String, reason: String)

  // MARK: The life of the store

  /// The store was destroyed, for ever.
  case destroyed(path: String, StoreState)
  /// The call does not fit the store's state.
  case wrongState(StoreState, needed: String)
  /// Fewer items are left than asked for.
  case exhausted(kind: String, needed: Int, left: Int)
  /// An item of this kind is larger than what a chunk can hold.
  case itemTooLarge(kind: String, bytes: Int, limit: Int)
}

extension StoreError: CustomStringConvertible {
  /// What happened, where, and what to do, in one line.
  public var description: String {
    switch self {
    case .io(let operation, let path, let code):
      "cannot \(operation) \(path): \(FileSystem.text(of: code)); \(Self.advice(code))"
    case .diskFull(let path, let needed, let free):
      "the disk of \(path) has \(free) bytes free, \(needed) are needed; free some space or generate less, then start again"
    case .inUseElsewhere(let path):
      "the store \(path) is open in another process; wait for it to end, a store serves one run at a time"
    case .readableByOthers(let path, let mode):
      "\(path) is open to other users (mode \(String(mode, radix: 8))); run chmod go-rwx on it, and make a new store if others may have read it"
    case .exists(let path): "\(path) already holds a store; choose another directory, or purge that store"
    case .notAStore(let path, let reason): "\(path) is no store: \(reason); check the path, or generate a new store"
    case .headerMismatch(let field, let mine, let theirs):
      "the store was made with another \(field): \(theirs), here \(mine); run with the store's \(field) or generate a new store"
    case .wrongStoreKey(let path, let key, let store):
      "the store \(path) is sealed under store key \(store), not \(key); use the identity it was made with"
    case .damaged(let part, let path, let reason):
      "\(part) of the store is damaged (\(path): \(reason)); purge the store and generate anew; a segment may come back from a backup, the catalogue never: items would be used again"
    case .destroyed(let path, let state):
      "the store \(path) is \(state.text); it cannot be used again, generate a new one"
    case .wrongState(let state, let needed): "the store is \(state.text), this needs \(needed)"
    case .exhausted(let kind, let needed, let left):
      "the store has \(left) \(kind) left, \(needed) are needed; generate more and start again"
    case .itemTooLarge(let kind, let bytes, let limit):
      "one item of \(kind) has \(bytes) bytes, a store takes up to \(limit); split the shape"
    }
  }

  private static func advice(_ code: Int32) -> String {
    switch code {
    case EACCES, EPERM: "check owner and permissions, the store's directory must be writable"
    case EROFS: "the file system is read-only, move the store to one that can be written"
    case EIO: "the disk reports errors, check it; nothing was handed out, what is stored elsewhere stays usable"
    case ENOSPC, EDQUOT, EFBIG: "free some space and start again"
    case EMFILE, ENFILE: "too many open files, raise the limit (ulimit -n)"
    case ENOENT: "check the path"
    default: "check the file system and start again"
    }
  }
}
