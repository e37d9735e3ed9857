internal import COpenSSLShim

/// Whether anything listens at an address, for diagnoses.
public enum TCPReachability {
  /// Tries to connect; says nothing about who listens.
  /// - Returns: `nil` if something accepted the connection, otherwise what the system said.
  public static func failure(at address: SocketAddress, within timeout: Duration) -> String? {
    let socket = unsafe spdz_connect(address.host, address.port)
    guard socket >= 0 else { return systemErrorText(-socket) }
    defer { spdz_close(socket) }
    let deadline = spdz_monotonic_nanoseconds() &+ timeout.nanoseconds
    var entries = [spdz_poll_entry(descriptor: socket, wants_read: 0, wants_write: 1, ready: 0)]
    unsafe spdz_poll(&entries, entries.count, deadline)
    guard entries[0].ready != 0 else { return "no answer" }
    let status = spdz_connect_result(socket)
    return status == 0 ? nil : systemErrorText(-status)
  }
}
