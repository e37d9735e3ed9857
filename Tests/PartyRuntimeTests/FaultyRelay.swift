import Foundation
import Glibc
import Synchronization

/// A relay in front of one listening party: forwards connections until so many bytes have passed, then goes wrong.
final class FaultyRelay: Sendable {
  /// What it does from then on, in both directions.
  enum Fault: String, CaseIterable, Sendable {
    /// Both connections stay open, nothing passes.
    case halfOpen
    /// One byte passes every tenth of a second.
    case slow
    /// Random bytes go to both sides.
    case garbage
    /// Both connections are reset.
    case cut
  }

  let port: UInt16
  private let target: UInt16
  private let fault: Fault
  private let threshold: Int
  private let listener: Int32
  private let passed = Mutex(0)
  /// When it went wrong.
  private let brokenAt = Mutex<ContinuousClock.Instant?>(nil)
  private let isClosed = Mutex(false)
  private let starts = Mutex<[Int]>([])

  init(to target: UInt16, fault: Fault, after threshold: Int) throws {
    self.target = target
    self.fault = fault
    self.threshold = threshold
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = FaultyRelay.loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(listener, address, length) == 0 && listen(listener, 8) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRINUSE) }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in accept() }
  }

  /// For each connection, how many bytes had come in before it.
  var connectionStarts: [Int] { starts.withLock { $0 } }

  /// Bytes that came in so far, both directions together.
  var passedByteCount: Int { passed.withLock { $0 } }

  var breaking: ContinuousClock.Instant? { brokenAt.withLock { $0 } }

  func close() {
    isClosed.withLock { $0 = true }
    shutdown(listener, Int32(SHUT_RDWR))
    Glibc.close(listener)
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
  }

  private func accept() {
    while true {
      let incoming = Glibc.accept(listener, nil, nil)
      guard incoming >= 0 else { return }
      let before = passedByteCount
      starts.withLock { $0.append(before) }
      let outgoing = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = FaultyRelay.loopback(target)
      let connected = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          unsafe connect(outgoing, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      guard connected else {
        Glibc.close(incoming)
        Glibc.close(outgoing)
        continue
      }
      for (from, to) in [(incoming, outgoing), (outgoing, incoming)] {
        Thread.detachNewThread { [self] in forward(from, to) }
      }
    }
  }

  private func forward(_ from: Int32, _ to: Int32) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe recv(from, &buffer, buffer.count, 0)
      guard count > 0 else {
        shutdown(to, Int32(SHUT_WR))
        return
      }
      let isBroken = passed.withLock { passed in
        passed += count
        return passed > threshold
      }
      guard isBroken else {
        guard send(buffer[..<count], to) else { return }
        continue
      }
      brokenAt.withLock { $0 = $0 ?? .now }
      goWrong(buffer[..<count], from, to)
      return
    }
  }

  private func goWrong(_ bytes: ArraySlice<UInt8>, _ from: Int32, _ to: Int32) {
    switch fault {
    case .halfOpen: break  // nobody reads or writes any more
    case .cut:
      var reset = linger(l_onoff: 1, l_linger: 0)
      for end in [from, to] {
        unsafe setsockopt(end, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        shutdown(end, Int32(SHUT_RDWR))
      }
    case .garbage:
      var state: UInt64 = 1
      for _ in 0..<64 {
        let noise = (0..<4096).map { _ -> UInt8 in
          state = state &* 6_364_136_223_846_793_005 &+ 1
          return UInt8(truncatingIfNeeded: state >> 33)
        }
        guard send(noise[...], to) else { return }
      }
    case .slow:
      for byte in bytes where !isClosed.withLock({ $0 }) {
        guard send([byte], to) else { return }
        usleep(100_000)
      }
    }
  }

  private func send(_ bytes: ArraySlice<UInt8>, _ to: Int32) -> Bool {
    var rest = Array(bytes)
    while !rest.isEmpty {
      let count = unsafe Glibc.send(to, rest, rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      rest.removeFirst(count)
    }
    return true
  }
}
