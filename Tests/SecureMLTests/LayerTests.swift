import FieldArithmetic
import Foundation
import MPCCore
import Online
import SecretSharing
import SecureML
import Testing

/// Planes of one row's image, with what lies outside.
struct ClearImage {
  let channels, height, width: Int
  let values: [Double]

  /// The values of a window, without what lies outside the image.
  func window(_ channel: Int, top: Int, left: Int, height windowHeight: Int, width windowWidth: Int) -> [Double] {
    var inside: [Double] = []
    for row in top..<(top + windowHeight) where (0..<height).contains(row) {
      for column in left..<(left + windowWidth) where (0..<width).contains(column) {
        inside.append(values[(channel * height + row) * width + column])
      }
    }
    return inside
  }
}

@Suite("Every layer alone meets its error bound against Double, and takes the rounds it states")
struct LayerTests {
  static let ulp = 0x1p-16

  /// Features: random ones, and both ends of the proven range; all multiples of one ulp.
  static func rows(_ count: Int, seed: UInt64 = 9) -> [Double] {
    var numbers = pseudorandom(count, seed: seed, scale: 12).map { ($0 / ulp).rounded() * ulp }
    for (place, extreme) in [16 - ulp, -16, 0, ulp, -ulp].enumerated() where place * 7 < count {
      numbers[place * 7] = extreme
    }
    return numbers
  }

  /// Runs one model passively and actively, and compares every output with `clear` of its row.
  func expect(
    _ layers: [SecureLayerSpecification], on input: ActivationShape, parameters: [LayerParameters] = [],
    rows: [Double], format: FixedPointFormat = FixedPointFormat(), parties: Int = 2, featureBits: Int? = nil,
    publicWeights: Bool = false, rounds: (passive: Int, active: Int)? = nil, within bound: (Double) -> Double,
    clear: ([Double]) -> [Double]
  ) async throws {
    let specification = try SecureModelSpecification(
      input: input, layers: layers, format: format, featureBits: featureBits)
    try specification.validate(P127.self, parameters: SecurityParameters(), partyCount: parties)
    let weights = try specification.encode(parameters)
    let features = try specification.encode(features: rows)
    let passive = try await SecureModelTests().infer(
      AdditiveSharing<P127>.self, parties: parties, specification, parameters: weights, rows: features,
      publicWeights: publicWeights)
    let active = try await SecureModelTests().infer(
      AuthenticatedSharing<P127>.self, parties: parties, specification, parameters: weights, rows: features,
      publicWeights: publicWeights)
    let reference = stride(from: 0, to: rows.count, by: input.count).flatMap {
      clear(Array(rows[$0..<($0 + input.count)]))
    }
    for secure in [passive, active] {
      #expect(secure.outputs.count == reference.count)
      for (index, (mine, expected)) in zip(secure.outputs, reference).enumerated() {
        let error = abs(Double(mine) / Double(format.one) - expected) * Double(format.one)
        #expect(error <= bound(expected), "output \(index): \(error) ulp from \(expected)")
      }
    }
    if let rounds {
      #expect(passive.roundsPerLayer.reduce(0, +) == rounds.passive, "passive rounds \(passive.roundsPerLayer)")
      #expect(active.roundsPerLayer.reduce(0, +) == rounds.active, "active rounds \(active.roundsPerLayer)")
    }
  }

  static let pools: [(window: Int, stride: Int, padding: Int)] = [
    (2, 2, 0), (3, 2, 1), (3, 1, 2), (2, 3, 0), (4, 1, 1), (1, 2, 0),
  ]

  static func pool(
    _ image: ClearImage, _ pool: (window: Int, stride: Int, padding: Int), _ reduce: ([Double]) -> Double
  ) -> [Double] {
    let outputHeight = (image.height + 2 * pool.padding - pool.window) / pool.stride + 1
    let outputWidth = (image.width + 2 * pool.padding - pool.window) / pool.stride + 1
    return (0..<image.channels).flatMap { channel in
      (0..<outputHeight).flatMap { y in
        (0..<outputWidth).map { x in
          reduce(
            image.window(
              channel, top: y * pool.stride - pool.padding, left: x * pool.stride - pool.padding,
              height: pool.window, width: pool.window))
        }
      }
    }
  }

  @Test("Average pools with any window, stride and padding: 1 ulp and the rounded divisor", arguments: pools)
  func averagePools(pool: (window: Int, stride: Int, padding: Int)) async throws {
    let input = ActivationShape.image(channels: 2, height: 5, width: 7)
    for countsPadding in [false, true] {
      let largestSum = 16.0 * Double(pool.window * pool.window)
      try await expect(
        [
          .averagePool(
            window: pool.window, stride: pool.stride, padding: pool.padding, countsPadding: countsPadding)
        ], on: input, rows: Self.rows(2 * input.count), rounds: pool.window == 1 ? (0, 0) : (1, 5),
        within: { _ in 1 + largestSum / 2 }
      ) { row in
        Self.pool(ClearImage(channels: 2, height: 5, width: 7, values: row), pool) {
          $0.reduce(0, +) / Double(countsPadding ? pool.window * pool.window : $0.count)
        }
      }
    }
  }

