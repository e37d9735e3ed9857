#!/usr/bin/env python3
"""Generates Tests/Vectors/bgv.json: known answers of key generation, encryption, replies, modulus switching and
decryption, on whole integers modulo q, schoolbook products only.

    b = a s + p e                       c0 = b u + p w + m            c1 = a u + p v
    reply before switching:             c0 x + b u' + p (w' + y) + r  c1 x + a u' + p v'
    switching, last prime first:        c <- (c + p [-c/p mod q_l]) / q_l, the bracket centred

All inputs are in the file, so that no generator has to be repeated elsewhere. m, x, r are plaintext coefficients in
[0, p), used by their centred lifts. Usage: python3 Scripts/vectors/bgv.py > Tests/Vectors/bgv.json
"""
import json
import random

P61 = 2305843009211662337


def is_prime(n):
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):  # decides below 2^64
        x = pow(base, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def primes_below(bits, count):
    found, n = [], (2**bits - 2) // 65536 * 65536 + 1
    while len(found) < count:
        if is_prime(n):
            found.append(n)
        n -= 65536
    return found


def centred(x, q):
    x %= q
    return x - q if x > q // 2 else x


def product(f, g, q):
    n = len(f)
    out = [0] * n
    for i, x in enumerate(f):
        for j, y in enumerate(g):
            k = i + j
            out[k % n] += x * y if k < n else -x * y
    return [c % q for c in out]


def total(q, *polynomials):
    return [sum(column) % q for column in zip(*polynomials)]


def times(k, f):
    return [k * c for c in f]


def switch(c, moduli, drop, p):
    q = 1
    for prime in moduli:
        q *= prime
    for prime in reversed(moduli[len(moduli) - drop:]):
        q //= prime
        c = [(x + p * centred(-x * pow(p, -1, prime), prime)) // prime % q for x in c]
    return c, q


def case(name, n, p, moduli, reply_primes, seed, extreme=False):
    rng = random.Random(seed)
    q = 1
    for prime in moduli:
        q *= prime
    ternary = lambda: [1] * n if extreme else [rng.randrange(-1, 2) for _ in range(n)]
    error = lambda: [21] * n if extreme else [bin(rng.getrandbits(42)).count("1") - 21 for _ in range(n)]
    field = lambda: [p // 2 if extreme else rng.randrange(p) for _ in range(n)]
    d = q // (4 * p)
    a = [rng.randrange(q) for _ in range(n)]
    s, e, u, v, w = ternary(), error(), ternary(), error(), error()
    m, x, r = field(), field(), field()
    u2, v2, w2 = ternary(), error(), error()
    y = [d if extreme else rng.randrange(-d, d + 1) for _ in range(n)]
    b = total(q, product(a, s, q), times(p, e))
    c0 = total(q, product(b, u, q), times(p, w), [centred(c, p) for c in m])
    c1 = total(q, product(a, u, q), times(p, v))
    lift = [centred(c, p) for c in x]
    r0 = total(q, product(c0, lift, q), product(b, u2, q), times(p, w2), times(p, y), [centred(c, p) for c in r])
    r1 = total(q, product(c1, lift, q), product(a, u2, q), times(p, v2))
    drop = len(moduli) - reply_primes
    t0, reply_q = switch(r0, moduli, drop, p)
    t1, _ = switch(r1, moduli, drop, p)
    phase = [centred(f - g, reply_q) for f, g in zip(t0, product(t1, s, reply_q))]
    factor = 1
    for prime in moduli[reply_primes:]:
        factor = factor * prime % p
    plain = [c * factor % p for c in phase]
    expected = total(p, product(m, x, p), r)
    assert plain == expected, name
    text = lambda xs: [str(c) for c in xs]
    return {"name": name, "ringDegree": n, "p": str(p), "moduli": text(moduli), "replyPrimes": reply_primes,
            "a": text(a), "s": s, "e": e, "u": u, "v": v, "w": w, "m": text(m), "x": text(x), "r": text(r),
            "u2": u2, "v2": v2, "w2": w2, "y": text(y), "b": text(b), "c0": text(c0), "c1": text(c1),
            "reply0": text(t0), "reply1": text(t1), "plain": text(plain)}


six = primes_below(48, 6)
print(json.dumps([
    case("T", 64, P61, six, 2, 1),
    case("T extreme", 64, P61, six, 2, 2, extreme=True),
    case("T257", 16, 257, six[:4], 1, 3),
    case("T257 extreme", 16, 257, six[:4], 1, 4, extreme=True),
], indent=0))
