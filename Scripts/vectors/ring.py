#!/usr/bin/env python3
"""Generates Tests/Vectors/ring.json: known answers for the ring and packing kernels, from the definitions only.

Slots: out[k] = f(psi^(2 rev(k) + 1)), psi_2N = psi_65536^(32768/N), psi_65536 = 3^((p-1)/65536) (3 is the smallest
generator of both primes). Switching: delta = p [-c/p mod q_l] centred, c <- (c + delta) / q_l.
Usage: python3 Scripts/vectors/ring.py > Tests/Vectors/ring.json
"""
import json

PRIMES = {"p61": 2305843009211662337, "p127": 2**127 - 851967}


def reverse(i, bits):
    return int(format(i, "0%db" % bits)[::-1], 2)


def transform(p, n, psi, f):
    bits = n.bit_length() - 1
    return [sum(c * pow(psi, (2 * reverse(k, bits) + 1) * i, p) for i, c in enumerate(f)) % p for k in range(n)]


def switched(c, q, drop, p):
    digit = -c * pow(p, -1, drop) % drop
    digit -= drop if digit > drop // 2 else 0
    assert (c + p * digit) % drop == 0
    return (c + p * digit) // drop % (q // drop)


def negacyclic(f, g, q):
    out = [0] * len(f)
    for i, x in enumerate(f):
        for j, y in enumerate(g):
            sign = 1 if i + j < len(f) else -1
            out[(i + j) % len(f)] = (out[(i + j) % len(f)] + sign * x * y) % q
    return out


def strings(xs):
    return [str(x) for x in xs]


packing = []
for name, p in PRIMES.items():
    root = pow(3, (p - 1) // 65536, p)
    for n in (8, 16):
        psi = pow(root, 32768 // n, p)
        f = [(i * i * i + 7 * i + 1) % p for i in range(n)]
        packing.append({"name": name, "p": str(p), "n": n, "psi": str(psi), "coefficients": strings(f),
                        "slots": strings(transform(p, n, psi, f))})

q = [281474976317441, 281474975662081, 4611686018427322369]
p, product = PRIMES["p61"], q[0] * q[1] * q[2]
switching = []
for base, start in ((3, 50), (5, 60)):
    c = [pow(base, start + i, product) for i in range(4)]
    switching.append({"p": str(p), "q": strings(q), "drop": 1, "in": strings(c),
                      "out": strings(switched(x, product, q[2], p) for x in c)})

f, g = [1, 2, 3, 4], [5, 6, 7, 8]
products = [{"q": "97", "f": strings(f), "g": strings(g), "fg": strings(negacyclic(f, g, 97))}]
print(json.dumps({"packing": packing, "switching": switching, "products": products}, indent=1))