  @Test("Max pools are exact; padding is never the largest", arguments: pools)
  func maxPools(pool: (window: Int, stride: Int, padding: Int)) async throws {
    let input = ActivationShape.image(channels: 2, height: 5, width: 7)
    // All negative in the second row: a zero of the padding would win.
    let rows = Self.rows(input.count) + Self.rows(input.count, seed: 4).map { -abs($0) - Self.ulp }.map { max(-16, $0) }
    var largest = 0  // a corner's window may be cut
    _ = Self.pool(ClearImage(channels: 2, height: 5, width: 7, values: rows), pool) {
      largest = max(largest, $0.count)
      return 0
    }
    var levels = 0
    while 1 << levels < largest { levels += 1 }
    try await expect(
      [.maxPool(window: pool.window, stride: pool.stride, padding: pool.padding)], on: input, rows: rows,
      rounds: (7 * levels, 11 * levels), within: { _ in 0 }
    ) { row in
      Self.pool(ClearImage(channels: 2, height: 5, width: 7, values: row), pool) { $0.max() ?? .nan }
    }
  }

  @Test("The global average of each plane")
  func globalAverage() async throws {
    let input = ActivationShape.image(channels: 3, height: 4, width: 5)
    try await expect(
      [.globalAveragePool], on: input, rows: Self.rows(2 * input.count), parties: 3, rounds: (1, 5),
      within: { _ in 1 + 16.0 * 20 / 2 }
    ) { row in
      (0..<3).map { row[($0 * 20)..<($0 * 20 + 20)].reduce(0, +) / 20 }
    }
  }

  static let grouped: [(groups: Int, filters: Int, stride: Int, padding: Int, isPublic: Bool)] = [
    (1, 2, 1, 1, false), (2, 4, 2, 1, false), (4, 4, 1, 0, false), (4, 8, 1, 1, true),
  ]

  @Test("Grouped and depthwise convolutions: one round for all groups, 1 ulp", arguments: grouped)
  func groups(_ c: (groups: Int, filters: Int, stride: Int, padding: Int, isPublic: Bool)) async throws {
    let (channels, height, width) = (4, 5, 4)
    let own = channels / c.groups
    let weights = pseudorandom(c.filters * own * 9, seed: 3, scale: 2).map { ($0 / Self.ulp).rounded() * Self.ulp }
    let bias = (0..<c.filters).map { Double($0) / 4 - 1 }
    try await expect(
      [
        .convolution(
          filters: c.filters, kernelHeight: 3, kernelWidth: 3, stride: c.stride, padding: c.padding, groups: c.groups)
      ],
      on: .image(channels: channels, height: height, width: width),
      parameters: [LayerParameters(weights: weights, bias: bias)], rows: Self.rows(2 * channels * height * width),
      publicWeights: c.isPublic, rounds: c.isPublic ? (1, 5) : (2, 6), within: { _ in 1 }
    ) { row in
      var out: [Double] = []
      for filter in 0..<c.filters {
        let first = filter / (c.filters / c.groups) * own
        for y in 0..<((height + 2 * c.padding - 3) / c.stride + 1) {
          for x in 0..<((width + 2 * c.padding - 3) / c.stride + 1) {
            var sum = bias[filter]
            for channel in 0..<own {
              for i in 0..<3 {
                for j in 0..<3 {
                  let (inY, inX) = (y * c.stride + i - c.padding, x * c.stride + j - c.padding)
                  guard (0..<height).contains(inY), (0..<width).contains(inX) else { continue }
                  sum +=
                    row[((first + channel) * height + inY) * width + inX]
                    * weights[((filter * own + channel) * 3 + i) * 3 + j]
                }
              }
            }
            out.append(sum)
          }
        }
      }
      return out
    }
  }

  @Test("Scale and bias a channel", arguments: [false, true])
  func scaleAndBias(isPublic: Bool) async throws {
    let input = ActivationShape.image(channels: 3, height: 2, width: 3)
    let (factors, bias, shift) = ([1.5, -2.25, 0.0625], [0.5, -7, 3], [-1.0, 2, 0.75])
    try await expect(
      [.scale, .bias], on: input,
      parameters: [LayerParameters(weights: factors, bias: bias), LayerParameters(weights: [], bias: shift)],
      rows: Self.rows(2 * input.count), publicWeights: isPublic, rounds: isPublic ? (1, 5) : (2, 6),
      within: { _ in 1 }
    ) { row in
      row.enumerated().map { place, x in factors[place / 6] * x + bias[place / 6] + shift[place / 6] }
    }
  }

