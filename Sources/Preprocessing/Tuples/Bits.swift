internal import FieldArithmetic
public import MPCCore
internal import SecretSharing

extension LowGear {
  /// Random bits from square pairs whose epoch is over: s = a² is revealed and *checked before use*, b = (a/√s + 1)/2.
  ///
  /// Squares come from the stock, which only retired epochs fill: with a live key an opened s leaves two values for a, and
  /// a guess reads the bit. Pairs with s = 0 (probability 1/p each) are discarded. Source: [DKLPSS13, section 4.2].
  /// - Parameter count: pairs to spend; slightly fewer bits may come out.
  public mutating func bits(fromSquares count: Int) async throws(ProtocolAbort) {
    guard count > 0 else { return }
    let (a, squares) = try stock.withdraw(.squares, count: count).squarePairs().spend()
    let opened = try await session.reveal(squares)
    let usable = opened.indices.filter { opened[$0] != .zero }
    let all = usable.count == count
    var roots = all ? opened : usable.map { opened[$0] }
    let shares = all ? a : a.gather(usable)
    var span = roots.mutableSpan
    guard S.F.squareRootsVariableTime(&span), S.F.invertAllVariableTime(&span) else {
      throw session.end(.sacrificeFailed(step: StepLabel("LowGear.Bits", 2)))
    }
    guard let half = S.F(UInt64(2)).inverseVariableTime() else { preconditionFailure("p is odd") }
    let scaled = shares.scaled(by: S.F.scale(roots, by: half))
    let bits = session.add(half, to: scaled)
    stock.deposit(MaterialBlock(kind: .bits, count: bits.count, columns: [bits]))
  }
}
