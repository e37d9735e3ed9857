// Vocabulary of the AVX-512 IFMA level. 52-bit arithmetic: IFMA multiplies the low 52 bits of its operands, so sums may
// carry junk above bit 52 as long as the true value is below 2^52; `clean` removes it before a comparison or a store.
#pragma once
#include <immintrin.h>

#include "levels.h"

#define IFMA_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")))
#define IFMA_INLINE static inline __attribute__((always_inline, target("avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")))

typedef __m512i vec;

typedef struct {
  vec q, q2, negq, one, mask, zero;  // q, 2q, 2^52 - q, floor(2^52 / q), 2^52 - 1
} vmod;

IFMA_INLINE vec splat(uint64_t x) { return _mm512_set1_epi64((long long)x); }
IFMA_INLINE vec load(const uint64_t *p) { return _mm512_loadu_si512(p); }
IFMA_INLINE void store(uint64_t *p, vec x) { _mm512_storeu_si512(p, x); }
IFMA_INLINE vec add(vec a, vec b) { return _mm512_add_epi64(a, b); }
IFMA_INLINE vec sub(vec a, vec b) { return _mm512_sub_epi64(a, b); }
IFMA_INLINE vec lo52(vec c, vec a, vec b) { return _mm512_madd52lo_epu64(c, a, b); }
IFMA_INLINE vec hi52(vec c, vec a, vec b) { return _mm512_madd52hi_epu64(c, a, b); }
IFMA_INLINE vec clean(vec x, const vmod *m) { return _mm512_and_si512(x, m->mask); }
// Clean x in [0, 2b) -> [0, b).
IFMA_INLINE vec once(vec x, vec b) { return _mm512_min_epu64(x, sub(x, b)); }

IFMA_INLINE vmod vmod_of(const ring_modulus *m) {
  vmod v = {splat(m->q), splat(2 * m->q), splat(((uint64_t)1 << 52) - m->q), splat(m->one52),
            splat(((uint64_t)1 << 52) - 1), _mm512_setzero_si512()};
  return v;
}

// y < 2^52, w in [0, q), ws = floor(w 2^52 / q): c + (y w mod q, in [0, 2q)), with junk above bit 52.
IFMA_INLINE vec shoup52(vec c, vec y, vec w, vec ws, const vmod *m) {
  vec h = hi52(m->zero, y, ws);
  return lo52(lo52(c, y, w), h, m->negq);
}

// x < 2^52, junk allowed -> the same residue in [0, 2q), clean.
IFMA_INLINE vec barrett(vec x, const vmod *m) { return clean(lo52(x, hi52(m->zero, x, m->one), m->negq), m); }
// x < 2^52, junk allowed -> [0, q), clean.
IFMA_INLINE vec canonical(vec x, const vmod *m) { return once(barrett(x, m), m->q); }
