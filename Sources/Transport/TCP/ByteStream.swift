internal import COpenSSLShim

/// One TCP connection, plain or under TLS; never blocks.
///
/// Not for two threads at once: the set-up thread owns it first, then whoever holds the I/O lock of ``TCPLinks``.
@safe
final class ByteStream {
  /// What came of an operation.
  enum Outcome {
    case bytes(Int)
    case wouldBlock
    case closed
  }

  let socket: Int32
  private let tls: OpaquePointer?
  // Keeps the context that `tls` points into alive.
  private let context: TLSContext?

  /// Takes over a connected or connecting socket.
  init?(socket: Int32, context: TLSContext?, isServer: Bool) {
    self.socket = socket
    self.context = context
    if let context {
      guard let opened = unsafe spdz_tls_open(context.context, socket, isServer ? 1 : 0) else {
        unsafe tls = nil
        return nil
      }
      unsafe tls = opened
    } else {
      unsafe tls = nil
    }
  }

  deinit {
    if let tls = unsafe tls { unsafe spdz_tls_destroy(tls) } else { spdz_close(socket) }
  }

  /// One step of the TLS handshake: `bytes` when it is done, `closed` when it failed.
  func handshake() -> Outcome {
    guard let tls = unsafe tls else { return .bytes(0) }
    let status = unsafe spdz_tls_handshake(tls)
    return status == 1 ? .bytes(0) : status == 0 ? .wouldBlock : .closed
  }

  /// Reads at most as many bytes as fit.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    let count =
      if let tls = unsafe tls {
        unsafe spdz_tls_read(tls, buffer.baseAddress, buffer.count)
      } else {
        unsafe spdz_receive(socket, buffer.baseAddress, buffer.count)
      }
    return outcome(count)
  }

  /// Reads at most `count` bytes to the end of `bytes`.
  func read(appendingTo bytes: inout [UInt8], atMost count: Int) -> Outcome {
    var outcome = Outcome.wouldBlock
    bytes.append(addingCapacity: count) { (room: inout OutputSpan<UInt8>) in
      unsafe room.withUnsafeMutableBufferPointer { buffer, initialized in
        // An array's buffer may have more room than was asked for.
        let part = unsafe UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: min(count, buffer.count))
        outcome = unsafe read(into: part)
        if case .bytes(let got) = outcome { initialized = got }
      }
    }
    return outcome
  }

  /// Writes some of `first`, and of `second` after all of it.
  func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer?) -> Outcome {
    guard let tls = unsafe tls else {
      return outcome(
        unsafe spdz_send_two(socket, first.baseAddress, first.count, second?.baseAddress, second?.count ?? 0))
    }
    return outcome(unsafe spdz_tls_write(tls, first.baseAddress, first.count))
  }

  /// Hands buffered bytes to the kernel.
  func flush() -> Outcome {
    guard let tls = unsafe tls else { return .bytes(0) }
    return outcome(Int(unsafe spdz_tls_flush(tls)))
  }

  /// Whether buffered bytes wait for the socket to become writable.
  var wantsWrite: Bool {
    guard let tls = unsafe tls else { return false }
    return unsafe spdz_tls_wants_write(tls) != 0
  }

  /// Tells the peer that nothing follows.
  func shutdownWrite() { spdz_shutdown_write(socket) }

  // MARK: Who is there

  /// The number of the pinned certificate the peer showed.
  var certifiedParty: Int? {
    guard let tls = unsafe tls else { return nil }
    let index = unsafe spdz_tls_peer(tls)
    return index >= 0 ? Int(index) : nil
  }

  /// The number of the pinned certificate that the unknown one claims to replace.
  var predecessorParty: Int? {
    guard let tls = unsafe tls else { return nil }
    let index = unsafe spdz_tls_predecessor(tls)
    return index >= 0 ? Int(index) : nil
  }

  /// Why TLS failed; `SPDZ_TLS_FINE` on plain connections.
  var tlsFailure: Int {
    guard let tls = unsafe tls else { return Int(SPDZ_TLS_FINE) }
    return Int(unsafe spdz_tls_failure(tls))
  }

  /// The alert the peer refused us with.
  var tlsAlert: String {
    guard let tls = unsafe tls else { return "" }
    return unsafe readText(capacity: 64) { text, capacity in unsafe spdz_tls_alert(tls, text, capacity) }
  }

  /// The fingerprint of the certificate the peer showed; all zero if none.
  var peerFingerprint: CertificateFingerprint {
    var bytes = [UInt8](repeating: 0, count: 32)
    if let tls = unsafe tls { unsafe spdz_tls_peer_fingerprint(tls, &bytes) }
    return CertificateFingerprint(bytes: bytes)
  }

  private func outcome(_ count: Int) -> Outcome {
    count > 0 ? .bytes(count) : count == 0 ? .wouldBlock : .closed
  }
}

/// Our certificate and key with the fingerprints of all parties, ready for connections.
@safe
final class TLSContext: @unchecked Sendable {
  // Sendable: the context is immutable after creation, and OpenSSL counts its references atomically.
  let context: OpaquePointer

  /// `nil` when certificate and key do not fit.
  init?(identity: Identity, fingerprints: [CertificateFingerprint]) {
    let pinned = fingerprints.flatMap(\.bytes)
    let made = unsafe identity.withKey { key in
      unsafe spdz_tls_context_create(
        identity.certificate.pemBytes, identity.certificate.pemBytes.count, key, key.count, pinned, fingerprints.count)
    }
    guard let made = unsafe made else { return nil }
    unsafe context = made
  }

  deinit { unsafe spdz_tls_context_destroy(context) }
}
