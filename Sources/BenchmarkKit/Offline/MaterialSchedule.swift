internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// When the material of a program is made: piece after piece of it consumes something, and what consecutive pieces consume
/// is made at once, a chunk, as large as memory may be used. A function of public values: all parties have the same.
struct MaterialSchedule: Sendable, Equatable {
  /// What each piece consumes.
  let pieces: [[MaterialDemand]]
  /// Consecutive pieces whose material is made together; all pieces in order.
  let chunks: [Range<Int>]

  /// One chunk for everything.
  init(_ pieces: [[MaterialDemand]]) {
    self.pieces = pieces
    chunks = pieces.isEmpty ? [] : [0..<pieces.count]
  }

  /// Fills chunks up to `limitBytes`; a piece that is larger is a chunk of its own.
  /// - Parameter bytes: what making the material of a piece takes.
  init(_ pieces: [[MaterialDemand]], limitBytes: Double, bytes: ([MaterialDemand]) -> Double) {
    self.pieces = pieces
    var known: [[MaterialDemand]: Double] = [:]
    var chunks: [Range<Int>] = []
    var (start, filled) = (0, 0.0)
    for (index, piece) in pieces.enumerated() {
      let size = known[piece] ?? bytes(piece)
      known[piece] = size
      if index > start, filled + size > limitBytes {
        chunks.append(start..<index)
        (start, filled) = (index, 0)
      }
      filled += size
    }
    if start < pieces.count { chunks.append(start..<pieces.count) }
    self.chunks = chunks
  }

  /// The chunk whose first piece this is, and its number; nil inside a chunk.
  func chunk(startingAt piece: Int) -> (number: Int, demand: [MaterialKind: Int])? {
    chunks.firstIndex { $0.lowerBound == piece }.map { ($0, demand(ofChunk: $0)) }
  }

  /// What a chunk consumes.
  func demand(ofChunk number: Int) -> [MaterialKind: Int] {
    ProgramDemand.total(pieces[chunks[number]].flatMap { $0 })
  }
}

extension MaterialSchedule {
  /// Chunks of at most `settings.chunkMegabytes` a party.
  init<S: OfflineSharing>(
    _ demand: ProgramDemand, parties: Int, settings: OfflineSettings, options: OfflineOptions, _: S.Type
  ) {
    self.init(demand.pieces, limitBytes: Double(settings.chunkMegabytes) * 1e6) { piece in
      let plan = GenerationPlan(ProgramDemand.total(piece), parties: parties, options: options, S.self)
      return MaterialMemory.bytes(plan, S.self)
    }
  }

  /// Checks that the largest chunk can be made here.
  /// - Parameters:
  ///   - partiesHere: how many parties share this machine's memory.
  ///   - availableBytes: what may be used.
  /// - Throws: ``MaterialMemoryError`` naming both figures.
  func requireMemory<S: OfflineSharing>(
    for name: String, partiesHere: Int, availableBytes: Int, parameters: Parameters, parties: Int,
    options: OfflineOptions, _: S.Type
  ) throws(MaterialMemoryError) {
    for number in chunks.indices {
      let demand = demand(ofChunk: number)
      let plan = GenerationPlan(demand, parties: parties, options: options, S.self)
      let working = MaterialMemory(
        parameters, parties: parties, hasMatrices: demand.keys.contains(where: \.isMatrixProduct), S.self
      ).workingBytes
      let needed = Double(partiesHere) * (Double(working * options.workerCount) + MaterialMemory.bytes(plan, S.self))
      guard needed <= Double(availableBytes) else {
        throw MaterialMemoryError(
          program: name, neededMegabytes: Int(needed / 1e6), availableMegabytes: availableBytes / 1_000_000,
          isSinglePiece: chunks[number].count == 1, partiesHere: partiesHere)
      }
    }
  }
}

/// The material of one piece of a program does not fit into memory. Found before any work.
public struct MaterialMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Workload and mode.
  public let program: String
  /// Estimated for all parties of this machine.
  public let neededMegabytes: Int
  /// What may be used: nine tenths of what the system says is available.
  public let availableMegabytes: Int
  /// Whether one step or layer alone needs that much.
  public let isSinglePiece: Bool
  /// Parties on this machine.
  public let partiesHere: Int

  /// Cause and remedy.
  public var description: String {
    let remedy =
      isSinglePiece
      ? "use smaller batches or fewer rows (train.batch, train.rows, testRows)"
      : "lower offline.chunkMegabytes"
    return "\(program): making the material of \(isSinglePiece ? "one piece" : "one chunk") takes about "
      + "\(neededMegabytes) MB for \(partiesHere) parties on this machine, \(availableMegabytes) MB may be used; "
      + "\(remedy), or run parties on machines of their own"
  }
}
