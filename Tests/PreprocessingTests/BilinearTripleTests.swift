import FieldArithmetic
import MPCCore
import Preprocessing
import SecretSharing
import Testing

@Suite("Matrix and convolution triples")
struct BilinearTripleTests {
  private static let matrix = MatrixShape(rows: 3, inner: 5, columns: 2)
  private static let convolution = ConvolutionShape(
    batch: 2, channels: 1, height: 4, width: 3, filters: 2, kernelHeight: 2, kernelWidth: 2, stride: 1, padding: 1)
  private static let demand: [MaterialKind: Int] = [.matrixTriple(matrix): 7, .convolutionTriple(convolution): 2]

  /// Every triple of a kind is f(A, B) = C.
  private func check<F: PrimeField>(_ made: ClearMaterial<F>, _ shape: BilinearShape) {
    let (left, right, out) = (shape.count(.left), shape.count(.right), shape.outputCount)
    for t in 0..<made.count {
      let product = shape.evaluate(
        Array(made.values[0][(t * left)..<((t + 1) * left)]), Array(made.values[1][(t * right)..<((t + 1) * right)]))
      #expect(product == Array(made.values[2][(t * out)..<((t + 1) * out)]), "\(shape), triple \(t)")
    }
    #expect(made.tagsAreRight)
    #expect(Set(made.values[0]).count == made.values[0].count)
  }

  private func check<F: PrimeField>(_ made: [MaterialKind: ClearMaterial<F>]) throws {
    for (kind, count) in Self.demand {
      let triples = try #require(made[kind])
      #expect(triples.count >= count)
      switch kind {
      case .matrixTriple(let shape): check(triples, .matrix(shape))
      case .convolutionTriple(let shape): check(triples, .convolution(shape))
      default: Issue.record("unexpected kind")
      }
    }
  }

  private func run<S: OfflineSharing>(_: S.Type, parties: Int) throws {
    try check(
      generate(S.self, parties: parties, kinds: Array(Self.demand.keys)) { (party) throws(ProtocolAbort) in
        try await party.generate(Self.demand)
      })
  }

  @Test(arguments: [2, 3])
  func activeTriplesAreProductsWithTags(parties: Int) throws {
    try run(AuthenticatedSharing<P127>.self, parties: parties)
    try run(AuthenticatedSharing<P61>.self, parties: parties)
  }

  @Test func passiveTriplesAreProducts() throws {
    try run(AdditiveSharing<P127>.self, parties: 3)
    try run(AdditiveSharing<P61>.self, parties: 2)
  }

  @Test func severalThreadsMakeTheSameKindOfMaterial() async throws {
    typealias S = AuthenticatedSharing<P127>
    let made = try await generateInProcess(
      S.self, kinds: Array(Self.demand.keys), suite: toySuite(S.self, threads: 3)
    ) { (party) throws(ProtocolAbort) in try await party.generate(Self.demand) }
    try check(made)
  }
}
