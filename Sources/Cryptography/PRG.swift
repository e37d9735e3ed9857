internal import COpenSSLShim

/// A pseudorandom generator: the AES-256-CTR key stream under a 32-byte seed, IV 0.
///
/// The stream is one sequence of bytes, whatever the sizes of the requests: words are 8 bytes of it, little endian.
/// Seeds are used for one purpose each; ``deriveSeed(_:label:context:)`` gives independent children.
///
/// Not `Sendable`: the stream position belongs to one task at a time. Small requests come from a buffer of 4 KiB,
/// larger ones go to the destination directly. Buffer and key schedule are wiped when the generator is released.
@safe
public final class PRG {
  /// Length of a seed in bytes.
  public static var seedByteCount: Int { 32 }

  private static var bufferByteCount: Int { 4096 }

  // Released in deinit, used by nobody else.
  private let stream: OpaquePointer
  private var buffer: [UInt8]
  /// First byte of `buffer` not handed out yet.
  private var position: Int

  /// Creates the generator of `seed`, exactly 32 bytes.
  public init(seed: [UInt8]) {
    precondition(seed.count == PRG.seedByteCount, "a PRG seed has 32 bytes, this one has \(seed.count)")
    guard let stream = unsafe spdz_key_stream_create(seed) else {
      preconditionFailure("OpenSSL cannot provide AES-256-CTR: check the installed libcrypto and its providers")
    }
    unsafe self.stream = stream
    buffer = [UInt8](repeating: 0, count: PRG.bufferByteCount)
    position = buffer.count
  }

  deinit {
    unsafe spdz_key_stream_destroy(stream)
    unsafe buffer.withUnsafeMutableBytes { unsafe spdz_wipe($0.baseAddress, $0.count) }
  }

  /// Fills `words` with the next 8·count bytes of the stream.
  public func fill(_ words: inout MutableSpan<UInt64>) {
    unsafe words.withUnsafeMutableBytes { unsafe fill($0) }
    #if _endian(big)
    for index in words.indices { words[index] = UInt64(littleEndian: words[index]) }
    #endif
  }

  /// Fills `bytes` with the next bytes of the stream.
  public func fill(bytes: inout MutableSpan<UInt8>) {
    unsafe bytes.withUnsafeMutableBytes { unsafe fill($0) }
  }

  /// Fills `bytes` with the next bytes of the stream.
  public func fill(bytes: inout MutableRawSpan) {
    unsafe bytes.withUnsafeMutableBytes { unsafe fill($0) }
  }

  /// The next `count` bytes of the stream.
  public func bytes(_ count: Int) -> [UInt8] {
    unsafe Array(unsafeUninitializedCapacity: count) { destination, initialized in
      unsafe fill(UnsafeMutableRawBufferPointer(destination))
      initialized = count
    }
  }

  /// The next `count` words of the stream.
  public func words(_ count: Int) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: count)
    var span = words.mutableSpan
    fill(&span)
    return words
  }

  /// The next word of the stream.
  public func word() -> UInt64 {
    var word: UInt64 = 0
    unsafe withUnsafeMutableBytes(of: &word) { unsafe fill($0) }
    return UInt64(littleEndian: word)
  }

  private func fill(_ destination: UnsafeMutableRawBufferPointer) {
    guard let start = destination.baseAddress else { return }
    var done = min(destination.count, buffer.count - position)
    if done > 0 {
      unsafe buffer.withUnsafeBytes { source in
        unsafe start.copyMemory(from: source.baseAddress! + position, byteCount: done)
      }
      position += done
    }
    // Whole buffers' worth go straight to the destination; what remains is served from a fresh buffer.
    let direct = (destination.count - done) / buffer.count * buffer.count
    if direct > 0 {
      unsafe refill(start + done, direct)
      done += direct
    }
    let rest = destination.count - done
    if rest > 0 {
      unsafe buffer.withUnsafeMutableBytes { source in
        unsafe refill(source.baseAddress!, source.count)
        unsafe (start + done).copyMemory(from: source.baseAddress!, byteCount: rest)
      }
      position = rest
    }
  }

  private func refill(_ destination: UnsafeMutableRawPointer, _ count: Int) {
    let status = unsafe spdz_key_stream_fill(stream, destination, count)
    precondition(status == 1, "OpenSSL failed in AES-256-CTR; the process cannot continue without randomness")
  }

  /// An independent seed for one purpose.
  ///
  /// SHA-256("seed/v1" | len(seed) | seed | len(label) | label | count | context…), integers as 8 bytes little endian.
  /// - Parameters:
  ///   - seed: the parent, any length; keep at least 32 bytes of entropy in it.
  ///   - label: what the child is for; labels are constants of the program.
  ///   - context: counters, party numbers, indices.
  /// - Returns: 32 bytes.
  public static func deriveSeed(_ seed: [UInt8], label: String, context: [UInt64] = []) -> [UInt8] {
    var hash = SHA256()
    hash.update(text: "seed/v1")
    hash.update(lengthPrefixed: seed)
    hash.update(lengthPrefixed: label)
    hash.update(count: context.count)
    for value in context { hash.update(value) }
    return hash.finalize()
  }
}
