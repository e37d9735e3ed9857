// AVX-512 IFMA kernels over p61 = 2^61 - 2031615: eight elements, limbs of 52 and 9 bits, seven limb products an element
// product. No branch or index depends on an element.
#include "p61_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define IFMA __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")))
#define INLINE static inline __attribute__((always_inline)) IFMA

typedef __m512i v8;
typedef struct { v8 c0, c1, c2; } columns;   // c0 + 2^52 c1 + 2^104 c2

INLINE v8 bc(uint64_t x) { return _mm512_set1_epi64((long long)x); }
INLINE v8 mask52(v8 x) { return _mm512_and_si512(x, bc(0xfffffffffffffULL)); }
INLINE v8 madlo(v8 c, v8 x, v8 y) { return _mm512_madd52lo_epu64(c, x, y); }
INLINE v8 madhi(v8 c, v8 x, v8 y) { return _mm512_madd52hi_epu64(c, x, y); }
INLINE v8 upper(v8 x) { return _mm512_srli_epi64(x, 52); }

// acc += x y, with xh = x >> 52 and yh = y >> 52; the multiplier takes the low 52 bits of x and y itself.
// c0 grows by less than 2^52 and c1 by less than 3 * 2^52.
INLINE void accumulate(columns *acc, v8 x, v8 xh, v8 y, v8 yh) {
  acc->c0 = madlo(acc->c0, x, y);
  acc->c1 = madhi(acc->c1, x, y);
  acc->c2 = madhi(acc->c2, x, yh);
  acc->c1 = madlo(acc->c1, x, yh);
  acc->c2 = madhi(acc->c2, xh, y);
  acc->c1 = madlo(acc->c1, xh, y);
  acc->c2 = madlo(acc->c2, xh, yh);
}

// At most 256 products and an addend: V < 2^131 -> V mod p.
INLINE v8 fold(columns v) {
  const v8 c = bc(P61_FOLD), p = bc(P61), zero = _mm512_setzero_si512();
  v.c1 = _mm512_add_epi64(v.c1, upper(v.c0));
  v.c2 = _mm512_add_epi64(v.c2, upper(v.c1));
  v8 c1 = mask52(v.c1);
  // V = L + 2^61 T, T = t0 + 2^52 t1 < 2^70
  v8 low = _mm512_or_si512(mask52(v.c0), _mm512_slli_epi64(_mm512_and_si512(c1, bc(511)), 52));
  v8 t0 = _mm512_or_si512(_mm512_srli_epi64(c1, 9), _mm512_slli_epi64(v.c2, 43)), t1 = _mm512_srli_epi64(v.c2, 9);
  // U = T * 2031615 = u0 + 2^52 u1, u1 < 2^40
  v8 u0 = madlo(zero, t0, c), u1 = madlo(madhi(zero, t0, c), t1, c);
  v8 r = _mm512_add_epi64(_mm512_add_epi64(low, u0), _mm512_slli_epi64(_mm512_and_si512(u1, bc(511)), 52));
  r = madlo(r, _mm512_srli_epi64(u1, 9), c);   // below 2^61 + 2^52 + 2^61 + 2^52 < 3p
  r = _mm512_min_epu64(r, _mm512_sub_epi64(r, p));
  return _mm512_min_epu64(r, _mm512_sub_epi64(r, p));
}

INLINE columns start_from(v8 z) { return (columns){mask52(z), upper(z), _mm512_setzero_si512()}; }
INLINE v8 load(const uint64_t *p) { return _mm512_loadu_si512(p); }

IFMA void p61_multiply_ifma(uint64_t *y, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    v8 a = load(y + i), b = load(x + i);
    columns acc = start_from(_mm512_setzero_si512());
    accumulate(&acc, a, upper(a), b, upper(b));
    _mm512_storeu_si512(y + i, fold(acc));
  }
  p61_multiply_portable(y + i, x + i, n - i);
}

IFMA void p61_multiply_accumulate_ifma(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    v8 a = load(c + i), b = load(x + i);
    columns acc = start_from(load(y + i));
    accumulate(&acc, a, upper(a), b, upper(b));
    _mm512_storeu_si512(y + i, fold(acc));
  }
  p61_multiply_accumulate_portable(y + i, c + i, x + i, n - i);
}

IFMA uint64_t p61_dot_ifma(const uint64_t *x, const uint64_t *y, size_t n) {
  size_t i = 0;
  uint64_t total = 0;
  while (i + 8 <= n) {
    columns acc = start_from(_mm512_setzero_si512()), other = acc;   // two chains hide the latency of the multiplier
    size_t stop = n - i > 8 * 256 ? i + 8 * 256 : i + ((n - i) & ~(size_t)7);
    for (; i + 16 <= stop; i += 16) {
      v8 a = load(x + i), b = load(y + i), c = load(x + i + 8), d = load(y + i + 8);
      accumulate(&acc, a, upper(a), b, upper(b));
      accumulate(&other, c, upper(c), d, upper(d));
    }
    if (i < stop) {
      v8 a = load(x + i), b = load(y + i);
      accumulate(&acc, a, upper(a), b, upper(b));
      i += 8;
    }
    uint64_t lanes[8];
    _mm512_storeu_si512(lanes, fold((columns){_mm512_add_epi64(acc.c0, other.c0), _mm512_add_epi64(acc.c1, other.c1),
                                              _mm512_add_epi64(acc.c2, other.c2)}));
    for (int j = 0; j < 8; j++) total = canonical(total + lanes[j]);
  }
  return canonical(total + p61_dot_portable(x + i, y + i, n - i));
}

// Panels of 8 columns, four rows at a time, 256 steps between folds.
INLINE void rows_of_panel(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t inner, size_t columns_,
                          const int height) {
  for (size_t k0 = 0; k0 < inner; k0 += 256) {
    size_t k1 = inner - k0 < 256 ? inner : k0 + 256;
    columns acc[4];
#pragma clang loop unroll(full)
    for (int r = 0; r < height; r++) acc[r] = start_from(load(c + r * columns_));
    for (size_t k = k0; k < k1; k++) {
      v8 y = load(b + k * columns_), yh = upper(y);
#pragma clang loop unroll(full)
      for (int r = 0; r < height; r++) {
        v8 x = bc(a[r * inner + k]);
        accumulate(&acc[r], x, upper(x), y, yh);
      }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < height; r++) _mm512_storeu_si512(c + r * columns_, fold(acc[r]));
  }
}

IFMA static void four_rows(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t inner, size_t columns_) {
  rows_of_panel(c, a, b, inner, columns_, 4);
}
IFMA static void one_row(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t inner, size_t columns_) {
  rows_of_panel(c, a, b, inner, columns_, 1);
}

IFMA void p61_matrix_ifma(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                          size_t columns_) {
  size_t j = 0;
  for (; j + 8 <= columns_; j += 8) {
    size_t i = 0;
    for (; i + 4 <= rows; i += 4) four_rows(c + i * columns_ + j, a + i * inner, b + j, inner, columns_);
    for (; i < rows; i++) one_row(c + i * columns_ + j, a + i * inner, b + j, inner, columns_);
  }
  p61_matrix_columns_portable(c, a, b, rows, inner, columns_, j);
}
#endif
