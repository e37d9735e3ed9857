internal import MPCCore

/// What a party says about its machine before a run.
struct MachineFacts: Message, Hashable {
  static let step = StepLabel("Doctor", 1)
  static let kind = MessageKind(library: 0x1f3)
  struct Fixed: Sendable {}

  var availableMemory: UInt64
  var freeDisk: UInt64
  var processors: UInt32
  /// Kernel level: 0 portable, 1 AVX2, 2 AVX-512 IFMA.
  var vectorLevel: UInt32

  var shape: Fixed { Fixed() }
  static func encodedByteCount(_ shape: Fixed) -> Int { 24 }

  init(availableMemory: UInt64, freeDisk: UInt64, processors: UInt32, vectorLevel: UInt32) {
    (self.availableMemory, self.freeDisk) = (availableMemory, freeDisk)
    (self.processors, self.vectorLevel) = (processors, vectorLevel)
  }

  func encode(into writer: inout WireWriter) {
    writer.append(availableMemory)
    writer.append(freeDisk)
    writer.append(processors)
    writer.append(vectorLevel)
  }

  init(from reader: inout WireReader, shape: Fixed) throws(WireError) {
    availableMemory = try reader.integer()
    freeDisk = try reader.integer()
    processors = try reader.integer()
    vectorLevel = try reader.integer()
    guard vectorLevel < 3, (1...65_536).contains(processors), availableMemory < 1 << 56, freeDisk < 1 << 60 else {
      throw .nonCanonical
    }
  }
}

/// A question for the time, and the answer: nanoseconds since 1970 by the sender's clock.
struct ClockReading: Message {
  static let step = StepLabel("Doctor", 2)
  static let kind = MessageKind(library: 0x1f4)

  var nanoseconds: Int64
  var shape: MachineFacts.Fixed { MachineFacts.Fixed() }
  static func encodedByteCount(_ shape: MachineFacts.Fixed) -> Int { 8 }

  init(_ nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  func encode(into writer: inout WireWriter) { writer.append(nanoseconds) }
  init(from reader: inout WireReader, shape: MachineFacts.Fixed) throws(WireError) {
    nanoseconds = try reader.integer()
    // Years 1970 to 2200: differences of two readings cannot overflow.
    guard (0...7_258_118_400_000_000_000).contains(nanoseconds) else { throw .nonCanonical }
  }
}

/// Bytes to measure bandwidth with.
struct Ballast: Message {
  static let step = StepLabel("Doctor", 3)
  static let kind = MessageKind(library: 0x1f5)

  var bytes: [UInt8]
  var shape: Int { bytes.count }
  static func encodedByteCount(_ shape: Int) -> Int { shape }

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  func encode(into writer: inout WireWriter) { writer.append(bytes) }
  init(from reader: inout WireReader, shape: Int) throws(WireError) { bytes = try reader.bytes(shape) }
}
