import MPCCore
import Online
import SecureML

/// Layers that ``ClearForward`` does not know.
struct UnsupportedLayer: Error {
  let kind: String
}

/// A model run in clear on integers with f fraction bits, rounding down; with each value how far a secure run may be
/// from it, in ulp: each probabilistic truncation adds 1, and products carry errors on.
struct ClearForward {
  var values: [Int64]
  var tolerances: [Double]
  let specification: SecureModelSpecification

  private var f: Int64 { Int64(specification.format.fractionBits) }
  private var one: Double { Double(specification.format.one) }

  /// Runs `rows` through all layers.
  init(_ specification: SecureModelSpecification, parameters: [LayerParameters], rows: [Double]) throws {
    self.specification = specification
    values = try specification.encode(features: rows)
    tolerances = [Double](repeating: 0, count: values.count)
    let encoded = try specification.encode(parameters)
    let rowCount = rows.count / specification.input.count
    var next = 0
    for (index, layer) in specification.layers.enumerated() {
      let (input, output) = (specification.shapes[index], specification.shapes[index + 1])
      switch layer {
      case .dense(let outputs):
        let weights = Array(encoded[next..<(next + input.count * outputs)])
        let bias = Array(encoded[(next + weights.count)..<(next + weights.count + outputs)])
        next += weights.count + outputs
        sums(rowCount * outputs) { item in
          let (row, column) = (item / outputs, item % outputs)
          return (bias[column], (0..<input.count).map { (row * input.count + $0, weights[$0 * outputs + column]) })
        }
      case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, _):
        guard case .image(let channels, let height, let width) = input,
          case .image(_, let outHeight, let outWidth) = output
        else { continue }
        let patch = channels * kernelHeight * kernelWidth
        let weights = Array(encoded[next..<(next + filters * patch)])
        let bias = Array(encoded[(next + weights.count)..<(next + weights.count + filters)])
        next += weights.count + filters
        sums(rowCount * filters * outHeight * outWidth) { item in
          let (y, x) = (item / outWidth % outHeight, item % outWidth)
          let (filter, row) = (item / (outHeight * outWidth) % filters, item / (outHeight * outWidth * filters))
          var terms: [(Int, Int64)] = []
          for channel in 0..<channels {
            for i in 0..<kernelHeight {
              for j in 0..<kernelWidth {
                let (inY, inX) = (y * stride + i - padding, x * stride + j - padding)
                guard (0..<height).contains(inY), (0..<width).contains(inX) else { continue }
                terms.append(
                  (
                    ((row * channels + channel) * height + inY) * width + inX,
                    weights[((filter * channels + channel) * kernelHeight + i) * kernelWidth + j]
                  ))
              }
            }
          }
          return (bias[filter], terms)
        }
      case .averagePool(let window, _, _, _), .maxPool(let window, _, _):
        guard case .image(let channels, let height, let width) = input else { continue }
        pool(rowCount * channels, height, width, window, mean: layer.kind == "averagePool")
      case .flatten: break
      case .relu: values = values.map { max(0, $0) }
      case .square:
        for item in values.indices {
          let x = Double(values[item])
          tolerances[item] = (2 * abs(x) * tolerances[item] + tolerances[item] * tolerances[item]) / one + 1
          values[item] = Int64((Int128(values[item]) * Int128(values[item])) >> Int128(f))
        }
      case .sigmoid:
        for item in values.indices {
          let x = Double(values[item]) / one
          values[item] = Int64((x < -0.5 ? 0 : x >= 0.5 ? 1 : x + 0.5) * one)
        }
      case .argmax:
        let columns = input.count
        values = (0..<rowCount).map { row in
          let own = values[(row * columns)..<((row + 1) * columns)]
          return Int64(own.indices.first { own[$0] == own.max() } ?? 0) - Int64(row * columns)
        }
        tolerances = [Double](repeating: 0, count: rowCount)
      case .batchNormalization: break
      case .globalAveragePool, .scale, .bias, .exponential, .softmax:
        throw UnsupportedLayer(kind: layer.kind)  // in LayerTests, against Double
      }
    }
  }

  /// Outputs that are a bias plus a sum of input × weight, truncated once.
  private mutating func sums(_ count: Int, _ output: (Int) -> (bias: Int64, terms: [(input: Int, weight: Int64)])) {
    var next: [Int64] = []
    var nextTolerances: [Double] = []
    for item in 0..<count {
      let (bias, terms) = output(item)
      var sum = Int128(bias) << Int128(f)
      var tolerance = 1.0
      for term in terms {
        sum += Int128(values[term.input]) * Int128(term.weight)
        tolerance += tolerances[term.input] * abs(Double(term.weight)) / one
      }
      next.append(Int64(sum >> Int128(f)))
      nextTolerances.append(tolerance)
    }
    values = next
    tolerances = nextTolerances
  }

  private mutating func pool(_ planes: Int, _ height: Int, _ width: Int, _ window: Int, mean: Bool) {
    var next: [Int64] = []
    var nextTolerances: [Double] = []
    for plane in 0..<planes {
      for y in 0..<(height / window) {
        for x in 0..<(width / window) {
          var items: [Int] = []
          for i in 0..<window {
            for j in 0..<window { items.append((plane * height + y * window + i) * width + x * window + j) }
          }
          let own = items.map { values[$0] }
          let tolerance = items.map { tolerances[$0] }.max() ?? 0
          if mean {
            let sum = own.reduce(0, +)
            next.append(Int64((Double(sum) / Double(items.count)).rounded(.down)))
            nextTolerances.append(tolerance + 1 + (window == 2 ? 0 : abs(Double(sum)) / one))
          } else {
            next.append(own.max() ?? 0)
            nextTolerances.append(tolerance)
          }
        }
      }
    }
    values = next
    tolerances = nextTolerances
  }
}
