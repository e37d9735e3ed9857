internal import FieldArithmetic
internal import MPCCore
public import SecretSharing

/// Dishonest inputs into honest code: what a cheater can do to its own shares.
extension SharedVector {
  /// The same shares, with `error` added to this party's value share of element `index`.
  public func withValueError(_ error: S.F, at index: Int = 0) -> SharedVector {
    var values = values
    values[index] += error
    return SharedVector(values: values, tags: tags)
  }

  /// The same shares, with `error` added to this party's MAC share of element `index`; nothing in the passive scheme.
  public func withTagError(_ error: S.F, at index: Int = 0) -> SharedVector {
    SharedVector(
      values: values,
      tags: S.map(tags) { tags in
        var tags = tags
        tags[index] += error
        return tags
      })
  }
}
