public import ArgumentParser
public import BenchmarkKit
import Foundation
import MPCCore
public import Preprocessing
import SecretSharing

/// `spdz-bench prep generate`.
struct PrepGenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Make material: all parties in this process, with each other.",
    discussion: """
      All parties run here, connected by --transport. What comes out goes to stores (--store), is forgotten (--discard: \
      measurements, after a small warm-up run), or is written for MP-SPDZ (--export).

      --store adds to stores that are there already, under their MAC key, if they were made with the same --parties, \
      --mode, --field, --triples and --masks: so several kinds lie together, and a generation that was ended by Ctrl-C \
      (which finishes the part it is at) goes on. A process that is killed while a key epoch is live destroys the stores: \
      their next user is told so.

      --workers divides the demand among sub-sessions that run at once over the same links: while one waits for the network \
      or for its turn at the MAC check, others compute. Their material goes into one store. If one fails, all end and the \
      store is destroyed. They pay where cores or links idle: on 2 cores that both parties fill, two workers make 0.77 of \
      what one makes.

      --max-memory bounds the parts in which material is made; a demand whose smallest part needs more is refused before \
      any work, with the figure.

      FIELDS of --json
        kind, shape, requested  as asked; count: items that came out, requested rounded up to whole batches
        seconds                 wall time of the slowest party, median over --repeats, key epochs included, set-up not
        cpu_seconds             CPU time of the process divided by the parties, median
        items_per_second        count / seconds; items_per_cpu_second: count / cpu_seconds
        bytes_sent_per_party    frames of the party that sends most, in bytes; bytes_per_item: divided by count
        rounds                  communication rounds of one run
        setup_seconds           wall time of keys B, MAC key and their proofs, once; setup_cpu_seconds: a party's CPU time
        setup_bytes_per_party   bytes
        peak_rss                largest resident memory of the process, all parties, in bytes
        ring_degree, log_q      N, bits of q; estimated_security_bits: hardness of the lattice problem
        trust_model             who has to be trusted, and the assumption; triples, masks: the protocols in use
        insecure                what makes the run insecure, empty in real runs

      EXAMPLES
        spdz-bench prep generate --kind triples --count 1000000 --discard --json
        spdz-bench prep generate --kind conv --shape 1x28x28*5x1x5x5 --count 10 --transport tls --discard
        spdz-bench prep generate --kind comparison --count 10000 --profile conservative --store material
        spdz-bench prep generate --kind squares --count 10000 --profile conservative --store material  # adds to it
        spdz-bench prep generate --kind triples --count 1000 --export mp-spdz
      """)

  @Option(help: "\(PrepKind.allCases.map(\.rawValue).joined(separator: ", ")).") var kind: String
  @Option(help: "How many items; for matrix and conv: products.") var count: Int
  @Option(help: "128x128x128 for matrix; [batch x] 1x28x28*5x1x5x5[/stride+padding] for conv (image * kernels).")
  var shape: String?
  @Option(help: "active or passive.") var mode: SecurityMode = .active
  @Option(help: "Number of parties, 2 to 8.") var parties: Int = 2
  @Option(help: "p127 or p61.") var field: String = "p127"
  @Option(help: "inproc, tcp (plain text, loopback) or tls.") var transport: TransportKind = .inproc
  @Option(help: "tag-product or classic; default: the profile's.") var triples: OfflineOptions.Triples?
  @Option(help: "bounded or bits; default: the profile's.") var masks: OfflineOptions.Masks?
  @Option(help: "default (tag products, bounded masks) or conservative (classic triples, bit masks).")
  var profile: String = "default"
  @Option(help: "s in bits, as fixedPoint.s of the experiment that uses the material.") var statisticalSecurity: Int =
    40
  @Option(help: "Threads each party computes with.") var threads: Int = 1
  @Option(
    help: "Workers of each party: sub-sessions under one MAC key, each with its own key epochs, that work at once.")
  var workers: Int = 1
  @Option(help: "native, or ntl as a slow reference.") var ring: PrepRequest.Ring = .native
  @Option(help: "Memory bound for all parties in MB; default: three quarters of what is free.") var maxMemory: Int?
  @Option(help: "Keep the material in the parties' stores in this directory.") var store: String?
  @Option(help: "Write the material for MP-SPDZ to this directory.") var export: String?
  @Flag(help: "Forget the material: measurements only.") var discard = false
  @Option(help: "Runs that count; with --discard.") var repeats: Int = 1
  @Option(help: "Whose input masks: a party's number, or all.") var owner: String = "0"
  @Option(help: "f of truncation masks (16), m of comparison masks (48).") var lowBits: Int?
  @Option(help: "Random bits above: 48 + 40 - f for truncation, 40 otherwise.") var highBits: Int?
  @Option(help: "Digit width w of comparison masks, 1 to 4.") var digitWidth: Int = 2
  @Flag(help: "INSECURE: put all shares together in clear and check every relation and MAC.") var verify = false
  @Option(help: "INSECURE: a ring of this degree (64 to 1024) instead of a secure one, for tests.") var insecureToy:
    Int?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "No progress on stderr.") var quiet = false

  func run() async throws {
    do {
      let request = try request()
      let interruption = Interruption()
      if store != nil {
        interruption.listen(
          notice: "finishing this part, then the stores are complete and can be added to (again: end at once, which "
            + "destroys the stores if a key epoch is live)")
      }
      let result = try await request.run(interruption: interruption)
      interruption.stopListening()
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(result), as: UTF8.self))
      } else {
        print(result.table, terminator: "")
      }
      if let store, result.count < request.count {
        let rest = request.count - result.count
        FileHandle.standardError.write(
          Data(
            "interrupted: \(result.count) of \(request.count) are in \(store); the same command with --count \(rest) makes the rest\n"
              .utf8))
        throw ExitCode(RunExitCode.localFailure.rawValue)
      }
    } catch let error as PrepError {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }

  private func request() throws(PrepError) -> PrepRequest {
    guard let kind = PrepKind(rawValue: kind) else {
      let known = PrepKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw .usage("--kind \(kind): no such material; the kinds are \(known)")
    }
    guard profile == "default" || profile == "conservative" else {
      throw .usage("--profile \(profile): the profiles are default and conservative")
    }
    let places = [
      store.map { PrepRequest.Destination.store($0) }, export.map { .export($0) }, discard ? .discard : nil,
    ]
    .compactMap { $0 }
    guard places.count == 1 else {
      throw .usage("say where the material goes: one of --store DIR, --export DIR, --discard")
    }
    guard owner == "all" || Int(owner) != nil else {
      throw .usage("--owner \(owner): the number of a party, or all")
    }
    var request = PrepRequest(kind: kind, count: count)
    request.shape = shape
    request.mode = mode
    request.partyCount = parties
    request.field = field
    request.transport = transport
    request.options = profile == "conservative" ? .conservative : OfflineOptions()
    request.options.triples = triples ?? request.options.triples
    request.options.masks = masks ?? request.options.masks
    guard (20...80).contains(statisticalSecurity) else {
      throw .usage("--statistical-security \(statisticalSecurity): 20 to 80 bits")
    }
    request.options.security = SecurityParameters(statisticalSecurity: statisticalSecurity)
    request.threadCount = threads
    request.options.workerCount = workers
    request.ring = ring
    request.maximumMemoryMegabytes = maxMemory
    request.destination = places[0]
    request.repeats = repeats
    request.verifyInClear = verify
    request.inputOwner = Int(owner)
    request.lowBits = lowBits
    request.highBits = highBits
    request.digitWidth = digitWidth
    request.insecureToyDegree = insecureToy
    request.quiet = quiet
    return request
  }
}

extension OfflineOptions.Triples: ExpressibleByArgument {}
extension OfflineOptions.Masks: ExpressibleByArgument {}
extension PrepRequest.Ring: ExpressibleByArgument {}
