/// Where a party listens.
public struct SocketAddress: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Host name or numeric address.
  public var host: String
  /// TCP port; 0 lets the system choose (for listening only).
  public var port: UInt16

  /// Creates an address.
  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// An address on this machine only.
  public static func loopback(port: UInt16) -> SocketAddress { SocketAddress(host: "127.0.0.1", port: port) }

  /// "host:port", numeric IPv6 hosts in brackets.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
