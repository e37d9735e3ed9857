// Pointwise operations and reductions, AVX2 + FMA level; q < 2^50. Ends of vectors that are not a multiple of four go to
// the portable code.
#if defined(__x86_64__)
#include "avx2.h"

#define BODY(n) ((n) & ~(size_t)3)

// x in [0, 2b) -> [0, b) for integers below 2^63.
AVX2_INLINE ivec once(ivec x, ivec b) {
  ivec d = _mm256_sub_epi64(x, b);
  return _mm256_add_epi64(d, _mm256_and_si256(b, _mm256_cmpgt_epi64(_mm256_setzero_si256(), d)));
}

AVX2_TARGET void ring_add_avx2(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  const ivec q = isplat(m->q);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 4) istore(out + i, once(_mm256_add_epi64(iload(a + i), iload(b + i)), q));
  if (e < n) ring_add_portable(m, out + e, a + e, b + e, n - e);
}

AVX2_TARGET void ring_subtract_avx2(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b,
                                    size_t n) {
  const ivec q = isplat(m->q), zero = _mm256_setzero_si256();
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 4) {
    ivec d = _mm256_sub_epi64(iload(a + i), iload(b + i));
    istore(out + i, _mm256_add_epi64(d, _mm256_and_si256(q, _mm256_cmpgt_epi64(zero, d))));
  }
  if (e < n) ring_subtract_portable(m, out + e, a + e, b + e, n - e);
}

AVX2_TARGET void ring_negate_avx2(const ring_modulus *m, uint64_t *out, const uint64_t *a, size_t n) {
  const ivec q = isplat(m->q);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 4) istore(out + i, once(_mm256_sub_epi64(q, iload(a + i)), q));
  if (e < n) ring_negate_portable(m, out + e, a + e, n - e);
}

AVX2_TARGET void ring_multiply_avx2(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b,
                                    size_t n) {
  const dmod d = dmod_of(m);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 4)
    istore(out + i, to_integer(positive(dproduct(from_integer(iload(a + i)), from_integer(iload(b + i)), &d), &d)));
  if (e < n) ring_multiply_portable(m, out + e, a + e, b + e, n - e);
}

AVX2_TARGET void ring_scale_add_avx2(const ring_modulus *m, uint64_t *out, const uint64_t *a, uint64_t scalar,
                                     const uint64_t *addend, size_t n) {
  const dmod d = dmod_of(m);
  const dvec w = dsplat((double)scalar), wq = dsplat((double)scalar / m->qd);
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 4) {
    dvec r = dmultiply(from_integer(iload(a + i)), w, wq, &d);
    if (addend) r = _mm256_add_pd(r, from_integer(iload(addend + i)));
    istore(out + i, canonical_integer(r, &d));
  }
  if (e < n) ring_scale_add_portable(m, out + e, a + e, scalar, addend ? addend + e : 0, n - e);
}

AVX2_INLINE void sum_of_products(const ring_modulus *m, uint64_t *out, const uint64_t *addend,
                                 const uint64_t *const *a, const uint64_t *const *b, size_t count, size_t e) {
  const dmod d = dmod_of(m);
  for (size_t i = 0; i < e; i += 4) {
    dvec s = addend ? from_integer(iload(addend + i)) : _mm256_setzero_pd();
    for (size_t j = 0; j < count; j++) {
      s = _mm256_add_pd(s, dproduct(from_integer(iload(a[j] + i)), from_integer(iload(b[j] + i)), &d));
      if ((j & 3) == 3) s = dreduce(s, &d);  // below 1 + 4 * 0.9 in units of q: 2^53 is not reached
    }
    istore(out + i, canonical_integer(s, &d));
  }
}

