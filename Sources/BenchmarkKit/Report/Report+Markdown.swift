extension Report {
  func markdown() -> String {
    var text = "# \(Self.markdownEscaped(title))\n\n"
    for line in provenance { text += "\(Self.markdownEscaped(line))  \n" }
    text += "\n" + Self.table(overview().columns, overview().rows, leading: 2) + "\n"
    text += "\n*Totals. \(Self.markdownEscaped(commonCaption))*\n"
    for figures in detailed {
      text += "\n## \(Self.markdownEscaped(figures.setting.title))\n\n"
      text += Self.table(Self.layerColumns, layerRows(figures), leading: 2)
      text += "\n*\(Self.markdownEscaped(caption(figures)))*\n"
      let notes = notes(figures)
      if !notes.isEmpty { text += "\n\(Self.markdownEscaped(notes))\n" }
    }
    return text
  }

  /// A table whose first `leading` columns are text.
  private static func table(_ header: [String], _ rows: [[String]], leading: Int) -> String {
    let rule = header.indices.map { $0 < leading ? "---" : "--:" }
    return ([header, rule] + rows.map { $0.map(markdownEscaped) }).map { "| " + $0.joined(separator: " | ") + " |\n" }
      .joined()
  }

  private static func markdownEscaped(_ text: String) -> String {
    oneLine(text).replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "&lt;")
      .replacing("*", with: "\\*")
  }
}
