internal import FieldArithmetic
package import MPCCore

/// A party's shares of a vector of secrets. Copyable, but describes only its length: printing shows no share.
public struct SharedVector<S: SharingScheme>: Sendable {
  /// The value shares x_i.
  package var values: [S.F]
  /// The MAC shares γ(x)_i, or nothing.
  package var tags: S.Tags

  /// Puts shares together; `values` and `tags` have the same length.
  package init(values: [S.F], tags: S.Tags) {
    self.values = values
    self.tags = tags
  }

  /// The value shares, then the vectors of the tags: 1 vector in the passive scheme, 2 in the active one.
  package var components: [[S.F]] { [values] + S.components(of: tags) }

  /// Puts together what ``components`` takes apart.
  package init(components: [[S.F]]) {
    precondition(!components.isEmpty, "the value shares come first")
    self.init(values: components[0], tags: S.tags(components: Array(components.dropFirst())))
  }

  /// Shares of `count` zeros, without communication.
  public init(zeros count: Int) {
    values = S.F.filled(count, with: .zero)
    tags = S.tags { S.F.filled(count, with: .zero) }
  }

  /// How many secrets.
  public var count: Int { values.count }

  /// Whether there is none.
  public var isEmpty: Bool { values.isEmpty }
}

extension SharedVector: CustomStringConvertible, CustomReflectable {
  /// The length, never a share.
  public var description: String { "[\(S.mode.rawValue) shares of \(count) values]" }
  /// Empty: `dump` shows no share.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: - Linear maps

extension SharedVector {
  /// Applies a linear map of one vector to values and tags. `linear` must be linear over the field and depend on
  /// public data only: then the result is a sharing of `linear(x)`.
  public func mapLinear(_ linear: ([S.F]) -> [S.F]) -> SharedVector {
    SharedVector(values: linear(values), tags: S.map(tags, linear))
  }

  /// Applies a linear map of two vectors.
  public func mapLinear(_ other: SharedVector, _ linear: ([S.F], [S.F]) -> [S.F]) -> SharedVector {
    SharedVector(values: linear(values, other.values), tags: S.map(tags, other.tags, linear))
  }

  /// Applies a linear update of this vector by another, in place.
  public mutating func updateLinear(_ other: SharedVector, _ linear: (inout [S.F], [S.F]) -> Void) {
    linear(&values, other.values)
    S.update(&tags, other.tags, linear)
  }

  /// Applies a linear update of this vector by two others, in place.
  public mutating func updateLinear(
    _ a: SharedVector, _ b: SharedVector, _ linear: (inout [S.F], [S.F], [S.F]) -> Void
  ) {
    linear(&values, a.values, b.values)
    S.update(&tags, a.tags, b.tags, linear)
  }

  /// [x + y], elementwise.
  public static func + (x: SharedVector, y: SharedVector) -> SharedVector {
    precondition(x.count == y.count, "vectors of the same length")
    return x.mapLinear(y) { S.F.add($0, $1) }
  }

  /// [x − y], elementwise.
  public static func - (x: SharedVector, y: SharedVector) -> SharedVector {
    precondition(x.count == y.count, "vectors of the same length")
    return x.mapLinear(y) { S.F.subtract($0, $1) }
  }

  /// [−x].
  public static prefix func - (x: SharedVector) -> SharedVector {
    x.mapLinear { values in
      var out = values
      var span = out.mutableSpan
      S.F.negate(&span)
      return out
    }
  }

  /// y ← y + x.
  public static func += (y: inout SharedVector, x: SharedVector) {
    precondition(x.count == y.count, "vectors of the same length")
    y.updateLinear(x) { out, term in
      var span = out.mutableSpan
      S.F.add(&span, term.span)
    }
  }

  /// y ← y − x.
  public static func -= (y: inout SharedVector, x: SharedVector) {
    precondition(x.count == y.count, "vectors of the same length")
    y.updateLinear(x) { out, term in
      var span = out.mutableSpan
      S.F.subtract(&span, term.span)
    }
  }

  /// [c·x] for one public c.
  public func scaled(by c: S.F) -> SharedVector {
    mapLinear { values in
      var out = values
      var span = out.mutableSpan
      S.F.scale(&span, by: c)
      return out
    }
  }

  /// [c∘x] for public values c, elementwise.
  public func scaled(by c: [S.F]) -> SharedVector {
    precondition(c.count == count, "one factor a value")
    return mapLinear { S.F.multiply($0, c) }
  }

  /// y ← y + c·x for one public c.
  public mutating func multiplyAccumulate(_ c: S.F, _ x: SharedVector) {
    precondition(x.count == count, "vectors of the same length")
    updateLinear(x) { out, term in
      var span = out.mutableSpan
      S.F.multiplyAccumulate(&span, c, term.span)
    }
  }

  /// y ← y + c∘x for public values c.
  public mutating func multiplyAccumulate(_ c: [S.F], _ x: SharedVector) {
    precondition(x.count == count && c.count == count, "vectors of the same length")
    updateLinear(x) { out, term in
      var span = out.mutableSpan
      S.F.multiplyAccumulate(&span, c.span, term.span)
    }
  }

  /// y ← y + s∘x for public signs s in {−1, 0, 1}.
  public mutating func accumulate(signs: [Int8], _ x: SharedVector) {
    precondition(x.count == count && signs.count == count, "vectors of the same length")
    updateLinear(x) { out, term in
      var span = out.mutableSpan
      S.F.accumulateSigned(&span, signs.span, term.span)
    }
  }

  /// [x_a, …, x_(b−1)].
  public subscript(range: Range<Int>) -> SharedVector {
    mapLinear { Array($0[range]) }
  }

  /// [x_(i_0), x_(i_1), …] for public indices.
  public func gather(_ indices: [Int]) -> SharedVector {
    mapLinear { values in indices.map { values[$0] } }
  }

  /// All vectors one after the other.
  public static func concatenate(_ parts: [SharedVector]) -> SharedVector {
    guard let first = parts.first else { return SharedVector(zeros: 0) }
    let total = parts.reduce(0) { $0 + $1.count }
    let components = parts.map(\.components)
    return SharedVector(
      components: first.components.indices.map { index in
        var joined: [S.F] = []
        joined.reserveCapacity(total)
        for part in components { joined.append(contentsOf: part[index]) }
        return joined
      })
  }

  /// The sums of consecutive groups of `size` values.
  public func groupSums(of size: Int) -> SharedVector {
    precondition(size > 0 && count % size == 0, "the length is a multiple of the group size")
    return mapLinear { values in
      stride(from: 0, to: values.count, by: size).map { start in S.F.sum(values.span.extracting(start..<(start + size)))
      }
    }
  }

  /// Each value `times` times in a row.
  public func repeatingEach(_ times: Int) -> SharedVector {
    mapLinear { values in values.flatMap { Array(repeating: $0, count: times) } }
  }
}

extension SharedVector {
  /// Adds public values: P_0 adds c to its value shares, every party adds α_i·c to its tags.
  package mutating func addPublic(_ c: [S.F], me: PartyID, key: S.Key) {
    precondition(c.count == count, "one constant a value")
    if me.index == 0 {
      var span = values.mutableSpan
      S.F.add(&span, c.span)
    }
    S.addPublic(&tags, c, key: key)
  }
}
