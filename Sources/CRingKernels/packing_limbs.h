// Arithmetic modulo p = 2^127 - FOLD on eight values at a time, AVX-512 IFMA level, for the packing transform.
//
// Eight values are three vectors of limbs of weight 1, 2^52, 2^104. Limbs are signed 64-bit numbers that may exceed 52
// bits; the value is what they add up to modulo 2^156, and stays below 2^147, so sums and differences need no modular
// step at all. Products are Shoup's: w is constant, s = floor(w 2^156 / p), and y w - floor(y s / 2^156) p is computed
// modulo 2^156 from the low half of y w and the high half of y s; the columns of y s that are left out make the quotient
// at most 7 too small, so a product comes out in [0, 8p). 23 multiply-adds, no comparison.
#pragma once
#include "ifma.h"

typedef struct {
  vec a, b, c;
} limbs;

typedef struct {
  vec w0, w1, w2, s0, s1, s2;
} twiddle;

// Twiddle k of a table: limb l at table[48 (k / 8) + 8 l + k % 8], l = 0...2 for w, 3...5 for s.
#define LANES(a, b, c, d, e, f, g, h) _mm512_setr_epi64(a, b, c, d, e, f, g, h)
enum { ONE_EACH, TWO_EACH, FOUR_EACH, EIGHT_EACH };  // how many lanes share a twiddle

IFMA_INLINE vec spread(const uint64_t *p, int kind) {
  if (kind == EIGHT_EACH) return splat(*p);
  if (kind == FOUR_EACH)
    return _mm512_permutexvar_epi64(LANES(0, 0, 0, 0, 1, 1, 1, 1),
                                    _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)p)));
  if (kind == TWO_EACH)
    return _mm512_permutexvar_epi64(LANES(0, 0, 1, 1, 2, 2, 3, 3),
                                    _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)p)));
  return load(p);
}

IFMA_INLINE twiddle get_twiddle(const uint64_t *table, size_t k, int kind) {
  const uint64_t *t = table + 48 * (k / 8) + k % 8;
  twiddle r = {spread(t, kind),      spread(t + 8, kind),  spread(t + 16, kind),
               spread(t + 24, kind), spread(t + 32, kind), spread(t + 40, kind)};
  return r;
}

IFMA_INLINE limbs get(const uint64_t *p) {
  limbs r = {load(p), load(p + 8), load(p + 16)};
  return r;
}
IFMA_INLINE void put(uint64_t *p, limbs x) { store(p, x.a), store(p + 8, x.b), store(p + 16, x.c); }
IFMA_INLINE limbs plus(limbs x, limbs y) {
  limbs r = {add(x.a, y.a), add(x.b, y.b), add(x.c, y.c)};
  return r;
}
IFMA_INLINE limbs minus(limbs x, limbs y) {
  limbs r = {sub(x.a, y.a), sub(x.b, y.b), sub(x.c, y.c)};
  return r;
}
// 2^k p, 8 <= k <= 19, as positive limbs.
IFMA_INLINE limbs multiple_of_p(unsigned k) {
  limbs r = {splat(((uint64_t)1 << 52) - ((uint64_t)FOLD << k)), splat(((uint64_t)1 << 52) - 1),
             splat(((uint64_t)1 << (23 + k)) - 1)};
  return r;
}

// Moves what exceeds 52 bits upwards; the limbs keep their own high bits, which multiplications ignore.
IFMA_INLINE limbs carried(limbs x) {
  x.b = add(x.b, _mm512_srai_epi64(x.a, 52));
  x.c = add(x.c, _mm512_srai_epi64(x.b, 52));
  return x;
}
IFMA_INLINE limbs normalised(limbs x) {
  const vec mask = splat(((uint64_t)1 << 52) - 1);
  x = carried(x);
  x.a = _mm512_and_si512(x.a, mask), x.b = _mm512_and_si512(x.b, mask);
  return x;
}

