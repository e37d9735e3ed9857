// Pointwise operations and reductions, AVX-512 IFMA level; q < 2^50. Ends of vectors that are not a multiple of eight go
// to the portable code.
#if defined(__x86_64__)
#include "ifma.h"

#define BODY(n) ((n) & ~(size_t)7)

IFMA_TARGET void ring_add_ifma(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  const vec q = splat(m->q);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 8) store(out + i, once(add(load(a + i), load(b + i)), q));
  if (e < n) ring_add_portable(m, out + e, a + e, b + e, n - e);
}

IFMA_TARGET void ring_subtract_ifma(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b,
                                    size_t n) {
  const vec q = splat(m->q);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 8) {
    vec d = sub(load(a + i), load(b + i));
    store(out + i, _mm512_min_epu64(d, add(d, q)));  // a negative d is the larger one as an unsigned number
  }
  if (e < n) ring_subtract_portable(m, out + e, a + e, b + e, n - e);
}

IFMA_TARGET void ring_negate_ifma(const ring_modulus *m, uint64_t *out, const uint64_t *a, size_t n) {
  const vec q = splat(m->q);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 8) store(out + i, once(sub(q, load(a + i)), q));
  if (e < n) ring_negate_portable(m, out + e, a + e, n - e);
}

// Barrett with b = bits of q: x = ab < 2^(2b), xs = x >> (b-2) < 2^(b+2) <= 2^52, mu = floor(2^(50+b)/q) <= 2^51:
// floor(xs mu / 2^52) misses x/q by less than 1/2 (xs) + 1 (mu) + 1 (floor), so the remainder is below 3.5q < 2^52.
IFMA_TARGET void ring_multiply_ifma(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b,
                                    size_t n) {
  const vmod v = vmod_of(m);
  const vec mu = splat(m->mu);
  const __m128i right = _mm_cvtsi32_si128((int)m->bits - 2), left = _mm_cvtsi32_si128(54 - (int)m->bits);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 8) {
    vec x = load(a + i), y = load(b + i);
    vec l = lo52(v.zero, x, y), h = hi52(v.zero, x, y);
    vec s = _mm512_or_si512(_mm512_srl_epi64(l, right), _mm512_sll_epi64(h, left));
    vec r = clean(lo52(l, hi52(v.zero, s, mu), v.negq), &v);
    store(out + i, once(once(r, v.q2), v.q));
  }
  if (e < n) ring_multiply_portable(m, out + e, a + e, b + e, n - e);
}

// hi 2^52 + lo with lo < 2^57 and hi < 2^52 after the carry -> [0, q).
IFMA_INLINE vec fold(vec hi, vec lo, vec r52, vec r52s, const vmod *v) {
  hi = add(hi, _mm512_srli_epi64(lo, 52));
  vec r = add(barrett(clean(lo, v), v), clean(shoup52(v->zero, hi, r52, r52s, v), v));
  return once(once(r, v->q2), v->q);
}

IFMA_TARGET void ring_scale_add_ifma(const ring_modulus *m, uint64_t *out, const uint64_t *a, uint64_t scalar,
                                     const uint64_t *addend, size_t n) {
  const vmod v = vmod_of(m);
  const vec w = splat(scalar), ws = splat(shoup_factor(scalar, m->q, 52));
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 8) {
    vec r = clean(shoup52(v.zero, load(a + i), w, ws, &v), &v);
    if (addend) r = once(add(r, load(addend + i)), v.q2);  // below 3q
    store(out + i, once(r, v.q));
  }
  if (e < n) ring_scale_add_portable(m, out + e, a + e, scalar, addend ? addend + e : 0, n - e);
}

IFMA_INLINE void sum_of_products(const ring_modulus *m, uint64_t *out, const uint64_t *addend,
                                 const uint64_t *const *a, const uint64_t *const *b, size_t count, size_t e) {
  const vmod v = vmod_of(m);
  const vec r52 = splat(m->r52), r52s = splat(m->r52s);
  for (size_t i = 0; i < e; i += 8) {
    vec lo = addend ? load(addend + i) : v.zero, hi = v.zero;
    for (size_t j = 0; j < count; j++) {  // 16 products: lo < 2^57, hi < 16 * 2^48
      vec x = load(a[j] + i), y = load(b[j] + i);
      lo = lo52(lo, x, y), hi = hi52(hi, x, y);
    }
    store(out + i, fold(hi, lo, r52, r52s, &v));
  }
}

IFMA_TARGET void ring_sum_of_products_ifma(const ring_modulus *m, uint64_t *out, const uint64_t *addend,
                                           const uint64_t *const *a, const uint64_t *const *b, size_t count,
                                           size_t n) {
  size_t e = BODY(n);
  if (count == 1) sum_of_products(m, out, addend, a, b, 1, e);
  else if (count == 2) sum_of_products(m, out, addend, a, b, 2, e);
  else sum_of_products(m, out, addend, a, b, count, e);
  if (e == n) return;
  const uint64_t *ta[RING_MAX_LIMBS], *tb[RING_MAX_LIMBS];
  for (size_t j = 0; j < count; j++) ta[j] = a[j] + e, tb[j] = b[j] + e;
  ring_sum_of_products_portable(m, out + e, addend ? addend + e : 0, ta, tb, count, n - e);
}

