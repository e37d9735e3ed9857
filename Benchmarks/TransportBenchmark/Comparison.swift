import COpenSSLShim
import CRawSockets
import Glibc
import MPCCore
import Transport

/// Round trips and throughput of the channels beside those of plain C on the same kernel, interleaved repeat by repeat so
/// that a drift of the machine meets all. `swift run -c release transport-bench compare [repeats [bulk]]`; with `bulk`
/// throughput alone.
enum Comparison {
  /// Bytes of a small message on the stream: a payload of 16 with its frame header, for raw sockets too.
  static let smallByteCount = 16 + 57
  static let tripCount = 3000
  static let bulkByteCount = 64 << 20

  private enum Failure: Error { case rawSockets }

  static func run(repeats: Int, onlyBulk: Bool) async throws {
    var trips: [(name: String, times: [Double])] = [
      ("raw TCP, blocking", []), ("raw TCP, polling", []), ("channel over TCP", []), ("raw TLS, blocking", []),
      ("raw TLS, polling", []), ("channel over TLS", []),
    ]
    var bulk: [(name: String, times: [Double])] = [
      ("raw TCP, one chunk again and again", []), ("raw TCP, a message in memory", []),
      ("channel over TCP, one message", []), ("channel over TCP, 64 messages", []),
      ("raw TLS, one chunk again and again", []), ("raw TLS, a message in memory", []),
      ("channel over TLS, one message", []), ("channel over TLS, 64 messages", []),
    ]
    spdz_keep_freed_memory()  // as spdz-bench does
    let before = load()
    for _ in 0..<max(1, repeats) {
      if !onlyBulk {
        trips[0].times.append(try rawTrip(tls: false, polls: false))
        trips[1].times.append(try rawTrip(tls: false, polls: true))
        trips[2].times.append(try await channelTrip(.insecurePlaintext))
        trips[3].times.append(try rawTrip(tls: true, polls: false))
        trips[4].times.append(try rawTrip(tls: true, polls: true))
        trips[5].times.append(try await channelTrip(.mutualTLS))
      }
      for (first, security) in [(0, LoopbackSecurity.insecurePlaintext), (4, .mutualTLS)] {
        bulk[first].times.append(try rawBulk(tls: first > 0, inMemory: false))
        bulk[first + 1].times.append(try rawBulk(tls: first > 0, inMemory: true))
        bulk[first + 2].times.append(try await channelBulk(security, messages: 1))
        bulk[first + 3].times.append(try await channelBulk(security, messages: 64))
      }
    }
    if !onlyBulk { print("round trip of \(smallByteCount) bytes each way, medians of \(repeats) × \(tripCount)") }
    for (name, times) in trips where !times.isEmpty {
      let isTLS = name.hasSuffix("TLS") || name.contains("TLS,")
      let base = trips[isTLS ? 3 : 0].times
      print("\(name)\t\(rounded(median(times))) µs\t\(rounded(ratio(times, base))) × blocking raw")
    }
    print("\(bulkByteCount >> 20) MiB one way, medians of \(repeats)")
    for (index, (name, times)) in bulk.enumerated() {
      let rate = Double(bulkByteCount) / median(times) / 1e9
      let (cached, inMemory) = (bulk[index / 4 * 4].times, bulk[index / 4 * 4 + 1].times)
      print(
        "\(name)\t\(rounded(rate)) GB/s\t\(rounded(1 / ratio(times, cached))) × raw\t"
          + "\(rounded(1 / ratio(times, inMemory))) × raw in memory")
    }
    print("load \(before) before, \(load()) after")
  }

  // MARK: Measurements, in microseconds a trip and seconds a bulk

  private static func rawTrip(tls: Bool, polls: Bool) throws -> Double {
    var times = [Double](repeating: 0, count: tripCount)
    guard
      unsafe raw_round_trips(tls ? 1 : 0, polls ? 1 : 0, Int32(tripCount), Int32(smallByteCount), &times) == 1
    else { throw Failure.rawSockets }
    return median(times)
  }

  private static func rawBulk(tls: Bool, inMemory: Bool) throws -> Double {
    var seconds = 0.0
    guard unsafe raw_bulk(tls ? 1 : 0, Int64(bulkByteCount), inMemory ? 1 : 0, &seconds) == 1 else {
      throw Failure.rawSockets
    }
    return seconds
  }

  private static func channelTrip(_ security: LoopbackSecurity) async throws -> Double {
    let run = try await runOverTCP(partyCount: 2, security: security) { channel throws(ProtocolAbort) -> [Duration] in
      let clock = ContinuousClock()
      let message = Payload(bytes: [UInt8](repeating: 1, count: 16))
      let peer = PartyID(1 - channel.me.index)
      var times: [Duration] = []
      for _ in 0..<tripCount {
        let start = clock.now
        channel.beginRound()
        if channel.me.index == 0 { try channel.send(message, to: peer) }
        _ = try await channel.receive(Payload.self, shape: 16, from: peer)
        if channel.me.index == 1 { try channel.send(message, to: peer) }
        times.append(clock.now - start)
      }
      return times
    }
    return median(try run.values()[0].map(TransportBenchmark.microseconds))
  }

  private static func channelBulk(_ security: LoopbackSecurity, messages: Int) async throws -> Double {
    let run = try await runOverTCP(partyCount: 2, security: security) { channel throws(ProtocolAbort) -> Duration in
      let size = bulkByteCount / messages
      let message = Payload(bytes: [UInt8](repeating: 1, count: channel.me.index == 0 ? size : 1))
      let peer = PartyID(1 - channel.me.index)
      let clock = ContinuousClock()
      _ = try await channel.exchange(Payload(bytes: [0]))
      let start = clock.now
      for _ in 0..<messages {
        channel.beginRound()
        if channel.me.index == 0 {
          try channel.send(message, to: peer)
        } else {
          _ = try await channel.receive(Payload.self, shape: size, from: peer)
        }
      }
      channel.beginRound()
      if channel.me.index == 1 { try channel.send(message, to: peer) }
      if channel.me.index == 0 { _ = try await channel.receive(Payload.self, shape: 1, from: peer) }
      return clock.now - start
    }
    return TransportBenchmark.microseconds(try run.values()[0]) / 1e6
  }

  // MARK: Statistics

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// The median of the ratios of measurements that followed each other.
  private static func ratio(_ values: [Double], _ base: [Double]) -> Double {
    median(zip(values, base).map { $0 / $1 })
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

  private static func load() -> Double {
    var averages = [0.0]
    return unsafe getloadavg(&averages, 1) == 1 ? rounded(averages[0]) : -1
  }
}
