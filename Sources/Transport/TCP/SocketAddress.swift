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

extension SocketAddress {
  /// Reads "host:port"; numeric IPv6 hosts stand in brackets. `nil` for anything else.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    if host.first == "[" {
      guard host.last == "]" else { return nil }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      return nil
    }
    self.init(host: String(host), port: port)
  }
}