// y w modulo p, in [0, 8p); y below 2^150.
IFMA_INLINE limbs times(limbs y, twiddle t) {
  const vec zero = _mm512_setzero_si512(), fold = splat(FOLD);
  y = carried(y);
  vec h3 = hi52(lo52(hi52(lo52(hi52(zero, y.a, t.s2), y.b, t.s2), y.b, t.s1), y.c, t.s1), y.c, t.s0);
  vec h4 = lo52(hi52(hi52(zero, y.b, t.s2), y.c, t.s1), y.c, t.s2);
  vec h5 = hi52(zero, y.c, t.s2);
  vec q1 = add(h4, _mm512_srli_epi64(h3, 52)), q2 = add(h5, _mm512_srli_epi64(q1, 52));
  limbs r;
  r.a = lo52(zero, y.a, t.w0);
  r.b = lo52(lo52(hi52(zero, y.a, t.w0), y.a, t.w1), y.b, t.w0);
  r.c = lo52(lo52(lo52(hi52(hi52(zero, y.a, t.w1), y.b, t.w0), y.a, t.w2), y.b, t.w1), y.c, t.w0);
  // - q p = q FOLD - 2^127 q, modulo 2^156: bit 127 is bit 23 of the third limb.
  r.c = sub(r.c, _mm512_slli_epi64(h3, 23));
  r.a = lo52(r.a, h3, fold);
  r.b = lo52(hi52(r.b, h3, fold), q1, fold);
  r.c = lo52(hi52(r.c, q1, fold), q2, fold);
  return r;
}

// 16-byte elements, eight of them -> limbs.
IFMA_INLINE limbs unpack(const uint64_t *p) {
  const vec mask = splat(((uint64_t)1 << 52) - 1);
  vec x = load(p), y = load(p + 8);
  vec l = _mm512_permutex2var_epi64(x, LANES(0, 2, 4, 6, 8, 10, 12, 14), y);
  vec h = _mm512_permutex2var_epi64(x, LANES(1, 3, 5, 7, 9, 11, 13, 15), y);
  limbs r = {_mm512_and_si512(l, mask),
             _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(l, 52), _mm512_slli_epi64(h, 12)), mask),
             _mm512_srli_epi64(h, 40)};
  return r;
}

// Any value below 2^152 -> [0, p) in 16-byte elements.
IFMA_INLINE void pack(uint64_t *p, limbs x) {
  const vec mask = splat(((uint64_t)1 << 52) - 1), top = splat((1u << 23) - 1), fold = splat(FOLD);
  x = carried(x);
  vec c = _mm512_and_si512(x.c, mask), b = x.b, a = _mm512_and_si512(x.a, mask);
  vec h = _mm512_srli_epi64(c, 23);  // below 2^29
  b = _mm512_and_si512(b, mask), c = _mm512_and_si512(c, top);
  a = add(a, _mm512_mul_epu32(h, fold));
  b = add(b, _mm512_srli_epi64(a, 52)), a = _mm512_and_si512(a, mask);
  c = add(c, _mm512_srli_epi64(b, 52)), b = _mm512_and_si512(b, mask);
  // Below 2^127 + 2^49 < 2p: subtract p once if x + FOLD reaches 2^127.
  vec a1 = add(a, fold), b1 = add(b, _mm512_srli_epi64(a1, 52)), c1 = add(c, _mm512_srli_epi64(b1, 52));
  vec over = sub(_mm512_setzero_si512(), _mm512_srli_epi64(c1, 23));
  a = add(a, _mm512_and_si512(over, fold));
  b = add(b, _mm512_srli_epi64(a, 52)), a = _mm512_and_si512(a, mask);
  c = _mm512_and_si512(add(c, _mm512_srli_epi64(b, 52)), top), b = _mm512_and_si512(b, mask);
  vec l = _mm512_or_si512(a, _mm512_slli_epi64(b, 52));
  vec g = _mm512_or_si512(_mm512_srli_epi64(b, 12), _mm512_slli_epi64(c, 40));
  store(p, _mm512_permutex2var_epi64(l, LANES(0, 8, 1, 9, 2, 10, 3, 11), g));
  store(p + 8, _mm512_permutex2var_epi64(l, LANES(4, 12, 5, 13, 6, 14, 7, 15), g));
}
