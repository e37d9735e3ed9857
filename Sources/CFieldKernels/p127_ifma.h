// Vectors of eight elements of p127 as 64-bit words and as 52-bit limbs; shared by the IFMA kernels.
//
// A product is 17 limb products in five columns; the columns from 2^156 on are multiplied by 2^156 mod p = 851967 * 2^29,
// which leaves 32 bits above 2^127, multiplied by 851967.
#pragma once
#include "p127_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define IFMA __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")))
#define INLINE static inline __attribute__((always_inline)) IFMA

typedef __m512i v8;
typedef struct { v8 lo, hi; } pair;          // 64-bit words
typedef struct { v8 a, b, c; } limbs;        // 52-bit limbs
typedef struct { v8 c0, c1, c2, c3, c4; } columns;

INLINE v8 bc(uint64_t x) { return _mm512_set1_epi64((long long)x); }
INLINE v8 mask52(v8 x) { return _mm512_and_si512(x, bc(0xfffffffffffffULL)); }
INLINE v8 madlo(v8 c, v8 x, v8 y) { return _mm512_madd52lo_epu64(c, x, y); }
INLINE v8 madhi(v8 c, v8 x, v8 y) { return _mm512_madd52hi_epu64(c, x, y); }

INLINE pair load(const uint64_t *p) {
  v8 z0 = _mm512_loadu_si512(p), z1 = _mm512_loadu_si512(p + 8);
  const v8 even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
  return (pair){_mm512_permutex2var_epi64(z0, even, z1), _mm512_permutex2var_epi64(z0, odd, z1)};
}

INLINE void store(uint64_t *p, pair x) {
  const v8 first = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), second = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
  _mm512_storeu_si512(p, _mm512_permutex2var_epi64(x.lo, first, x.hi));
  _mm512_storeu_si512(p + 8, _mm512_permutex2var_epi64(x.lo, second, x.hi));
}

// x -> limbs of x. The bits above 52 of the first two are left in: the multiplier ignores them.
INLINE limbs plain(pair x) {
  return (limbs){x.lo, _mm512_or_si512(_mm512_srli_epi64(x.lo, 52), _mm512_slli_epi64(x.hi, 12)),
                 _mm512_srli_epi64(x.hi, 40)};
}

INLINE columns zero_columns(void) {
  v8 z = _mm512_setzero_si512();
  return (columns){z, z, z, z, z};
}

// z in the columns.
INLINE columns start_from(pair z) {
  limbs l = plain(z);
  v8 none = _mm512_setzero_si512();
  return (columns){mask52(l.a), mask52(l.b), l.c, none, none};
}

// acc += x * y. c0 grows by less than 2^52, c1 by 3, c2 by 5, c3 by 3 + 2^-28 times that, c4 by less than 2^47.
INLINE void accumulate(columns *acc, limbs x, limbs y) {
  acc->c0 = madlo(acc->c0, x.a, y.a);
  acc->c1 = madhi(acc->c1, x.a, y.a);
  acc->c2 = madhi(acc->c2, x.a, y.b);
  acc->c3 = madhi(acc->c3, x.a, y.c);
  acc->c1 = madlo(acc->c1, x.a, y.b);
  acc->c2 = madlo(acc->c2, x.a, y.c);
  acc->c3 = madhi(acc->c3, x.b, y.b);
  acc->c4 = madhi(acc->c4, x.b, y.c);
  acc->c1 = madlo(acc->c1, x.b, y.a);
  acc->c2 = madhi(acc->c2, x.b, y.a);
  acc->c3 = madlo(acc->c3, x.b, y.c);
  acc->c4 = madhi(acc->c4, x.c, y.b);
  acc->c2 = madlo(acc->c2, x.b, y.b);
  acc->c3 = madhi(acc->c3, x.c, y.a);
  acc->c4 = madlo(acc->c4, x.c, y.c);   // below 2^46: no high half
  acc->c2 = madlo(acc->c2, x.c, y.a);
  acc->c3 = madlo(acc->c3, x.c, y.b);
}

INLINE v8 carry(v8 *from, v8 into) {
  v8 sum = _mm512_add_epi64(into, _mm512_srli_epi64(*from, 52));
  *from = mask52(*from);
  return sum;
}

#define FOLD156 (P127_FOLD << 29)   // 2^156 mod p, below 2^49

