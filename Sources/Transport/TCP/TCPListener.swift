internal import COpenSSLShim
public import MPCCore

/// A listening TCP socket. Listen first, then exchange addresses, then connect.
public final class TCPListener: Sendable {
  let descriptor: Int32
  /// Where this party listens; the port is the real one, also when 0 was asked for.
  public let address: SocketAddress

  /// Listens at `address` for `party`.
  /// - Throws: `addressInUse`, `cannotListen`.
  public init(_ address: SocketAddress, party: PartyID) throws(TransportError) {
    var bound: UInt16 = 0
    let status = unsafe spdz_listen(address.host, address.port, 128, &bound)
    guard status >= 0 else {
      let cause: TransportError.Cause =
        -status == spdz_errno_address_in_use() ? .addressInUse : .cannotListen(reason: systemErrorText(-status))
      throw TransportError(cause, party, at: address)
    }
    descriptor = status
    self.address = SocketAddress(host: address.host, port: bound)
  }

  deinit { spdz_close(descriptor) }
}

/// What the system says about an errno value.
func systemErrorText(_ code: Int32) -> String {
  unsafe readText(capacity: 128) { text, capacity in unsafe spdz_errno_text(code, text, capacity) }
}

/// The text that a C function writes into a buffer of `capacity`.
func readText(capacity: Int, _ fill: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
  var text = [CChar](repeating: 0, count: capacity)
  unsafe text.withUnsafeMutableBufferPointer { buffer in
    if let base = buffer.baseAddress { unsafe fill(base, capacity) }
  }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
