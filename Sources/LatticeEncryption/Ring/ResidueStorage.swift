internal import Glibc

/// Owns 64-bit words at a 64-byte boundary, so that vector loads never straddle cache lines; zeroed at first.
///
/// `@unchecked Sendable`: shared instances are only read; every write goes through a value type that first makes its
/// reference unique (`isKnownUniquelyReferenced`), exactly as `Array` does.
@safe final class ResidueStorage: @unchecked Sendable {
  let wordCount: Int
  /// Secret contents are overwritten with zeros when the last owner lets go. Changed only while there is one owner.
  var wipesOnRelease: Bool
  let base: UnsafeMutablePointer<UInt64>

  init(wordCount: Int, wipesOnRelease: Bool, zeroed: Bool = true) {
    precondition(wordCount > 0, "a residue buffer needs at least one word")
    self.wordCount = wordCount
    self.wipesOnRelease = wipesOnRelease
    let raw = unsafe PagePool.shared.take(wordCount: wordCount)
    unsafe base = raw.bindMemory(to: UInt64.self, capacity: wordCount)
    if zeroed { unsafe base.initialize(repeating: 0, count: wordCount) }
  }

  func copy() -> ResidueStorage {
    let result = ResidueStorage(wordCount: wordCount, wipesOnRelease: wipesOnRelease, zeroed: false)
    unsafe result.base.update(from: base, count: wordCount)
    return result
  }

  deinit {
    if wipesOnRelease { unsafe explicit_bzero(base, wordCount * 8) }
    unsafe PagePool.shared.give(UnsafeMutableRawPointer(base), wordCount: wordCount)
  }
}
