import MPCCore
import Transport

/// Shapes of communication whose times are compared between an emulated link and a real one: `Scripts/netlab/validate`.
///
/// `transport-bench shapes emulated lan|wan [repeats [round trip in ms]]` runs both parties here over the emulation;
/// `transport-bench shapes 0|1 HOST:PORT,HOST:PORT lan|wan [repeats]` is one party of two on a real link. Links are plain
/// TCP (INSECURE; nothing secret goes over them). Prints `shape<TAB>median milliseconds`, of party 0.
enum Shapes {
  struct Shape: Sendable {
    var name: String
    /// So often, a message of so many bytes there, then one back; both at once if `isExchange`.
    var rounds: Int, there: Int, back: Int
    var isExchange = false
    /// Rest between the rounds.
    var pause: Duration = .zero
  }

  static func all(isWide: Bool) -> [Shape] {
    let unit = isWide ? 1 : 10
    let shapes = [
      Shape(name: "ping-pong 16 B × \(25 * unit)", rounds: 25 * unit, there: 16, back: 16),
      Shape(name: "exchange 1 kB × \(25 * unit)", rounds: 25 * unit, there: 1000, back: 1000, isExchange: true),
      Shape(name: "exchange 100 kB × \(10 * unit)", rounds: 10 * unit, there: 100_000, back: 100_000, isExchange: true),
      Shape(name: "bulk \(4 * unit) MB", rounds: 1, there: 4_000_000 * unit, back: 1),
      Shape(
        name: "bulk both ways \(4 * unit) MB", rounds: 1, there: 4_000_000 * unit, back: 4_000_000 * unit,
        isExchange: true),
      Shape(name: "300 kB after rests × 3", rounds: 3, there: 300_000, back: 1, pause: .milliseconds(900)),
    ]
    // Two cores forward 1 Gbit/s in one direction only.
    return isWide ? shapes : shapes.filter { !$0.name.hasPrefix("bulk both ways") }
  }

  /// Runs a shape in a new session; its time without the rests.
  private static func body(_ shape: Shape) -> PartyBody<Duration> {
    { channel throws(ProtocolAbort) in
      let clock = ContinuousClock()
      let there = Payload(bytes: [UInt8](repeating: 1, count: shape.there))
      let back = Payload(bytes: [UInt8](repeating: 2, count: shape.back))
      _ = try await channel.exchange(Payload(bytes: [0]))
      var total = Duration.zero
      for _ in 0..<shape.rounds {
        if shape.pause > .zero { try? await Task.sleep(for: shape.pause) }
        let start = clock.now
        channel.beginRound()
        let isFirst = channel.me.index == 0
        let peer = PartyID(isFirst ? 1 : 0)
        if isFirst || shape.isExchange { try channel.send(there, to: peer) }
        if !isFirst || shape.isExchange { _ = try await channel.receive(Payload.self, shape: shape.there, from: peer) }
        if !shape.isExchange {
          channel.beginRound()
          if !isFirst { try channel.send(back, to: peer) }
          if isFirst { _ = try await channel.receive(Payload.self, shape: shape.back, from: peer) }
        }
        total += clock.now - start
      }
      return total
    }
  }

  static func run(_ words: [String]) async throws {
    guard let mode = words.first else { return usage() }
    if mode == "emulated" {
      guard words.count >= 2, var profile = profile(words[1]) else { return usage() }
      if words.count > 3, let roundTrip = Double(words[3]) { profile.latencyNanoseconds = UInt64(roundTrip * 5e5) }
      let repeats = words.count > 2 ? Int(words[2]) ?? 3 : 3
      for shape in all(isWide: words[1] == "wan") {
        var times: [Double] = []
        for _ in 0..<repeats {
          let options = RunOptions(network: EmulatedNetwork(profile))
          let run = try await runOverTCP(partyCount: 2, security: .insecurePlaintext, options: options, body(shape))
          times.append(TransportBenchmark.microseconds(try run.values()[0]) / 1000)
        }
        print("\(shape.name)\t\(times.sorted()[times.count / 2])")
      }
      return
    }
    guard let me = Int(mode), words.count >= 3, let _ = profile(words[2]) else { return usage() }
    let addresses = words[1].split(separator: ",").compactMap { SocketAddress(String($0)) }
    guard addresses.count == 2, (0..<2).contains(me) else { return usage() }
    let repeats = words.count > 3 ? Int(words[3]) ?? 3 : 3
    let listener = try TCPListener(addresses[me], party: PartyID(me))
    for shape in all(isWide: words[2] == "wan") {
      var times: [Double] = []
      for _ in 0..<repeats {
        let party = try await TCPParty.connect(
          TCPConfiguration(
            me: PartyID(me), addresses: addresses, security: .insecurePlaintext, session: .fixed(.demonstration),
            partiesOnThisMachine: 2), listener: listener)
        times.append(TransportBenchmark.microseconds(try await party.run(body(shape)).result.get()) / 1000)
      }
      if me == 0 { print("\(shape.name)\t\(times.sorted()[times.count / 2])") }
    }
  }

  private static func profile(_ name: String) -> LinkProfile? {
    switch name {
    case "lan": .lan
    case "wan": .wan
    default: nil
    }
  }

  private static func usage() {
    print(
      "transport-bench shapes emulated lan|wan [repeats [round trip]]\ntransport-bench shapes 0|1 HOST:PORT,HOST:PORT lan|wan [repeats]"
    )
  }
}
