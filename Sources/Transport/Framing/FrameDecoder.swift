package import MPCCore

/// Cuts the byte stream of one link into frames, however the bytes were split on the way.
///
/// Header fields that are known for the whole link are checked as soon as the header is complete. Memory grows only
/// with bytes that arrived; a declared length allocates nothing. The caller bounds how much it feeds.
package struct FrameDecoder: Sendable {
  private let session: SessionID
  private let sender: PartyID
  private var headerBytes: [UInt8] = []
  private var payload: [UInt8] = []
  /// Bytes of the payload that is lent; see ``takePayload(atLeast:)``.
  private var lentByteCount: Int?
  /// The header of the frame whose payload is not complete yet.
  package private(set) var partial: FrameHeader?

  /// - Parameters:
  ///   - session: the session of the link.
  ///   - sender: who the link comes from, as authenticated when it was set up.
  package init(session: SessionID, sender: PartyID) {
    self.session = session
    self.sender = sender
    headerBytes.reserveCapacity(FrameHeader.byteCount)
  }

  /// Bytes of the incomplete frame held here.
  package var bufferedByteCount: Int { headerBytes.count + (lentByteCount ?? payload.count) }

  /// Makes room for the payload of the partial frame, once a receiver has confirmed its length.
  package mutating func reservePayload(_ byteCount: Int) {
    if lentByteCount == nil { payload.reserveCapacity(byteCount) }
  }

  /// Lends the payload of the partial frame to be appended to in place, if at least so many bytes of it are missing. Until
  /// ``giveBack(_:into:)`` nothing is fed.
  /// - Returns: what has come, and how many bytes are missing.
  package mutating func takePayload(atLeast byteCount: Int) -> (payload: [UInt8], missing: Int)? {
    guard let header = partial, lentByteCount == nil else { return nil }
    let missing = Int(header.length) - payload.count
    guard missing >= byteCount else { return nil }
    lentByteCount = payload.count
    defer { payload = [] }
    return (payload, missing)
  }

  /// Takes a lent payload back, leaving none, and appends the frame to `frames` if that completes it.
  /// - Precondition: at most what was missing has been appended.
  package mutating func giveBack(_ grown: inout [UInt8], into frames: inout [Frame]) {
    guard let header = partial, let before = lentByteCount else { preconditionFailure("no payload is lent") }
    precondition(grown.count >= before && grown.count <= Int(header.length), "a lent payload only grows, to its length")
    lentByteCount = nil
    swap(&payload, &grown)  // never two references to it, or the next append would copy
    if payload.count == Int(header.length) {
      frames.append(Frame(header: header, payload: payload))
      payload = []
      partial = nil
    }
  }

  /// Takes bytes and appends the frames they complete to `frames`.
  /// - Throws: the first deviation; frames completed before it have been appended. Feed nothing afterwards.
  package mutating func feed(_ bytes: RawSpan, into frames: inout [Frame]) throws(MalformedReason) {
    precondition(lentByteCount == nil, "a lent payload comes back first")
    var position = 0
    while position < bytes.byteCount || isComplete {
      if let header = partial {
        let missing = Int(header.length) - payload.count
        let step = min(missing, bytes.byteCount - position)
        if step > 0 {
          unsafe bytes.extracting(position..<(position + step)).withUnsafeBytes { chunk in
            unsafe payload.append(contentsOf: chunk)
          }
          position += step
        }
        if step == missing {
          frames.append(Frame(header: header, payload: payload))
          payload = []
          partial = nil
        }
      } else {
        let step = min(FrameHeader.byteCount - headerBytes.count, bytes.byteCount - position)
        unsafe bytes.extracting(position..<(position + step)).withUnsafeBytes { chunk in
          unsafe headerBytes.append(contentsOf: chunk)
        }
        position += step
        // The magic is checked byte by byte: garbage is refused before 57 bytes of it have come.
        guard
          SecurityCheck.frameMagic.holds(
            headerBytes.prefix(4).elementsEqual(FrameHeader.magic.prefix(headerBytes.count)))
        else { throw .notAFrame }
        if headerBytes.count == FrameHeader.byteCount {
          partial = try FrameHeader(decoding: headerBytes, session: session, sender: sender)
          headerBytes.removeAll(keepingCapacity: true)
        }
      }
    }
  }

  /// An empty payload is complete without further bytes.
  private var isComplete: Bool { partial.map { $0.length == 0 } ?? false }
}
