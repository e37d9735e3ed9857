#!/usr/bin/env python3
"""Writes Tests/Vectors/pratt.json: Pratt certificates of the moduli of the fields (needs sympy)."""
import json
from pathlib import Path

from sympy import factorint


def generator(p, factors):
    for g in range(2, 10_000):
        if pow(g, p - 1, p) == 1 and all(pow(g, (p - 1) // q, p) != 1 for q in factors):
            return g
    raise SystemExit(f"{p} has no small generator: not a prime?")


certificates = {}


def certify(p):
    if p < 1000 or p in certificates:
        return
    factors = factorint(p - 1)
    certificates[p] = {
        "prime": str(p), "generator": generator(p, factors),
        "factors": [{"prime": str(q), "exponent": e} for q, e in sorted(factors.items())]}
    for q in factors:
        certify(q)


for modulus in (2**127 - 851967, 2**61 - 2031615):
    certify(modulus)
note = ("Pratt certificates: for each prime a generator of its units and the factorisation of prime - 1. Every factor of "
        "at least 1000 has an entry of its own, smaller ones are checked by trial division. Made by Scripts/vectors/pratt.py")
rows = ",\n".join("    " + json.dumps(certificates[p]) for p in sorted(certificates, reverse=True))
path = Path(__file__).resolve().parents[2] / "Tests/Vectors/pratt.json"
path.write_text(f'{{\n  "note": {json.dumps(note)},\n  "certificates": [\n{rows}\n  ]\n}}\n')
