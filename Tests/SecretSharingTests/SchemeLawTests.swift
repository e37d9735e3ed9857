import FieldArithmetic
import MPCCore
import SecretSharing
import Testing
import Transport

/// Every operation on two secret vectors, revealed together, beside the same in clear.
private struct Laws: PartyProgram {
  struct Outcome: Sendable {
    var names: [String] = []
    var wrong: [String] = []
  }

  func run<S: SharingScheme>(_ session: inout Session<S, WireChannel>) async throws(ProtocolAbort) -> Outcome {
    typealias F = S.F
    let count = 6
    let a = samples(count, F.self, seed: 1)
    let b = Array(samples(count, F.self, seed: 2).reversed())
    let c = samples(count, F.self, seed: 3)
    let last = PartyID(session.parties.count - 1)
    let x = try await session.input(session.me.index == 0 ? a : nil, count: count, from: PartyID(0))
    let y = try await session.input(session.me == last ? b : nil, count: count, from: last)

    var shared: [(String, SharedVector<S>, [F])] = []
    func expect(_ name: String, _ shares: SharedVector<S>, _ clear: [F]) { shared.append((name, shares, clear)) }
    expect("input", x, a)
    expect("sum", x + y, F.add(a, b))
    expect("difference", x - y, F.subtract(a, b))
    expect("negation", -x, a.map { -$0 })
    expect("scaled by one", x.scaled(by: c[5]), a.map { $0 * c[5] })
    expect("scaled by each", x.scaled(by: c), F.multiply(a, c))
    expect("constant", session.constant(c), c)
    expect("public summand", session.add(c, to: x), F.add(a, c))
    expect("one public summand", session.add(c[4], to: x), a.map { $0 + c[4] })
    expect("slice", x[1..<4], Array(a[1..<4]))
    expect("gather", x.gather([5, 0, 0]), [a[5], a[0], a[0]])
    expect("concatenation", SharedVector.concatenate([x, y]), a + b)
    expect("group sums", x.groupSums(of: 3), [a[0] + a[1] + a[2], a[3] + a[4] + a[5]])
    expect("repetition", x.repeatingEach(2), a.flatMap { [$0, $0] })
    expect("linear map", x.mapLinear { Array($0.reversed()) }, Array(a.reversed()))
    var accumulated = x
    accumulated += y
    accumulated -= session.constant(c)
    accumulated.multiplyAccumulate(c, y)
    accumulated.multiplyAccumulate(c[5], x)
    var clear = F.subtract(F.add(a, b), c)
    clear = F.add(clear, F.multiply(c, b))
    clear = F.add(clear, a.map { $0 * c[5] })
    expect("updates in place", accumulated, clear)
    expect("product", try await session.multiply(x, y), F.multiply(a, b))
    expect("square", try await session.square(x), F.multiply(a, a))
    expect("dot product", try await session.dot(x, y), [F.sum(F.multiply(a, b))])
    expect("zeros", SharedVector(zeros: 2), [.zero, .zero])

    let opened = try await session.reveal(SharedVector.concatenate(shared.map(\.1)))
    var outcome = Outcome()
    var start = 0
    for (name, shares, clear) in shared {
      outcome.names.append(name)
      if Array(opened[start..<(start + shares.count)]) != clear { outcome.wrong.append(name) }
      start += shares.count
    }
    return outcome
  }
}

extension PrimeField {
  fileprivate static func sum(_ values: [Self]) -> Self { values.reduce(.zero) { $0 + $1 } }
}

/// Inputs of every party, one private output to every party.
private struct PrivateOutputs: PartyProgram {
  func run<S: SharingScheme>(_ session: inout Session<S, WireChannel>) async throws(ProtocolAbort) -> [Bool] {
    var checks: [Bool] = []
    for party in session.parties {
      let value = [S.F(UInt64(party.index + 40)), -S.F.one]
      let shared = try await session.input(session.me == party ? value : nil, count: 2, from: party)
      let receiver = PartyID((party.index + 1) % session.parties.count)
      let output = try await session.revealPrivately(shared, to: receiver)
      checks.append(output == (session.me == receiver ? value : nil))
    }
    return checks
  }
}

/// The extremes of a range, entered by every party.
private struct RangedInputs: PartyProgram {
  let bits: Int

  func run<S: SharingScheme>(_ session: inout Session<S, WireChannel>) async throws(ProtocolAbort) -> [Bool] {
    let limit = Int64(1) << Int64(bits - 1)
    let values = [-limit, limit - 1, 0, -1]
    var checks: [Bool] = []
    for party in session.parties {
      let shared = try await session.inputRange(
        session.me == party ? values : nil, count: values.count, bits: bits, from: party)
      checks.append(try await session.reveal(shared).map(\.signed) == values.map { Int128($0) })
    }
    return checks
  }
}

@Suite("Laws of the sharing schemes and of the protocols on them")
struct SchemeLawTests {
  @Test("Every operation opens to what it is in clear", arguments: SchemeCase.allCases, 2...8)
  func laws(scheme: SchemeCase, n: Int) throws {
    for outcome in try scheme.simulate(n, Laws()).values() {
      #expect(outcome.names.count == 20)
      #expect(outcome.wrong.isEmpty)
    }
  }

  @Test("A private output reaches its receiver and nobody else", arguments: SchemeCase.allCases, [2, 3, 5])
  func privateOutput(scheme: SchemeCase, n: Int) throws {
    for checks in try scheme.simulate(n, PrivateOutputs()).values() {
      #expect(checks == Array(repeating: true, count: n))
    }
  }

  @Test("Range-checked inputs take the whole range", arguments: SchemeCase.allCases, [1, 7, 48])
  func ranges(scheme: SchemeCase, bits: Int) throws {
    for checks in try scheme.simulate(3, RangedInputs(bits: bits)).values() { #expect(checks == [true, true, true]) }
  }

  @Test("A thousand honest batches: no abort, right results")
  func manyBatches() throws {
    let report = simulateSessions(3, AuthenticatedSharing<P61>.self) { session throws(ProtocolAbort) in
      var right = 0
      let x = try await session.input(session.me.index == 0 ? [P61(UInt64(3))] : nil, count: 1, from: PartyID(0))
      for _ in 0..<1000 where try await session.reveal(session.multiply(x, x)) == [P61(UInt64(9))] { right += 1 }
      return right
    }
    #expect(try report.values() == [1000, 1000, 1000])
  }
}
