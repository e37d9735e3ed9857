// AVX-512 IFMA kernels over p127 = 2^127 - 851967. Every element is 16 bytes, little endian, in [0, p). No branch or
// index depends on an element.
#include "p127_ifma.h"

#if defined(__x86_64__)
IFMA void p127_add_ifma(uint64_t *y, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(y + 2 * i, add(load(y + 2 * i), load(x + 2 * i)));
  p127_add_portable(y + 2 * i, x + 2 * i, n - i);
}

IFMA void p127_subtract_ifma(uint64_t *y, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(y + 2 * i, subtract(load(y + 2 * i), load(x + 2 * i)));
  p127_subtract_portable(y + 2 * i, x + 2 * i, n - i);
}

IFMA void p127_difference_ifma(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(z + 2 * i, subtract(load(x + 2 * i), load(y + 2 * i)));
  p127_difference_portable(z + 2 * i, x + 2 * i, y + 2 * i, n - i);
}

IFMA void p127_negate_ifma(uint64_t *y, size_t n) {
  size_t i = 0;
  const pair zero = {bc(0), bc(0)};
  for (; i + 8 <= n; i += 8) store(y + 2 * i, subtract(zero, load(y + 2 * i)));
  p127_negate_portable(y + 2 * i, n - i);
}

IFMA void p127_multiply_ifma(uint64_t *y, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(y + 2 * i, product(plain(load(y + 2 * i)), plain(load(x + 2 * i))));
  p127_multiply_portable(y + 2 * i, x + 2 * i, n - i);
}

IFMA void p127_scale_ifma(uint64_t *y, const uint64_t *c, size_t n) {
  size_t i = 0;
  limbs s = plain(splat(c));
  for (; i + 8 <= n; i += 8) store(y + 2 * i, product(s, plain(load(y + 2 * i))));
  p127_scale_portable(y + 2 * i, c, n - i);
}

IFMA void p127_multiply_accumulate_ifma(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    columns acc = start_from(load(y + 2 * i));
    accumulate(&acc, plain(load(c + 2 * i)), plain(load(x + 2 * i)));
    store(y + 2 * i, canonical(fold(acc)));
  }
  p127_multiply_accumulate_portable(y + 2 * i, c + 2 * i, x + 2 * i, n - i);
}

IFMA void p127_scale_accumulate_ifma(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  size_t i = 0;
  limbs s = plain(splat(c));
  for (; i + 8 <= n; i += 8) {
    columns acc = start_from(load(y + 2 * i));
    accumulate(&acc, s, plain(load(x + 2 * i)));
    store(y + 2 * i, canonical(fold(acc)));
  }
  p127_scale_accumulate_portable(y + 2 * i, c, x + 2 * i, n - i);
}

// z += epsilon * b + delta * a + kappa * epsilon * delta; kind 0: kappa = 0, 1: kappa = 1, 2: any kappa (public kind).
IFMA void p127_beaver_ifma(uint64_t *z, const uint64_t *a, const uint64_t *b, const uint64_t *epsilon,
                           const uint64_t *delta, const uint64_t *kappa, int kind, size_t n) {
  size_t i = 0;
  limbs k = kind == 2 ? plain(splat(kappa)) : (limbs){bc(0), bc(0), bc(0)};
  for (; i + 8 <= n; i += 8) {
    pair e = load(epsilon + 2 * i), d = load(delta + 2 * i);
    limbs es = plain(e), ds = plain(d);
    columns acc = start_from(load(z + 2 * i));
    accumulate(&acc, es, plain(load(b + 2 * i)));
    accumulate(&acc, ds, plain(load(a + 2 * i)));
    if (kind == 1) accumulate(&acc, es, plain(d));
    if (kind == 2) accumulate(&acc, plain(product(es, plain(d))), k);
    store(z + 2 * i, canonical(fold(acc)));
  }
  p127_beaver_portable(z + 2 * i, a + 2 * i, b + 2 * i, epsilon + 2 * i, delta + 2 * i, kappa, kind, n - i);
}