// d0 + 2^52 d1 + 2^104 d2 -> the same mod p, below 2^127 + 2^53; d0, d1 < 2^63 and d2 < 2^55.
INLINE pair settle(v8 d0, v8 d1, v8 d2) {
  d1 = carry(&d0, d1);
  d2 = carry(&d1, d2);
  v8 top = _mm512_srli_epi64(d2, 23);                       // what stands at 2^127, below 2^32.1
  d2 = _mm512_and_si512(d2, bc(0x7fffff));
  d0 = madlo(d0, top, bc(P127_FOLD));                       // the product is below 2^51.8
  d1 = carry(&d0, d1);                                      // d1 <= 2^52
  return (pair){_mm512_or_si512(d0, _mm512_slli_epi64(d1, 52)),
                _mm512_add_epi64(_mm512_srli_epi64(d1, 12), _mm512_slli_epi64(d2, 40))};
}

// The value of the columns mod p, less than p too much; for at most 8 products and an addend.
INLINE pair fold(columns v) {
  const v8 k = bc(FOLD156);
  v.c3 = carry(&v.c2, v.c3);                                // c3 < 2^57, the multiplier takes its low 52 bits
  v.c4 = _mm512_add_epi64(v.c4, _mm512_srli_epi64(v.c3, 52));   // below 2^51
  return settle(madlo(v.c0, v.c3, k), madlo(madhi(v.c1, v.c3, k), v.c4, k), madhi(v.c2, v.c4, k));
}

// The same for up to 400 products: columns below 2^63.
INLINE pair fold_many(columns v) {
  const v8 k = bc(FOLD156), zero = _mm512_setzero_si512();
  v.c1 = carry(&v.c0, v.c1);
  v.c2 = carry(&v.c1, v.c2);
  v.c3 = carry(&v.c2, v.c3);
  v.c4 = carry(&v.c3, v.c4);
  v8 c5 = carry(&v.c4, zero);                               // below 2^4
  v8 d0 = madlo(v.c0, v.c3, k), d1 = madlo(madhi(v.c1, v.c3, k), v.c4, k), d2 = madlo(madhi(v.c2, v.c4, k), c5, k);
  v8 d3 = madhi(zero, c5, k);                               // below 2; at 2^156 again
  return settle(madlo(d0, d3, k), d1, d2);
}

// r < 2^128 - 851967 and r < 2p -> r mod p: r >= p exactly when bit 127 of r + 851967 is set.
INLINE pair canonical(pair r) {
  const v8 one = bc(1), top = bc(0x8000000000000000ULL);
  v8 lo = _mm512_add_epi64(r.lo, bc(P127_FOLD));
  v8 hi = _mm512_mask_add_epi64(r.hi, _mm512_cmplt_epu64_mask(lo, r.lo), r.hi, one);
  __mmask8 big = _mm512_test_epi64_mask(hi, top);
  return (pair){_mm512_mask_mov_epi64(r.lo, big, lo), _mm512_mask_mov_epi64(r.hi, big, _mm512_andnot_si512(top, hi))};
}

INLINE pair add(pair x, pair y) {
  v8 lo = _mm512_add_epi64(x.lo, y.lo), hi = _mm512_add_epi64(x.hi, y.hi);
  hi = _mm512_mask_add_epi64(hi, _mm512_cmplt_epu64_mask(lo, x.lo), hi, bc(1));
  return canonical((pair){lo, hi});
}

INLINE pair subtract(pair x, pair y) {
  v8 lo = _mm512_sub_epi64(x.lo, y.lo), hi = _mm512_sub_epi64(x.hi, y.hi);
  hi = _mm512_mask_sub_epi64(hi, _mm512_cmplt_epu64_mask(x.lo, y.lo), hi, bc(1));
  __mmask8 negative = _mm512_test_epi64_mask(hi, bc(0x8000000000000000ULL));   // + p = + 2^127 - 851967
  v8 lo2 = _mm512_sub_epi64(lo, bc(P127_FOLD));
  v8 hi2 = _mm512_mask_sub_epi64(hi, _mm512_cmplt_epu64_mask(lo, bc(P127_FOLD)), hi, bc(1));
  hi2 = _mm512_add_epi64(hi2, bc(0x8000000000000000ULL));
  return (pair){_mm512_mask_mov_epi64(lo, negative, lo2), _mm512_mask_mov_epi64(hi, negative, hi2)};
}

INLINE pair product(limbs x, limbs y) {
  columns acc = zero_columns();
  accumulate(&acc, x, y);
  return canonical(fold(acc));
}

INLINE pair splat(const uint64_t *c) { return (pair){bc(c[0]), bc(c[1])}; }
#endif
