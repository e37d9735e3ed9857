#!/usr/bin/env python3
"""Checks that every citation `[KEY, place]` in a comment has a file Papers/KEY.md, and that every file of Papers/ that a
comment or document names exists.

In the tables of Papers/ it also checks the columns: under "symbol" or "here" every `Type.member` is declared in Sources,
under "test" every name is a test target, a suite or a file, under "cheater" every id is in the catalogue of attacks."""
import os
import re
import sys

from tracked import ROOT, text_lines, tracked_files

# Letters, a two-digit year, perhaps a letter: [DKLPSS13, Fig. 5], [BDOZ11]. Swift's integer types look alike.
CITATION = re.compile(r"\[([A-Z][A-Za-z]+[0-9]{2}[a-z]?)(?:,[^\]]*)?\]")
NOT_A_KEY = re.compile(r"^(U?Int|Float|SIMD|Fp|Word)[0-9]")
PAPER_FILE = re.compile(r"\bPapers/([A-Za-z0-9_+-]+\.md)\b")
COMMENT = {".swift": "//", ".c": "//", ".h": "//", ".cpp": "//", ".py": "#"}

DECLARATION = re.compile(
    r"\b(?:func|var|let|struct|class|enum|case|protocol|typealias|actor|init)\s+`?([A-Za-z_][A-Za-z0-9_]*)`?")
CASES = re.compile(r"^\s*case\s+([^=:({]+)")
ATTACK = re.compile(r'^[ABC][0-9]+(?:-[a-z0-9-]+)?$')


def declarations(folder):
    """Names that Swift files below a folder declare, and the literals that can be ids of attacks."""
    names, literals = set(), set()
    for name in tracked_files():
        if not name.startswith(folder + "/") or not name.endswith(".swift"):
            continue
        for _, line in text_lines(name):
            names.update(DECLARATION.findall(line))
            cases = CASES.match(line)
            if cases:
                names.update(word.strip() for word in cases.group(1).split(","))
            literals.update(re.findall(r'"([A-Za-z0-9-]+)"', line))
    return names, literals


def tables(name):
    """(line number, {header: cell}) of the tables of a document."""
    headers = None
    for number, line in text_lines(name):
        if not line.lstrip().startswith("|"):
            headers = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if headers is None:
            headers = [cell.lower() for cell in cells]
        elif not all(set(cell) <= set("-: ") for cell in cells):
            yield number, dict(zip(headers, cells))


def check_tables():
    """What the tables of Papers/ name and nobody declares."""
    problems = []
    symbols, _ = declarations("Sources")
    tests, _ = declarations("Tests")
    _, attacks = declarations("Sources/CheatingParties")
    for name in tracked_files():
        if not name.startswith("Papers/") or not name.endswith(".md"):
            continue
        for number, row in tables(name):
            where = f"{name}:{number}"
            for column in ("symbol", "here"):
                if column == "here" and "test" not in row:
                    continue
                for token in re.findall(r"`([^`]+)`", row.get(column, "")):
                    parts = re.sub(r"\(.*", "", token).split(".")
                    if "/" in token or not all(re.match(r"^[A-Za-z_][A-Za-z0-9_]*$", part) for part in parts):
                        continue
                    for part in parts:
                        if part != "init" and part not in symbols:
                            problems.append(f"{where}: symbol `{token}`: nothing in Sources declares {part}")
            for token in re.findall(r"`([^`]+)`", row.get("test", "")):
                exists = token in tests or any(
                    os.path.exists(os.path.join(ROOT, place, token)) for place in ("", "Tests", "Scripts"))
                if not exists:
                    problems.append(f"{where}: test `{token}` is neither a suite, a test target nor a file")
            for word in re.findall(r"[A-Za-z0-9-]+", re.sub(r"\([^)]*\)", "", row.get("cheater", ""))):
                if ATTACK.match(word):
                    found = word in attacks or any(literal.startswith(word + "-") for literal in attacks)
                    if not found:
                        problems.append(f"{where}: attack {word} is not in the catalogue of CheatingParties")
    return problems


def main():
    problems = check_tables()
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
