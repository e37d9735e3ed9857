#!/usr/bin/env python3
"""Challenges of the proof of plaintext knowledge for the seed 00 01 … 1f: known answers of MonomialArithmeticTests.

Needs the openssl program for AES-256-CTR.
"""
import hashlib
import struct
import subprocess


def prefixed(data):
    return struct.pack("<Q", len(data)) + data


def expand(seed, rows, count, degree):
    label = b"monomial-challenges"
    key = hashlib.sha256(b"seed/v1" + prefixed(seed) + prefixed(label) + struct.pack("<Q", 0)).digest()
    size = 16 * rows * count
    stream = subprocess.run(
        ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", "00" * 16],
        input=bytes(size), capture_output=True, check=True).stdout
    values = [int.from_bytes(stream[i:i + 16], "little") % (2 * degree + 1) for i in range(0, size, 16)]
    return [[value - 1 for value in values[row * count:(row + 1) * count]] for row in range(rows)]


if __name__ == "__main__":
    for rows, count, degree in ((2, 3, 16), (1, 4, 16384)):
        print(f"N = {degree}, exponents with -1 for zero:", expand(bytes(range(32)), rows, count, degree))
