import FieldArithmetic
import Glibc
import MPCCore
import MaterialStore
import SecretSharing

extension Probe {
  /// Write and read speed of 2 million active triples (192 MB), and the latency of a cursor commit.
  static func measure(_ directory: String, keys: String) throws {
    let key = try StoreKey.loadOrCreate(identityDirectory: keys)
    let store = try PartyStore<Active>.create(
      directory: directory,
      terms: StoreTerms(
        Active.self, partyCount: 2, session: session, parameterDigest: [UInt8](repeating: 1, count: 32),
        trustModel: .insecureDealer, masks: "bounded"),
      party: PartyID(0), keyShare: P127(5), under: key)
    let (total, batch) = (2_000_000, 1 << 16)
    var (appending, done) = (Duration.zero, 0)
    let clock = ContinuousClock()
    while done < total {
      let block = numbered(.triples, Active.self, from: done, count: min(batch, total - done))
      done += block.count
      let start = clock.now
      try store.append(block)
      appending += clock.now - start
    }
    let committing = try clock.measure { try store.finishGenerating() }
    let bytes = Double(try store.neededBytes(.triples, count: total))
    report("append (encode, encrypt, write)", bytes, appending)
    report("append and final sync", bytes, appending + committing)
    store.close()

    let again = try PartyStore<Active>.open(directory: directory, under: key)
    let verification = try clock.measure { _ = try again.verify() }
    report("verify", bytes, verification)
    try again.beginUseAlone()
    var latencies: [Duration] = []
    let small = 200
    for _ in 0..<small {
      try again.settle()
      latencies.append(try clock.measure { _ = try again.take(.triples, count: 1) })
    }
    latencies.sort()
    print(
      "cursor commit: median \(latencies[small / 2]), p95 \(latencies[small * 95 / 100]), max \(latencies[small - 1])")
    var (reading, read) = (Duration.zero, 0)
    while again.left[.triples, default: 0] >= batch {
      reading += try clock.measure { _ = try again.take(.triples, count: batch) }
      read += batch
    }
    report("take \(batch) at a time (commit, read, decrypt, decode)", Double(read * 96), reading)
    try again.destroy(because: "measured")
  }

  private static func report(_ what: String, _ bytes: Double, _ time: Duration) {
    let seconds = Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds)
    print("\(what): \(Int(bytes / seconds / 1e6)) MB/s (\(Int(bytes / 1e6)) MB in \(Int(seconds * 1000)) ms)")
  }
}
