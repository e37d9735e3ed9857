/// The number of insertions, deletions, replacements and swaps of neighbours between two words (optimal string
/// alignment), by letter case ignored.
func editDistance(_ left: String, _ right: String) -> Int {
  let a = Array(left.lowercased())
  let b = Array(right.lowercased())
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var beforePrevious = [Int](repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  for i in 1...a.count {
    var row = [i] + [Int](repeating: 0, count: b.count)
    for j in 1...b.count {
      let replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      row[j] = min(previous[j] + 1, row[j - 1] + 1, replaced)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforePrevious[j - 2] + 1) }
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.count]
}

/// The candidate closest to `word`, if it is close enough to be what was meant: at most a third of the letters differ,
/// or one contains the other. Ties go to the first.
func nearestName(to word: String, among candidates: [String]) -> String? {
  let scored = candidates.map { (name: $0, distance: editDistance(word, $0)) }
  guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
  if best.distance <= max(2, max(word.count, best.name.count) / 3), best.distance < best.name.count {
    return best.name
  }
  let lowered = word.lowercased()
  guard lowered.count >= 3 else { return nil }
  return candidates.first { $0.lowercased().contains(lowered) || lowered.contains($0.lowercased()) }
}
