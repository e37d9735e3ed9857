extension Report {
  func latex() -> String {
    var text = "% Needs \\usepackage{booktabs}.\n"
    for line in provenance { text += "% \(oneLine(line))\n" }
    if !workloads.isEmpty {
      text += Self.table(
        overview().columns, overview().rows, leading: 2, ruleBeforeLast: 0,
        caption: "Totals of \(title). " + commonCaption,
        label: "tab:\(title)-totals")
    }
    for figures in detailed {
      text += Self.table(
        Self.layerColumns, layerRows(figures), leading: 2, ruleBeforeLast: figures.modes.count,
        caption: "\(figures.setting.title), layer by layer. \(caption(figures))",
        label:
          "tab:\(title)-\(figures.setting.workload)\(figures.setting.configuration.filter { $0.isLetter || $0.isNumber })"
      )
    }
    return text
  }

  private static func table(
    _ header: [String], _ rows: [[String]], leading: Int, ruleBeforeLast: Int, caption: String, label: String
  ) -> String {
    let columns = header.indices.map { $0 < leading ? "l" : "r" }.joined()
    func line(_ cells: [String]) -> String { "    " + cells.map(texEscaped).joined(separator: " & ") + " \\\\\n" }
    var text = "\n\\begin{table}\n  \\centering\n  \\caption{\(texEscaped(caption))}\n  \\label{\(label)}\n"
    text += "  \\begin{tabular}{\(columns)}\n    \\toprule\n" + line(header) + "    \\midrule\n"
    for (index, row) in rows.enumerated() {
      if ruleBeforeLast > 0, index == rows.count - ruleBeforeLast { text += "    \\midrule\n" }
      text += line(row)
    }
    return text + "    \\bottomrule\n  \\end{tabular}\n\\end{table}\n"
  }

  private static func texEscaped(_ text: String) -> String {
    var result = ""
    for character in oneLine(text) {
      switch character {
      case "\\": result += "\\textbackslash{}"
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "÷": result += "$\\div$"
      case "–": result += "--"
      default: result.append(character)
      }
    }
    return result
  }
}
