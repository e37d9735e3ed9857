import MPCCore

func session(_ byte: UInt8) -> SessionID { SessionID(bytes: [UInt8](repeating: byte, count: 32)) }

/// Overwrites the first packed integer of a vector that starts at byte `start`; words in two's complement.
func write(_ words: [UInt64], bitWidth: Int, at start: Int, in bytes: inout [UInt8]) {
  for bit in 0..<bitWidth {
    let value = UInt8(truncatingIfNeeded: words[bit / 64] >> UInt64(bit % 64)) & 1
    bytes[start + bit / 8] &= ~(1 << UInt8(bit % 8))
    bytes[start + bit / 8] |= value << UInt8(bit % 8)
  }
}
