// Vocabulary of the AVX2 + FMA level. Residues are integers in doubles, signed and lazily bounded; every product is exact:
// h = fl(y w), l = y w - h by FMA, c = round(y (w/q)), and h - c q, then + l, are integers below 2^53. With |y| <= 2^52
// the quotient is off by at most |y| 2^-52, so the remainder is at most (1/2 + |y| 2^-52) q in absolute value.
#pragma once
#include <immintrin.h>

#include "levels.h"

#define AVX2_TARGET __attribute__((target("avx2,fma")))
#define AVX2_INLINE static inline __attribute__((always_inline, target("avx2,fma")))

typedef __m256d dvec;
typedef __m256i ivec;

typedef struct {
  dvec q, qinv;
} dmod;

AVX2_INLINE dmod dmod_of(const ring_modulus *m) {
  dmod d = {_mm256_set1_pd(m->qd), _mm256_set1_pd(m->qinv)};
  return d;
}
AVX2_INLINE dvec dsplat(double x) { return _mm256_set1_pd(x); }
AVX2_INLINE ivec isplat(uint64_t x) { return _mm256_set1_epi64x((long long)x); }
AVX2_INLINE dvec dload(const uint64_t *p) { return _mm256_loadu_pd((const double *)p); }
AVX2_INLINE void dstore(uint64_t *p, dvec x) { _mm256_storeu_pd((double *)p, x); }
AVX2_INLINE ivec iload(const uint64_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
AVX2_INLINE void istore(uint64_t *p, ivec x) { _mm256_storeu_si256((__m256i *)p, x); }

// Integers in [0, 2^52) to doubles and back.
#define TWO52_BITS 0x4330000000000000ull
AVX2_INLINE dvec from_integer(ivec x) {
  return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(x, isplat(TWO52_BITS))), dsplat(0x1p52));
}
AVX2_INLINE ivec to_integer(dvec x) {
  return _mm256_xor_si256(_mm256_castpd_si256(_mm256_add_pd(x, dsplat(0x1p52))), isplat(TWO52_BITS));
}
AVX2_INLINE dvec nearest(dvec x) { return _mm256_round_pd(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

// y w mod q; wq = w/q.
AVX2_INLINE dvec dmultiply(dvec y, dvec w, dvec wq, const dmod *m) {
  dvec h = _mm256_mul_pd(y, w), l = _mm256_fmsub_pd(y, w, h), c = nearest(_mm256_mul_pd(y, wq));
  return _mm256_add_pd(_mm256_fnmadd_pd(c, m->q, h), l);
}
// a b mod q for two vectors; |a b| <= q^2 < 2^100: the remainder is below 0.9 q in absolute value.
AVX2_INLINE dvec dproduct(dvec a, dvec b, const dmod *m) {
  dvec h = _mm256_mul_pd(a, b), l = _mm256_fmsub_pd(a, b, h), c = nearest(_mm256_mul_pd(h, m->qinv));
  return _mm256_add_pd(_mm256_fnmadd_pd(c, m->q, h), l);
}
// |x| < 2^53 -> about [-q/2, q/2].
AVX2_INLINE dvec dreduce(dvec x, const dmod *m) {
  return _mm256_fnmadd_pd(nearest(_mm256_mul_pd(x, m->qinv)), m->q, x);
}
// (-q, q) -> [0, q).
AVX2_INLINE dvec positive(dvec x, const dmod *m) {
  return _mm256_add_pd(x, _mm256_and_pd(m->q, _mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_LT_OQ)));
}
AVX2_INLINE ivec canonical_integer(dvec x, const dmod *m) { return to_integer(positive(dreduce(x, m), m)); }
