import FieldArithmetic
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing

@Suite("Estimates of generation") struct GenerationCostTests {
  private let parameters: Parameters
  private let rates: OfflineRates
  private var n: Int { parameters.ringDegree }

  init() throws {
    parameters = try Parameters(validating: .a)
    rates = OfflineRates(ruleOfThumb: parameters)
  }

  private func cost(
    _ demand: [MaterialKind: Int], parties: Int = 2, chunks: Int = 1, whole: Bool = true
  ) -> GenerationCost {
    typealias Scheme = AuthenticatedSharing<P127>
    let options = OfflineOptions()
    return GenerationCost(
      GenerationPlan(demand, parties: parties, options: options, Scheme.self), parameters: parameters,
      parties: parties, options: options, rates: rates, chunks: chunks, wholeBatches: whole, Scheme.self)
  }

  @Test func `a vector of N values is the smallest unit, less the mask of its check`() {
    let (one, full, two) = (cost([.triples: 1]), cost([.triples: n - 1]), cost([.triples: n]))
    #expect(one == full && one.bytes < two.bytes && one.seconds < two.seconds)
    let vector =
      Ciphertext<EpochKey>.encodedByteCount(parameters) + 4 * Reply<EpochKey>.encodedByteCount(parameters)
    #expect(two.bytes - one.bytes == Double(vector), "a ciphertext and four replies more, in the same proof")
    #expect(cost([.triples: 1], whole: false).bytes < one.bytes / 1000, "parts of vectors compare without rounding")
  }

  @Test func `a proof covers 1 to U ciphertexts at one price`() {
    let limit = parameters.literal.ciphertextsPerProof
    #expect(cost([.triples: 1]).proofCount == 1)
    #expect(cost([.triples: limit * n - 1]).proofCount == 1 && cost([.triples: limit * n]).proofCount == 2)
    #expect(cost([.triples: 3 * (limit * n - 1)]).proofCount == 3)
    #expect(cost([.triples: 1, .squares: 1]).proofCount == 2, "kinds are proven apart")
    let shape = MatrixShape(rows: 128, inner: 128, columns: 128)
    #expect(cost([.matrixTriple(shape): 128]).proofCount == Double((128 + limit - 1) / limit))
  }

  @Test func `epochs begin with proven keys, once a chunk, and not for inputs`() {
    let (once, thrice) = (cost([.squares: 100]), cost([.squares: 100], chunks: 3))
    #expect(once.epochCount == 1 && thrice.epochCount == 3)
    #expect(thrice.bytes > once.bytes + 30_000_000, "15.6 MB of key and proof an epoch")
    let inputs = cost([.inputMasks(PartyID(1)): 100])
    #expect(inputs.epochCount == 0 && inputs.proofCount == 0 && inputs.bytes > 0)
  }

  @Test func `parties share the cores; what one party does alone no second core shortens`() {
    let triples = cost([.triples: 100_000], parties: 3)
    #expect(triples.seconds(cores: 3, threads: 1) == triples.seconds)
    #expect(abs(triples.seconds(cores: 1, threads: 1) - 3 * triples.seconds) < 1e-9)
    #expect(triples.seconds(cores: 12, threads: 4) < triples.seconds)
    #expect(triples.seconds(cores: 12, threads: 1, workers: 4) < triples.seconds(cores: 12, threads: 4))
    let inputs = cost([.inputMasks(PartyID(0)): 1_000_000])
    #expect(inputs.seconds(cores: 1, threads: 1) > inputs.seconds(cores: 2, threads: 1))
    #expect(inputs.seconds(cores: 2, threads: 1) > inputs.seconds, "the receiver waits for the owner")
    #expect(inputs.seconds(cores: 8, threads: 1) == inputs.seconds(cores: 2, threads: 1))
  }

  @Test func `the set-up of two parties sends what was measured, the passive one has none`() throws {
    let active = GenerationCost.setUp(parameters, parties: 2, rates: rates, AuthenticatedSharing<P127>.self)
    #expect(abs(active.bytes / 39_620_000 - 1) < 0.01, "\(active.bytes)")
    let four = GenerationCost.setUp(parameters, parties: 4, rates: rates, AuthenticatedSharing<P127>.self)
    #expect(four.bytes == 3 * active.bytes && four.seconds > active.seconds && four.seconds < 3 * active.seconds)
    let passive = try Parameters(validating: .p)
    #expect(
      GenerationCost.setUp(
        passive, parties: 2, rates: OfflineRates(ruleOfThumb: passive), AdditiveSharing<P127>.self
      ).bytes == 0)
  }

  @Test func `every rate is measured, and the mean of equal measurements is what they were`() throws {
    var ticks = 0.0
    let suite = try toySuite(AuthenticatedSharing<P127>.self)
    let rates = try OfflineRates.measure(suite, AuthenticatedSharing<P127>.self) {
      ticks += 1
      return ticks
    }
    #expect(rates.key > rates.keyCheck && rates.macKey > rates.macKeyCheck, "proofs are repeated, checks are not")
    #expect(rates.keyCheck >= 16 && rates.macKeyCheck >= 16, "a sixteenth of the rows is timed")
    #expect(rates.proof > 0 && rates.proofCheck > 0 && rates.operand > 0 && rates.reply > 0 && rates.receipt > 0)
    #expect(rates.factor > 0 && rates.product > rates.factor && rates.slots > 0 && rates.bit > 0)
    #expect(OfflineRates(meanOf: [rates, rates]) == rates)
    let passive = try OfflineRates.measure(
      try toySuite(AdditiveSharing<P61>.self), AdditiveSharing<P61>.self,
      cpuSeconds: {
        ticks += 1; return ticks
      })
    #expect(passive.proof == 0 && passive.macKey == 0 && passive.checkedValue == 0 && passive.operand > 0)
  }
}
