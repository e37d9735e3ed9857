internal import Foundation

/// The exact (Clopper–Pearson) confidence interval of a rate.
public struct BinomialInterval: Hashable, Sendable {
  /// Lower end; 0 if nothing happened.
  public let lower: Double
  /// Upper end; 1 if it happened every time.
  public let upper: Double

  /// The interval after `successes` of `trials`.
  /// - Parameters:
  ///   - trials: at least 1.
  ///   - confidence: probability that the interval holds the rate, 0…1, for example 0.95; two-sided.
  public init(successes: Int, trials: Int, confidence: Double) {
    precondition(trials > 0 && (0...trials).contains(successes), "0 ≤ successes ≤ trials")
    precondition(confidence > 0 && confidence < 1, "a confidence is between 0 and 1")
    let tail = (1 - confidence) / 2
    lower =
      successes == 0
      ? 0 : Self.bisect { 1 - Self.cumulative(successes - 1, of: trials, rate: $0) < tail }
    upper = successes == trials ? 1 : Self.bisect { Self.cumulative(successes, of: trials, rate: $0) > tail }
  }

  /// The largest rate for which `isBelow` holds, by bisection.
  private static func bisect(_ isBelow: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return high
  }

  /// P(X ≤ k) for X binomial.
  private static func cumulative(_ k: Int, of n: Int, rate: Double) -> Double {
    guard rate > 0 else { return 1 }
    guard rate < 1 else { return k >= n ? 1 : 0 }
    var sum = 0.0
    for i in 0...k {
      let choose = lgamma(Double(n + 1)) - lgamma(Double(i + 1)) - lgamma(Double(n - i + 1))
      sum += exp(choose + Double(i) * log(rate) + Double(n - i) * log1p(-rate))
    }
    return min(1, sum)
  }
}
