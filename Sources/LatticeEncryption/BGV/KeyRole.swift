/// Which of a party's two key pairs a key or ciphertext belongs to. The type keeps them apart: a ciphertext under one
/// key cannot be combined with one under the other.
///
/// Two independent pairs are needed because tag-product triples are unsound with one: a forged product could be given a
/// valid tag by mixing the encryption of the MAC key share into a reply.
public protocol KeyRole: Sendable {
  /// "A" or "B"; goes into labels and proof contexts.
  static var name: String { get }
}

/// Key A: encrypts uniform multiplicands; a new pair for every epoch, retired before anything made under it is opened.
public enum EpochKey: KeyRole {
  /// "A"
  public static var name: String { "A" }
}

/// Key B: encrypts the MAC key share and nothing else; one pair for the whole session.
public enum SessionKey: KeyRole {
  /// "B"
  public static var name: String { "B" }
}
