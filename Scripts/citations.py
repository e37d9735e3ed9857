#!/usr/bin/env python3
"""Checks that every citation `[KEY, place]` in a comment has a file Papers/KEY.md, and that every file of Papers/ that a
comment or document names exists."""
import os
import re
import sys

from tracked import ROOT, text_lines, tracked_files

# Letters, a two-digit year, perhaps a letter: [DKLPSS13, Fig. 5], [BDOZ11]. Swift's integer types look alike.
CITATION = re.compile(r"\[([A-Z][A-Za-z]+[0-9]{2}[a-z]?)(?:,[^\]]*)?\]")
NOT_A_KEY = re.compile(r"^(U?Int|Float|SIMD|Fp|Word)[0-9]")
PAPER_FILE = re.compile(r"\bPapers/([A-Za-z0-9_+-]+\.md)\b")
COMMENT = {".swift": "//", ".c": "//", ".h": "//", ".cpp": "//", ".py": "#"}


def main():
    problems = []
    cited = {}
    for name in tracked_files():
        extension = os.path.splitext(name)[1]
        if name.startswith("Scripts/"):
            continue
        for number, line in text_lines(name):
            if extension in COMMENT:
                start = line.find(COMMENT[extension])
                if start < 0:
                    continue
                line = line[start:]
                for key in CITATION.findall(line):
                    if not NOT_A_KEY.match(key):
                        cited.setdefault(key, f"{name}:{number}")
            elif extension != ".md":
                continue
            for paper in PAPER_FILE.findall(line):
                if paper != "KEY.md" and not os.path.isfile(os.path.join(ROOT, "Papers", paper)):
                    problems.append(f"{name}:{number}: Papers/{paper} does not exist")
    for key, where in sorted(cited.items()):
        if not os.path.isfile(os.path.join(ROOT, "Papers", key + ".md")):
            problems.append(f"{where}: [{key}] is cited, but Papers/{key}.md does not exist; write it or correct the key")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
