/// Convolutions and pools in clear, over images of 1 to 3 spatial dimensions taken as 3. Shapes have been checked.
struct WindowLoops {
  private let kernel, strides, dilations, lengths: [Int]
  private let placement: WindowGeometry.Placement

  /// - Parameter shape: of the batch of images, which the windows fit.
  init(_ window: WindowGeometry, _ shape: [Int]) {
    let missing = 3 - window.kernel.count
    func padded(_ numbers: [Int], _ filler: Int) -> [Int] { [Int](repeating: filler, count: missing) + numbers }
    kernel = padded(window.kernel, 1)
    strides = padded(window.strides, 1)
    dilations = padded(window.dilations, 1)
    lengths = padded(Array(shape[2...]), 1)
    guard let own = window.placement(on: Array(shape[2...])) else { preconditionFailure("the windows fit the images") }
    placement = WindowGeometry.Placement(
      counts: padded(own.counts, 1), before: padded(own.before, 0), after: padded(own.after, 0))
  }

  private var area: Int { lengths[0] * lengths[1] * lengths[2] }
  private var windowCount: Int { placement.counts[0] * placement.counts[1] * placement.counts[2] }

  /// The windows along an axis whose `tap`-th element lies inside the image.
  private func inside(_ axis: Int, _ tap: Int) -> Range<Int> {
    let shift = placement.before[axis] - tap * dilations[axis]
    let stride = strides[axis]
    let first = shift <= 0 ? 0 : (shift + stride - 1) / stride
    let last = lengths[axis] - 1 + shift
    let end = last < 0 ? 0 : min(placement.counts[axis], last / stride + 1)
    return first..<max(first, end)
  }

  /// Calls `row` for each run of windows along the last axis and each place in the window.
  /// - Parameter row: the place in the window, the first window, its element in the image, how many windows.
  private func forEachRow(_ row: (_ tap: Int, _ window: Int, _ element: Int, _ count: Int) -> Void) {
    for z in 0..<kernel[0] {
      for y in 0..<kernel[1] {
        for x in 0..<kernel[2] {
          let tap = (z * kernel[1] + y) * kernel[2] + x
          let columns = inside(2, x)
          if columns.isEmpty { continue }
          let left = columns.lowerBound * strides[2] - placement.before[2] + x * dilations[2]
          for plane in inside(0, z) {
            let imagePlane = plane * strides[0] - placement.before[0] + z * dilations[0]
            for line in inside(1, y) {
              let imageLine = line * strides[1] - placement.before[1] + y * dilations[1]
              row(
                tap, (plane * placement.counts[1] + line) * placement.counts[2] + columns.lowerBound,
                (imagePlane * lengths[1] + imageLine) * lengths[2] + left, columns.count)
            }
          }
        }
      }
    }
  }

  /// - Parameter inputs: images, kernels, and a bias or nothing.
  func convolution(_ inputs: [Tensor], _ shape: [Int], groups: Int) -> [Double] {
    let (images, kernels) = (inputs[0], inputs[1])
    let (batch, filters, channels) = (shape[0], shape[1], images.shape[1])
    let (groupChannels, groupFilters) = (channels / groups, filters / groups)
    let (area, windowCount, tapCount) = (area, windowCount, kernel[0] * kernel[1] * kernel[2])
    let step = strides[2]
    var result = [Double](repeating: 0, count: batch * filters * windowCount)
    for image in 0..<batch {
      for filter in 0..<filters {
        let output = (image * filters + filter) * windowCount
        if inputs.count > 2 {
          for window in 0..<windowCount { result[output + window] = inputs[2].values[filter] }
        }
        for channel in 0..<groupChannels {
          let input = (image * channels + filter / groupFilters * groupChannels + channel) * area
          let weights = (filter * groupChannels + channel) * tapCount
          forEachRow { tap, window, element, count in
            let weight = kernels.values[weights + tap]
            for index in 0..<count {
              result[output + window + index] += weight * images.values[input + element + index * step]
            }
          }
        }
      }
    }
    return result
  }

  func largest(_ values: [Double], _ shape: [Int]) -> [Double] {
    var result = [Double](repeating: -.infinity, count: shape[0] * shape[1] * windowCount)
    let step = strides[2]
    for plane in 0..<(shape[0] * shape[1]) {
      forEachRow { _, window, element, count in
        for index in 0..<count {
          let place = plane * windowCount + window + index
          result[place] = max(result[place], values[plane * area + element + index * step])
        }
      }
    }
    return result
  }

  /// Sums divided by the places in the image, or with padding: a window may still reach behind the padded image.
  func means(_ values: [Double], _ shape: [Int], countsPadding: Bool) -> [Double] {
    var sums = [Double](repeating: 0, count: shape[0] * shape[1] * windowCount)
    let step = strides[2]
    for plane in 0..<(shape[0] * shape[1]) {
      forEachRow { _, window, element, count in
        for index in 0..<count {
          sums[plane * windowCount + window + index] += values[plane * area + element + index * step]
        }
      }
    }
    let places = (0..<3).map { placesInside($0, countsPadding: countsPadding) }
    for index in sums.indices {
      let window = index % windowCount
      let column = window % placement.counts[2]
      let line = window / placement.counts[2] % placement.counts[1]
      let plane = window / placement.counts[2] / placement.counts[1]
      sums[index] /= Double(max(1, places[0][plane] * places[1][line] * places[2][column]))
    }
    return sums
  }

  /// For each window along an axis, how many of its places count.
  private func placesInside(_ axis: Int, countsPadding: Bool) -> [Int] {
    let lower = countsPadding ? -placement.before[axis] : 0
    let upper = lengths[axis] + (countsPadding ? placement.after[axis] : 0)
    return (0..<placement.counts[axis]).map { window in
      let start = window * strides[axis] - placement.before[axis]
      return (0..<kernel[axis]).count { (lower..<upper).contains(start + $0 * dilations[axis]) }
    }
  }
}
