#!/usr/bin/env python3
"""Refuses content that must not be committed: build products, paths and hosts of one machine, unfinished code."""
import re
import sys

from tracked import text_lines, tracked_files

# Files that must not be in the repository at all.
NAMES = [
    (re.compile(r"(^|/)\.build([-/]|$)"), "build product"),
    (re.compile(r"(^|/)Package\.resolved$"), "resolved versions of one machine"),
    (re.compile(r"(^|/)\.swiftpm/"), "package manager state"),
    (re.compile(r"^results/"), "benchmark results"),
    (re.compile(r"\.(pem|key|p12|profraw|o|so|a)$"), "key, profile or object file"),
]

# Text that must not stand in any file. Brackets keep the patterns from matching themselves.
TEXT = [
    (re.compile(r"(?<![\w.])/(wor[k]|hom[e]|roo[t]|User[s])/\w"), "path of one machine"),
    (re.compile(r"(?<![\w.])/tm[p]/\w"), "path of one machine; ask the system for a temporary folder"),
    (re.compile(r"https?://[^\s/]*(artifactor[y]|jfro[g]|nexu[s]|\.interna[l]|\.loca[l])\b"), "private registry host"),
    (re.compile(r"(index-ur[l]|extra-index-ur[l]|GOPROX[Y]=)"), "private registry setting"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KE[Y]-----"), "private key"),
]

# Unfinished code, in Sources only.
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|fatalError\(\"(not|un)[ -]?implemented")

DEPENDENCY = re.compile(r"\.package\(url:\s*\"([^\"]+)\"")


def main():
    problems = []
    for name in tracked_files():
        for pattern, why in NAMES:
            if pattern.search(name):
                problems.append(f"{name}: {why}")
        for number, line in text_lines(name):
            for pattern, why in TEXT:
                if pattern.search(line):
                    problems.append(f"{name}:{number}: {why}: {line.strip()[:100]}")
            if name.startswith("Sources/") and UNFINISHED.search(line):
                problems.append(f"{name}:{number}: unfinished: {line.strip()[:100]}")
            if name == "Package.swift":
                for url in DEPENDENCY.findall(line):
                    if not url.startswith("https://github.com/"):
                        problems.append(f"{name}:{number}: dependency from an unusual host: {url}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
