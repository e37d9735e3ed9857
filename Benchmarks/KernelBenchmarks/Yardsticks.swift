internal import CGMPOracle
internal import CNTLShim
internal import FieldArithmetic

private func words(_ x: [P127]) -> [UInt64] {
  x.flatMap { [UInt64(truncatingIfNeeded: $0.canonical), UInt64(truncatingIfNeeded: $0.canonical >> 64)] }
}

/// The same operations by GMP and NTL, on their own representations where that matters (NTL).
func libraryCases(n: Int) -> [KernelCase] {
  let x = words(vector(n, seed: 1))
  let y = words(vector(n, seed: 2))
  let p: [UInt64] = [UInt64(truncatingIfNeeded: P127.modulus), UInt64(truncatingIfNeeded: P127.modulus >> 64)]
  var z = [UInt64](repeating: 0, count: 2 * n)
  func ntl(_ kernel: String, _ what: UInt32, size: Int, n: Int) -> KernelCase {
    let input = words(vector(size, seed: 1))
    var sink: [UInt64] = [0, 0]
    return KernelCase(kernel, level: "ntl", n: n) { count in
      let status = unsafe ntl_field_time(what, size, count, input, p, &sink)
      precondition(status == NTL_OK, "NTL refused the arguments of \(kernel)")
    }
  }
  return [
    KernelCase("p127.multiply", level: "gmp", n: n) { _ = unsafe gmp_oracle_multiply(&z, x, y, n, p) },
    ntl("p127.add", 0, size: n, n: n),
    ntl("p127.multiply", 1, size: n, n: n),
    ntl("p127.matrix128", 2, size: 128, n: 128 * 128 * 128),
    ntl("p127.matrix256", 2, size: 256, n: 256 * 256 * 256),
  ]
}

/// Operations without vector kernels; level "scalar".
func scalarCases(n: Int) -> [KernelCase] {
  let x: [P127] = vector(n, seed: 1)
  let squares = P127.multiply(x, x)
  var y = x
  var bytes = [UInt8](repeating: 0, count: 16 * n)
  var accumulator = P127.one
  var accepted = true
  var next = 0
  return [
    KernelCase("p127.encode", level: "scalar", n: n) {
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      P127.encode(x.span, into: &raw)
    },
    KernelCase("p127.decode", level: "scalar", n: n) {
      let raw = unsafe bytes.span.bytes
      var span = y.mutableSpan
      accepted = P127.decode(raw, into: &span) && accepted
    },
    KernelCase("p127.invertAll", level: "scalar", n: n) {
      y = x
      var span = y.mutableSpan
      accepted = P127.invertAllVariableTime(&span) && accepted
    },
    KernelCase("p127.squareRoots", level: SIMDLevel.current.name, n: n) {
      y = squares
      var span = y.mutableSpan
      accepted = P127.squareRootsVariableTime(&span) && accepted
    },
    KernelCase("p127.inverse", level: "scalar", n: 1) { accumulator += accumulator.inverse() ?? .one },
    KernelCase("p127.squareRoot", level: "scalar", n: 1) {
      next = (next + 1) % n
      accumulator += x[next].squared().squareRootVariableTime() ?? .zero
    },
  ]
}
