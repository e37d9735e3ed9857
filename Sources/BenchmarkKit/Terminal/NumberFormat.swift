/// `value` with `digits` places after the point.
func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "–" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = (value.magnitude * scale).rounded()
  guard rounded < 1e15 else { return "\(value)" }
  let whole = Int(rounded)
  let sign = value < 0 && whole != 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(whole)" }
  let text = String(whole)
  let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  return "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
}

/// Nanoseconds as milliseconds with three significant places or so.
func milliseconds(_ nanoseconds: Double) -> String {
  let value = nanoseconds / 1e6
  return fixed(value, value < 10 ? 3 : value < 100 ? 2 : 1)
}

/// Bytes in kB (1,000 bytes).
func kilobytes(_ bytes: Double) -> String { fixed(bytes / 1_000, bytes < 1e6 ? 2 : 1) }

/// A part of one as a percentage with one place.
func percent(_ part: Double) -> String { fixed(100 * part, 1) + " %" }

/// The same for a part that may be unknown here.
func percent(_ part: Double?) -> String { part.map { percent($0) } ?? "–" }

/// Seconds as "42 s", "3 min 20 s" or "2 h 5 min".
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "–" }
  if seconds < 10 { return "\(fixed(seconds, 1)) s" }
  let whole = Int(seconds.rounded(.up))
  if whole < 60 { return "\(whole) s" }
  return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole / 60 % 60) min"
}