// The 64-bit words are cut into 52-bit digits; digit j weighs 2^(52 j) mod q. The sign weighs -2^(64 words).
IFMA_INLINE void reduce_wide(const ring_modulus *m, uint64_t *out, const uint64_t *source, size_t stride,
                             unsigned words, size_t e) {
  const int large = m->bits > 48;
  const vmod v = vmod_of(m);
  const vec r52 = splat(m->r52), r52s = splat(m->r52s), correction = splat(m->q - m->pow64[words]);
  const unsigned digits = (64 * words + 51) / 52;
  for (size_t i = 0; i < e; i += 8) {
    vec lo = v.zero, hi = v.zero;
    for (unsigned d = 0; d < digits; d++) {
      unsigned bit = 52 * d, k = bit / 64, shift = bit % 64;
      vec x = _mm512_srl_epi64(load(source + k * stride + i), _mm_cvtsi32_si128((int)shift));
      if (shift > 12 && k + 1 < words)
        x = _mm512_or_si512(x, _mm512_sll_epi64(load(source + (k + 1) * stride + i), _mm_cvtsi32_si128(64 - (int)shift)));
      vec w = splat(m->pow52[d]);
      lo = lo52(lo, x, w), hi = hi52(hi, x, w);  // IFMA reads the low 52 bits of x
      // Each hi is below q: ten of them fit 52 bits if q < 2^48; else two and a reduced rest below 2q.
      if (large && (d & 1)) hi = barrett(hi, &v);
    }
    vec sign = _mm512_srai_epi64(load(source + (words - 1) * stride + i), 63);
    lo = add(lo, _mm512_and_si512(sign, correction));
    store(out + i, fold(hi, lo, r52, r52s, &v));
  }
}

IFMA_TARGET void ring_reduce_wide_ifma(const ring_modulus *m, uint64_t *out, const uint64_t *source, size_t stride,
                                       unsigned words, size_t n) {
  size_t e = BODY(n);
  switch (words) {
    case 1: reduce_wide(m, out, source, stride, 1, e); break;
    case 2: reduce_wide(m, out, source, stride, 2, e); break;
    case 3: reduce_wide(m, out, source, stride, 3, e); break;
    case 5: reduce_wide(m, out, source, stride, 5, e); break;
    default: reduce_wide(m, out, source, stride, words, e); break;
  }
  if (e < n) ring_reduce_wide_portable(m, out + e, source + e, stride, words, n - e);
}

IFMA_TARGET void ring_reduce_field_ifma(const ring_modulus *m, uint64_t *out, const void *source, uint64_t p_low,
                                        uint64_t p_high, size_t n) {
  const vmod v = vmod_of(m);
  const uint64_t *x = source;
  const u128 p = ((u128)p_high << 64) | p_low, half = p >> 1;
  const vec r52 = splat(m->r52), r52s = splat(m->r52s), w1 = splat(m->pow52[1]), w2 = splat(m->pow52[2]);
  const vec minus_p = splat(m->q - reduce128(m, p)), half_low = splat((uint64_t)half), half_high = splat((uint64_t)(half >> 64));
  const vec low = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), high = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 8) {
    vec a = load(x + 2 * i), b = load(x + 2 * i + 8);
    vec l = _mm512_permutex2var_epi64(a, low, b), h = _mm512_permutex2var_epi64(a, high, b);
    __mmask8 negative = _mm512_cmpgt_epu64_mask(h, half_high) |
                        (_mm512_cmpeq_epu64_mask(h, half_high) & _mm512_cmpgt_epu64_mask(l, half_low));
    vec d1 = _mm512_or_si512(_mm512_srli_epi64(l, 52), _mm512_slli_epi64(h, 12)), d2 = _mm512_srli_epi64(h, 40);
    vec lo = add(clean(l, &v), _mm512_maskz_mov_epi64(negative, minus_p));
    vec hi = hi52(v.zero, d1, w1);
    lo = lo52(lo52(lo, d1, w1), d2, w2), hi = hi52(hi, d2, w2);
    store(out + i, fold(hi, lo, r52, r52s, &v));
  }
  if (e < n) ring_reduce_field_portable(m, out + e, x + 2 * e, p_low, p_high, n - e);
}

IFMA_TARGET void ring_reduce_small_ifma(const ring_modulus *m, uint64_t *out, const int8_t *source, size_t n) {
  const vec q = splat(m->q);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 8) {
    vec x = _mm512_cvtepi8_epi64(_mm_loadl_epi64((const __m128i *)(source + i)));
    store(out + i, _mm512_min_epu64(x, add(x, q)));
  }
  if (e < n) ring_reduce_small_portable(m, out + e, source + e, n - e);
}
#endif
