import Cryptography
import MPCCore
import Transport

/// Round trips, bulk throughput and symmetric primitives. `swift run -c release transport-bench`; with `compare [repeats]`
/// ``Comparison``, with `shapes …` ``Shapes``.
@main
enum TransportBenchmark {
  static func main() async throws {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.first == "shapes" { return try await Shapes.run(Array(words.dropFirst())) }
    if words.first == "compare" {
      return try await Comparison.run(
        repeats: words.dropFirst().first.flatMap { Int($0) } ?? 5, onlyBulk: words.contains("bulk"))
    }
    let repetitions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
    primitives()
    for name in ["inproc", "tcp", "tls"] {
      try await report(name, repetitions)
    }
  }

  static func report(_ name: String, _ repetitions: Int) async throws {
    let pingPong: PartyBody<[Duration]> = { channel throws(ProtocolAbort) in
      var times: [Duration] = []
      let clock = ContinuousClock()
      let message = Payload(bytes: [UInt8](repeating: 1, count: 16))
      for _ in 0..<repetitions {
        let start = clock.now
        channel.beginRound()
        if channel.me == PartyID(0) {
          try channel.send(message, to: PartyID(1))
          _ = try await channel.receive(Payload.self, shape: 16, from: PartyID(1))
        } else {
          _ = try await channel.receive(Payload.self, shape: 16, from: PartyID(0))
          try channel.send(message, to: PartyID(0))
        }
        times.append(clock.now - start)
      }
      return times
    }
    let exchange: PartyBody<[Duration]> = { channel throws(ProtocolAbort) in
      var times: [Duration] = []
      let clock = ContinuousClock()
      for _ in 0..<repetitions {
        let start = clock.now
        _ = try await channel.exchange(Payload(bytes: [UInt8](repeating: 1, count: 16)))
        times.append(clock.now - start)
      }
      return times
    }
    let bulk: PartyBody<[Duration]> = { channel throws(ProtocolAbort) in
      var times: [Duration] = []
      let clock = ContinuousClock()
      let size = 64 << 20
      let message = Payload(bytes: [UInt8](repeating: 1, count: size))
      for _ in 0..<8 {
        let start = clock.now
        channel.beginRound()
        if channel.me == PartyID(0) {
          try channel.send(message, to: PartyID(1))
          _ = try await channel.receive(Payload.self, shape: 1, from: PartyID(1))
        } else {
          _ = try await channel.receive(Payload.self, shape: size, from: PartyID(0))
          try channel.send(Payload(bytes: [1]), to: PartyID(0))
        }
        times.append(clock.now - start)
      }
      return times
    }
    for (label, body) in [("round trip 16 B", pingPong), ("exchange 16 B", exchange), ("bulk 64 MiB", bulk)] {
      let run =
        switch name {
        case "tcp": try await runOverTCP(partyCount: 2, security: .insecurePlaintext, body)
        case "tls": try await runOverTCP(partyCount: 2, security: .mutualTLS, body)
        default: await runInProcess(partyCount: 2, body)
        }
      let times = try run.values()[0].sorted()
      let (low, middle) = (microseconds(times[times.count / 10]), microseconds(times[times.count / 2]))
      if label.hasPrefix("bulk") {
        print(
          "\(name)\t\(label)\tbest \(rate(64 << 20, microseconds(times[0]))) GB/s\tmedian \(rate(64 << 20, middle)) GB/s"
        )
      } else {
        print("\(name)\t\(label)\tp10 \(low) µs\tmedian \(middle) µs")
      }
    }
  }

  static func primitives() {
    let clock = ContinuousClock()
    let prg = PRG(seed: [UInt8](repeating: 7, count: 32))
    for (size, count) in [(16, 1_000_000), (1024, 200_000), (1 << 20, 500)] {
      var words = [UInt64](repeating: 0, count: size / 8)
      let elapsed = clock.measure {
        for _ in 0..<count {
          var span = words.mutableSpan
          prg.fill(&span)
        }
      }
      print("AES-256-CTR\t\(size) B requests\t\(rate(size * count, microseconds(elapsed))) GB/s")
    }
    for (size, count) in [(64, 1_000_000), (1 << 20, 500)] {
      let bytes = [UInt8](repeating: 3, count: size)
      var first: UInt8 = 0
      let elapsed = clock.measure { for _ in 0..<count { first ^= SHA256.hash(bytes)[0] } }
      let each = microseconds(elapsed) / Double(count)
      print("SHA-256\t\(size) B\t\(rate(size, each)) GB/s\t\((each * 1000).rounded()) ns each\t(\(first))")
    }
  }

  static func microseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return ((Double(seconds) * 1e6 + Double(attoseconds) / 1e12) * 100).rounded() / 100
  }

  static func rate(_ bytes: Int, _ microseconds: Double) -> Double {
    (Double(bytes) / microseconds / 1000 * 100).rounded() / 100
  }
}

/// Raw bytes.
struct Payload: Message {
  static let step = StepLabel("Benchmark", 1)
  static let kind = MessageKind(user: 0x40)
  var bytes: [UInt8]
  var shape: Int { bytes.count }
  static func encodedByteCount(_ shape: Int) -> Int { shape }
  func encode(into writer: inout WireWriter) { writer.append(bytes) }
  init(bytes: [UInt8]) { self.bytes = bytes }
  init(from reader: inout WireReader, shape: Int) throws(WireError) { bytes = try reader.bytes(shape) }
}
