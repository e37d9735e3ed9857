import Cryptography
import FieldArithmetic
import MPCCore
import SecretSharing
import Testing

@testable import MaterialStore

@Suite("What is stored comes back once, in order")
struct RoundTripTests {
  static let kinds: [MaterialKind] = [
    .triples, .squares, .bits, .randoms, .inputMasks(PartyID(0)), .inputMasks(PartyID(1)),
    .matrixTriple(MatrixShape(rows: 2, inner: 3, columns: 4)),
    .convolutionTriple(ConvolutionShape(channels: 1, height: 4, width: 4, filters: 2, kernelHeight: 3, kernelWidth: 3)),
    .truncationMasks(droppedBits: 13, highBits: 60),
    .comparisonMasks(ComparisonMaskForm(lowBits: 10, highBits: 50, digitWidth: 4)),
  ]

  @Test("Every kind, active and passive, over appends, commits and a second process")
  func everyKind() throws {
    try run(Active.self)
    try run(Passive.self)
  }

  func run<S: SharingScheme>(_: S.Type) throws {
    let scratch = try Scratch()
    let key = StoreKey.generate()
    let store = try makeStore(S.self, scratch("p0"), under: key)
    for kind in Self.kinds {
      try store.append(numbered(kind, S.self, from: 0, count: 700))
      try store.append(numbered(kind, S.self, from: 700, count: 9000))
    }
    try store.commit()
    for kind in Self.kinds { try store.append(numbered(kind, S.self, from: 9700, count: 300)) }
    try store.finishGenerating()
    store.close()

    let again = try openStore(S.self, scratch("p0"), under: key)
    #expect(again.state == .ready)
    #expect(again.left == Dictionary(uniqueKeysWithValues: Self.kinds.map { ($0, 10000) }))
    try again.beginUseAlone()
    for kind in Self.kinds {
      var next = 0
      for count in [1, 0, 999, 8500, 500] {
        #expect(numbers(try again.take(kind, count: count)) == Array(next..<(next + count)))
        next += count
      }
      #expect(failure { _ = try again.take(kind, count: 1) } == .exhausted(kind: kind.description, needed: 1, left: 0))
    }
  }
}