IFMA void p127_accumulate_signed_ifma(uint64_t *y, const int8_t *signs, const uint64_t *x, size_t n) {
  size_t i = 0;
  const v8 zero = _mm512_setzero_si512();
  for (; i + 8 <= n; i += 8) {
    v8 s = _mm512_cvtepi8_epi64(_mm_loadl_epi64((const __m128i *)(signs + i)));
    __mmask8 plus = _mm512_cmpgt_epi64_mask(s, zero), minus = _mm512_cmplt_epi64_mask(s, zero);
    pair v = load(x + 2 * i);
    pair a = {_mm512_maskz_mov_epi64(plus, v.lo), _mm512_maskz_mov_epi64(plus, v.hi)};
    pair b = {_mm512_maskz_mov_epi64(minus, v.lo), _mm512_maskz_mov_epi64(minus, v.hi)};
    store(y + 2 * i, subtract(add(load(y + 2 * i), a), b));
  }
  p127_accumulate_signed_portable(y + 2 * i, signs + i, x + 2 * i, n - i);
}

INLINE void add_lanes(uint64_t *sum, pair x) {
  uint64_t buffer[16];
  store(buffer, x);
  for (int j = 0; j < 8; j++) p127_add_portable(sum, buffer + 2 * j, 1);
}

IFMA void p127_dot_ifma(uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n) {
  size_t i = 0;
  while (i + 8 <= n) {
    columns acc = zero_columns(), other = zero_columns();   // two chains hide the latency of the multiplier
    size_t stop = n - i > 8 * 256 ? i + 8 * 256 : i + ((n - i) & ~(size_t)7);
    for (; i + 16 <= stop; i += 16) {
      accumulate(&acc, plain(load(x + 2 * i)), plain(load(y + 2 * i)));
      accumulate(&other, plain(load(x + 2 * i + 16)), plain(load(y + 2 * i + 16)));
    }
    if (i < stop) {
      accumulate(&acc, plain(load(x + 2 * i)), plain(load(y + 2 * i)));
      i += 8;
    }
    acc.c0 = _mm512_add_epi64(acc.c0, other.c0);
    acc.c1 = _mm512_add_epi64(acc.c1, other.c1);
    acc.c2 = _mm512_add_epi64(acc.c2, other.c2);
    acc.c3 = _mm512_add_epi64(acc.c3, other.c3);
    acc.c4 = _mm512_add_epi64(acc.c4, other.c4);
    add_lanes(sum, canonical(fold_many(acc)));
  }
  p127_dot_portable(sum, x + 2 * i, y + 2 * i, n - i);
}

// Each of n elements from four words, mod p: the 256-bit value is cut into limbs and folded.
IFMA void p127_reduce_words_ifma(uint64_t *y, const uint64_t *w, size_t n) {
  const v8 i01 = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13), i23 = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const uint64_t *p = w + 4 * i;
    v8 z0 = _mm512_loadu_si512(p), z1 = _mm512_loadu_si512(p + 8), z2 = _mm512_loadu_si512(p + 16),
       z3 = _mm512_loadu_si512(p + 24);
    v8 s0 = _mm512_permutex2var_epi64(z0, i01, z1), s1 = _mm512_permutex2var_epi64(z2, i01, z3);
    v8 t0 = _mm512_permutex2var_epi64(z0, i23, z1), t1 = _mm512_permutex2var_epi64(z2, i23, z3);
    v8 w0 = _mm512_shuffle_i64x2(s0, s1, 0x44), w1 = _mm512_shuffle_i64x2(s0, s1, 0xee);
    v8 w2 = _mm512_shuffle_i64x2(t0, t1, 0x44), w3 = _mm512_shuffle_i64x2(t0, t1, 0xee);
    columns v;
    v.c0 = mask52(w0);
    v.c1 = mask52(_mm512_or_si512(_mm512_srli_epi64(w0, 52), _mm512_slli_epi64(w1, 12)));
    v.c2 = mask52(_mm512_or_si512(_mm512_srli_epi64(w1, 40), _mm512_slli_epi64(w2, 24)));
    v.c3 = mask52(_mm512_or_si512(_mm512_srli_epi64(w2, 28), _mm512_slli_epi64(w3, 36)));
    v.c4 = _mm512_srli_epi64(w3, 16);
    store(y + 2 * i, canonical(fold(v)));
  }
  p127_reduce_words_portable(y + 2 * i, w + 4 * i, n - i);
}
#endif
