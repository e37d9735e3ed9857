internal import COpenSSLShim
internal import MPCCore

/// One connection on its way up: TCP, TLS handshake, hello in both directions. Never blocks.
final class ConnectionAttempt {
  /// How far it is.
  enum Phase {
    case connecting
    case handshaking
    case greeting
  }

  /// What came of a step.
  enum Progress {
    case pending
    case up(Hello)
    case failed(Failure)
  }

  /// Why an attempt ended.
  enum Failure {
    case tcp(reason: String)
    case tls(reason: Int, alert: String, fingerprint: CertificateFingerprint, certified: Int?, predecessor: Int?)
    case closed
    case notHello
    case timedOut
  }

  let stream: ByteStream
  /// The party we connect to; `nil` on incoming connections.
  let target: PartyID?
  let deadline: UInt64
  private(set) var phase: Phase
  private let usesTLS: Bool
  private var outgoing: [UInt8] = []
  private var incoming: [UInt8] = []

  init(stream: ByteStream, target: PartyID?, usesTLS: Bool, deadline: UInt64) {
    self.stream = stream
    self.target = target
    self.usesTLS = usesTLS
    self.deadline = deadline
    phase = target == nil ? .handshaking : .connecting
  }

  /// Whether the socket must become writable for progress.
  var wantsWrite: Bool { phase == .connecting || stream.wantsWrite || !outgoing.isEmpty }

  /// Goes as far as possible. `hello` gives what to say once the peer of a TLS connection is known.
  func advance(now: UInt64, hello: (_ certified: Int?) -> Hello?) -> Progress {
    if phase == .connecting {
      let status = spdz_connect_result(stream.socket)
      guard status == 0 else { return .failed(.tcp(reason: systemErrorText(-status))) }
      phase = .handshaking
    }
    if phase == .handshaking {
      switch stream.handshake() {
      case .wouldBlock: return now >= deadline ? .failed(.timedOut) : .pending
      case .closed: return .failed(failure())
      case .bytes: break
      }
      guard let greeting = hello(stream.certifiedParty) else { return .failed(.closed) }
      outgoing = greeting.encoded()
      phase = .greeting
    }
    return greet(now)
  }

  private func greet(_ now: UInt64) -> Progress {
    if !outgoing.isEmpty {
      let outcome = unsafe outgoing.withUnsafeBytes { unsafe stream.write($0, nil) }
      switch outcome {
      case .bytes(let count): outgoing.removeFirst(count)
      case .wouldBlock: break
      case .closed: return .failed(failure())
      }
    }
    if case .closed = stream.flush() { return .failed(failure()) }
    while incoming.count < Hello.byteCount {
      var chunk = [UInt8](repeating: 0, count: Hello.byteCount - incoming.count)
      let outcome = unsafe chunk.withUnsafeMutableBytes { unsafe stream.read(into: $0) }
      switch outcome {
      case .bytes(let count):
        incoming += chunk.prefix(count)
        guard SecurityCheck.greetingForm.holds(Hello.canBegin(incoming)) else { return .failed(.notHello) }
      case .wouldBlock: return now >= deadline ? .failed(.timedOut) : .pending
      case .closed: return .failed(failure())
      }
    }
    guard let hello = Hello(decoding: incoming) else { return .failed(.notHello) }
    guard outgoing.isEmpty, !stream.wantsWrite else { return now >= deadline ? .failed(.timedOut) : .pending }
    return .up(hello)
  }

  private func failure() -> Failure {
    guard usesTLS, stream.tlsFailure != SPDZ_TLS_FINE, stream.tlsFailure != SPDZ_TLS_CLOSED else { return .closed }
    return .tls(
      reason: stream.tlsFailure, alert: stream.tlsAlert, fingerprint: stream.peerFingerprint,
      certified: stream.certifiedParty, predecessor: stream.predecessorParty)
  }
}

extension ConnectionAttempt.Failure {
  /// What a failure means for the connection to `party`; `nil`: worth another try.
  var finalCause: TransportError.Cause? {
    switch self {
    case .tls(let reason, let alert, let fingerprint, _, let predecessor):
      switch Int32(reason) {
      case Int32(SPDZ_TLS_UNKNOWN_CERTIFICATE) where predecessor != nil: return .rotatedCertificate(fingerprint)
      case Int32(SPDZ_TLS_UNKNOWN_CERTIFICATE): return .foreignCertificate(fingerprint)
      case Int32(SPDZ_TLS_EXPIRED): return .certificateExpired
      case Int32(SPDZ_TLS_NOT_YET_VALID): return .certificateNotYetValid
      case Int32(SPDZ_TLS_REFUSED_BY_PEER): return .refusedByPeer(alert: alert)
      case Int32(SPDZ_TLS_NOT_TLS), Int32(SPDZ_TLS_VERSION), Int32(SPDZ_TLS_NO_CERTIFICATE):
        return .notTLS(reason: description)
      default: return nil
      }
    case .notHello: return .notTLS(reason: description)
    case .tcp, .closed, .timedOut: return nil
    }
  }

  /// One phrase.
  var description: String {
    switch self {
    case .tcp(let reason): return reason
    case .closed: return "the connection was closed during the handshake"
    case .timedOut: return "the handshake took too long"
    case .notHello: return "what came is not a greeting of this protocol"
    case .tls(let reason, let alert, let fingerprint, _, let predecessor):
      switch Int32(reason) {
      case Int32(SPDZ_TLS_UNKNOWN_CERTIFICATE) where predecessor != nil:
        return "a new certificate that claims to replace the pinned one of P\(predecessor ?? 0), \(fingerprint)"
      case Int32(SPDZ_TLS_UNKNOWN_CERTIFICATE): return "certificate that is not pinned, \(fingerprint)"
      case Int32(SPDZ_TLS_EXPIRED): return "expired certificate"
      case Int32(SPDZ_TLS_NOT_YET_VALID): return "certificate that is not valid yet"
      case Int32(SPDZ_TLS_NO_CERTIFICATE): return "no certificate"
      case Int32(SPDZ_TLS_REFUSED_BY_PEER): return "it refused our certificate, \(alert)"
      case Int32(SPDZ_TLS_VERSION): return "another TLS version"
      case Int32(SPDZ_TLS_NOT_TLS): return "not TLS"
      default: return "TLS failure"
      }
    }
  }
}
