extension Report {
  func html() -> String {
    var text = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>\(Self.escaped(title))</title><style>
      body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1f24}
      table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5rem 0;font-size:13px}
      th,td{padding:.2rem .6rem;text-align:right;white-space:nowrap}
      th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
      thead th{border-bottom:2px solid #1b1f24}tbody tr.last{border-top:1px solid #1b1f24}
      figure{margin:1.2rem 0;overflow-x:auto}figcaption{font-size:12.5px;color:#57606a;max-width:60rem}
      svg{max-width:100%;height:auto}.warn{color:#a40e26;font-weight:600}
      </style></head><body>
      <h1>\(Self.escaped(title))</h1>

      """
    for line in provenance {
      let isWarning = line.hasPrefix("INCOMPLETE") || line.hasPrefix("DEBUG")
      text += "<p\(isWarning ? " class=\"warn\"" : "")>\(Self.escaped(line))</p>\n"
    }
    if !workloads.isEmpty {
      text += Self.figure(Self.table(overview().columns, overview().rows, ruled: 0), "Totals. " + commonCaption)
      if workloads.count > 1 { text += Self.figure(accuracyChart(), "Accuracy by workload. " + commonCaption) }
    }
    for figures in detailed {
      text += "<h2>\(Self.escaped(figures.setting.title))</h2>\n"
      let caption = caption(figures)
      text += Self.figure(phaseChart(figures), "Time by layer and phase. " + caption)
      if figures.ratio(nil) != nil {
        text += Self.figure(
          ratioChart(figures),
          "Active over passive time; bars: medians, lines: quartiles of repeats run in pairs. " + caption)
      }
      text += Self.figure(
        Self.table(Self.layerColumns, layerRows(figures), ruled: figures.modes.count), "Layer by layer. " + caption)
      let notes = notes(figures)
      if !notes.isEmpty { text += "<p>\(Self.escaped(notes))</p>\n" }
    }
    return text + "</body></html>\n"
  }

  private static func figure(_ content: String, _ caption: String) -> String {
    "<figure>\(content)<figcaption>\(escaped(caption))</figcaption></figure>\n"
  }

  private static func table(_ header: [String], _ rows: [[String]], ruled: Int) -> String {
    let head = header.map { "<th>\(escaped($0))</th>" }.joined()
    let body = rows.enumerated().map { index, row in
      let isFirstOfLast = ruled > 0 && index == rows.count - ruled
      return "<tr\(isFirstOfLast ? " class=\"last\"" : "")>" + row.map { "<td>\(escaped($0))</td>" }.joined()
        + "</tr>\n"
    }
    return "<table><thead><tr>\(head)</tr></thead><tbody>\n\(body.joined())</tbody></table>\n"
  }

  static func escaped(_ text: String) -> String {
    oneLine(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