AVX2_TARGET void ring_sum_of_products_avx2(const ring_modulus *m, uint64_t *out, const uint64_t *addend,
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

// Digits of 48 bits: each product with a power is below 0.57 q, and 11 of them plus the sign below 8 q <= 2^53.
AVX2_INLINE void reduce_wide(const ring_modulus *m, uint64_t *out, const uint64_t *source, size_t stride,
                             unsigned words, size_t e) {
  const dmod d = dmod_of(m);
  const dvec correction = dsplat((double)(m->q - m->pow64[words]));
  const ivec mask = isplat(((uint64_t)1 << 48) - 1), zero = _mm256_setzero_si256();
  const unsigned digits = (64 * words + 47) / 48;
  for (size_t i = 0; i < e; i += 4) {
    ivec sign = _mm256_cmpgt_epi64(zero, iload(source + (words - 1) * stride + i));
    dvec s = _mm256_and_pd(correction, _mm256_castsi256_pd(sign));
    for (unsigned j = 0; j < digits; j++) {
      unsigned bit = 48 * j, k = bit / 64, shift = bit % 64;
      ivec x = _mm256_srl_epi64(iload(source + k * stride + i), _mm_cvtsi32_si128((int)shift));
      if (shift > 16 && k + 1 < words)
        x = _mm256_or_si256(
            x, _mm256_sll_epi64(iload(source + (k + 1) * stride + i), _mm_cvtsi32_si128(64 - (int)shift)));
      const double w = (double)m->pow48[j];
      s = _mm256_add_pd(s, dmultiply(from_integer(_mm256_and_si256(x, mask)), dsplat(w), dsplat(w / m->qd), &d));
    }
    istore(out + i, canonical_integer(s, &d));
  }
}

AVX2_TARGET void ring_reduce_wide_avx2(const ring_modulus *m, uint64_t *out, const uint64_t *source, size_t stride,
                                       unsigned words, size_t n) {
  size_t e = BODY(n);
  switch (words) {
    case 1: reduce_wide(m, out, source, stride, 1, e); break;
    case 3: reduce_wide(m, out, source, stride, 3, e); break;
    case 5: reduce_wide(m, out, source, stride, 5, e); break;
    default: reduce_wide(m, out, source, stride, words, e); break;
  }
  if (e < n) ring_reduce_wide_portable(m, out + e, source + e, stride, words, n - e);
}

AVX2_TARGET void ring_reduce_field_avx2(const ring_modulus *m, uint64_t *out, const void *source, uint64_t p_low,
                                        uint64_t p_high, size_t n) {
  const uint64_t *x = source;
  const u128 p = ((u128)p_high << 64) | p_low, half = p >> 1;
  const dmod d = dmod_of(m);
  const double c1 = (double)m->pow48[1], c2 = (double)m->pow48[2];
  const dvec w1 = dsplat(c1), w1q = dsplat(c1 / m->qd), w2 = dsplat(c2), w2q = dsplat(c2 / m->qd);
  const dvec minus_p = dsplat((double)(m->q - reduce128(m, p)));
  const ivec mask = isplat(((uint64_t)1 << 48) - 1), top = isplat((uint64_t)1 << 63);
  const ivec half_low = isplat((uint64_t)half ^ ((uint64_t)1 << 63)), half_high = isplat((uint64_t)(half >> 64));
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 4) {
    ivec a = iload(x + 2 * i), b = iload(x + 2 * i + 4);
    ivec l = _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(a, b), 0xD8);
    ivec h = _mm256_permute4x64_epi64(_mm256_unpackhi_epi64(a, b), 0xD8);
    ivec negative = _mm256_or_si256(_mm256_cmpgt_epi64(h, half_high),
                                    _mm256_and_si256(_mm256_cmpeq_epi64(h, half_high),
                                                     _mm256_cmpgt_epi64(_mm256_xor_si256(l, top), half_low)));
    ivec d1 = _mm256_and_si256(_mm256_or_si256(_mm256_srli_epi64(l, 48), _mm256_slli_epi64(h, 16)), mask);
    dvec s = from_integer(_mm256_and_si256(l, mask));
    // The low digit may be many q: reduced before it is added.
    s = _mm256_add_pd(dreduce(s, &d), _mm256_and_pd(minus_p, _mm256_castsi256_pd(negative)));
    s = _mm256_add_pd(s, dmultiply(from_integer(d1), w1, w1q, &d));
    s = _mm256_add_pd(s, dmultiply(from_integer(_mm256_srli_epi64(h, 32)), w2, w2q, &d));
    istore(out + i, canonical_integer(s, &d));
  }
  if (e < n) ring_reduce_field_portable(m, out + e, x + 2 * e, p_low, p_high, n - e);
}

AVX2_TARGET void ring_reduce_small_avx2(const ring_modulus *m, uint64_t *out, const int8_t *source, size_t n) {
  const ivec q = isplat(m->q), zero = _mm256_setzero_si256();
  size_t e = BODY(n);
  for (size_t i = 0; i < e; i += 4) {
    ivec x = _mm256_cvtepi8_epi64(_mm_loadu_si32(source + i));
    istore(out + i, _mm256_add_epi64(x, _mm256_and_si256(q, _mm256_cmpgt_epi64(zero, x))));
  }
  if (e < n) ring_reduce_small_portable(m, out + e, source + e, n - e);
}
#endif
