internal import Glibc

/// One measured kernel: one row of output.
public struct KernelMeasurement: Sendable, Codable {
  /// Field and kernel, as "p127.multiply".
  public let kernel: String
  /// Dispatch level ("portable", "avx2", "ifma") or the library measured beside it ("gmp", "ntl").
  public let level: String
  /// Elements per call; multiply-accumulates per call for a matrix product.
  public let n: Int
  /// Nanoseconds of thread time per element, median of the interleaved runs.
  public let ns: Double
  /// Elements per second.
  public let perSecond: Double

  enum CodingKeys: String, CodingKey {
    case kernel, level, n, ns
    case perSecond = "per_second"
  }
}

/// A kernel to be measured: `run(k)` performs the operation k times.
package struct KernelCase {
  package let kernel: String
  package let level: String
  package let n: Int
  package let run: (Int) -> Void

  package init(_ kernel: String, level: String, n: Int, repeating body: @escaping () -> Void) {
    self.init(kernel, level: level, n: n) { count in for _ in 0..<count { body() } }
  }

  package init(_ kernel: String, level: String, n: Int, run: @escaping (Int) -> Void) {
    self.kernel = kernel
    self.level = level
    self.n = n
    self.run = run
  }
}

/// Thread CPU time in nanoseconds.
func threadTime() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Measures the cases in turn, `runs` times over, each sample at least `sampleNanoseconds` long; medians per case.
package func measure(
  _ cases: [KernelCase], runs: Int = 9, sampleNanoseconds: Double = 2e6
) -> [KernelMeasurement] {
  let counts = cases.map { kernel in
    kernel.run(1)
    var count = 1
    while true {
      let start = threadTime()
      kernel.run(count)
      let elapsed = threadTime() - start
      if elapsed >= sampleNanoseconds / 4 { return max(1, Int(Double(count) * sampleNanoseconds / elapsed)) }
      count *= 4
    }
  }
  var samples = [[Double]](repeating: [], count: cases.count)
  for _ in 0..<runs {
    for (i, kernel) in cases.enumerated() {
      let start = threadTime()
      kernel.run(counts[i])
      samples[i].append((threadTime() - start) / Double(counts[i] * kernel.n))
    }
  }
  return zip(cases, samples).map { kernel, times in
    let median = times.sorted()[times.count / 2]
    return KernelMeasurement(
      kernel: kernel.kernel, level: kernel.level, n: kernel.n, ns: median, perSecond: 1e9 / median)
  }
}