  @Test("Batch normalisation costs nothing and gives what it gives in Double, behind dense, convolution and scale")
  func batchNormalization() async throws {
    let normalization = LayerParameters.batchNormalization(
      scale: [1.5, -0.5], bias: [0.25, 1], mean: [0.5, -2], variance: [2.25, 0.8])
    func normalized(_ x: Double, _ channel: Int) -> Double {
      let (gamma, beta) = (normalization.weights[channel], normalization.bias[channel])
      let (mean, variance) = (normalization.mean?[channel] ?? 0, normalization.variance?[channel] ?? 1)
      return gamma * (x - mean) / (variance + 1e-3).squareRoot() + beta
    }
    let dense = LayerParameters(weights: [1, 2, -1, 0.5, 0.25, 3], bias: [1, -1])
    let rows = Self.rows(3 * 4)
    // Rounding of the folded weights: |x| ≤ 16 a term, half an ulp of a weight; and 1 ulp.
    try await expect(
      [.dense(outputs: 2), .batchNormalization(epsilon: 1e-3), .relu], on: .vector(3),
      parameters: [dense, normalization], rows: rows, rounds: (2 + 7, 6 + 11), within: { _ in 2 + 3 * 8 }
    ) { x in
      (0..<2).map { out in
        let sum = (0..<3).reduce(dense.bias[out]) { $0 + x[$1] * dense.weights[$1 * 2 + out] }
        return max(0, normalized(sum, out))
      }
    }
    let kernel = LayerParameters(weights: [1, 0.5, -2, 0.25], bias: [0, 1])
    try await expect(
      [
        .convolution(filters: 2, kernelHeight: 1, kernelWidth: 2), .batchNormalization(epsilon: 1e-3),
        .batchNormalization(epsilon: 1e-3),
      ],
      on: .image(channels: 1, height: 1, width: 3), parameters: [kernel, normalization, normalization], rows: rows,
      within: { _ in 2 + 2 * 8 }
    ) { x in
      (0..<2).flatMap { out in
        (0..<2).map { column in
          let sum = kernel.bias[out] + kernel.weights[out * 2] * x[column] + kernel.weights[out * 2 + 1] * x[column + 1]
          return normalized(normalized(sum, out), out)
        }
      }
    }
    try await expect(
      [.scale, .batchNormalization(epsilon: 1e-3)], on: .image(channels: 2, height: 1, width: 3),
      parameters: [LayerParameters(weights: [2, -3], bias: [1, 0]), normalization], rows: rows,
      within: { _ in 2 + 8 }
    ) { x in
      x.enumerated().map { normalized($0.offset < 3 ? 2 * $0.element + 1 : -3 * $0.element, $0.offset / 3) }
    }
  }

  @Test("Batch normalisation that cannot be folded, and parameters that make no sense, are refused")
  func refusedFolding() throws {
    #expect(throws: ModelError.cannotFold(layer: 1, after: "a relu layer")) {
      try SecureModelSpecification(input: .vector(2), layers: [.relu, .batchNormalization()])
    }
    #expect(throws: ModelError.cannotFold(layer: 0, after: "the input")) {
      try SecureModelSpecification(input: .vector(2), layers: [.batchNormalization()])
    }
    #expect(ModelError.cannotFold(layer: 1, after: "a relu layer").description.contains("scale layer"))
    let model = try SecureModelSpecification(
      input: .vector(1), layers: [.dense(outputs: 1), .batchNormalization(epsilon: 0)])
    let dense = LayerParameters(weights: [1], bias: [0])
    for (given, variance) in [("0.0", 0.0), ("-1.0", -1), ("nan", .nan)] {
      #expect(
        throws: ModelError.wrongParameters(
          layer: 1, kind: "batchNormalization", expected: "variances above −epsilon", given: given)
      ) {
        try model.encode([
          dense, .batchNormalization(scale: [1], bias: [0], mean: [0], variance: [variance]),
        ])
      }
    }
    #expect(
      throws: ModelError.wrongParameters(
        layer: 1, kind: "batchNormalization", expected: "1 means and variances", given: "0 means and 0 variances")
    ) {
      try model.encode([dense, dense])
    }
  }

  @Test("Sizes that overflow or make no sense are refused, not computed")
  func absurdSizes() {
    let image = ActivationShape.image(channels: 1, height: 4, width: 4)
    for layer: SecureLayerSpecification in [
      .averagePool(window: .max), .maxPool(window: 2, stride: 0), .maxPool(window: 2, padding: 2),
      .averagePool(window: 2, padding: -1), .maxPool(window: 2, stride: .min),
      .convolution(filters: 2, kernelHeight: 1, kernelWidth: 1, groups: 2),
      .convolution(filters: 1, kernelHeight: 1, kernelWidth: 1, padding: .max),
      .convolution(filters: .max, kernelHeight: 1, kernelWidth: 1), .batchNormalization(epsilon: .nan),
      .exponential(.limit(steps: 0)), .exponential(.base2(degree: 8)),
    ] {
      #expect(throws: ModelError.self, "\(layer)") { try SecureModelSpecification(input: image, layers: [layer]) }
    }
    #expect(throws: ModelError.self) {
      try SecureModelSpecification(input: .image(channels: .max, height: 2, width: 2), layers: [])
    }
    #expect(throws: ModelError.self) {
      try SecureModelSpecification(input: .vector(1 << 20), layers: [.dense(outputs: 1), .dense(outputs: .max)])
    }
    #expect(throws: ModelError.self) { try SecureModelSpecification(input: .vector(1025), layers: [.softmax()]) }
  }
}
