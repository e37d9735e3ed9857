// AVX2 kernels over p127: four elements as 64-bit words, or as five limbs of 26 bits whose products 32 x 32 -> 64 bits are
// summed without carries. No branch or index depends on an element.
#include "p127_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) AVX2

typedef __m256i v4;
typedef struct { v4 lo, hi; } pair;
typedef struct { v4 l[5]; } limbs;
typedef struct { v4 c[9]; } columns;

#define TOP 0x8000000000000000ULL

INLINE v4 bc(uint64_t x) { return _mm256_set1_epi64x((long long)x); }

// Elements 0, 2, 1, 3; `store` restores the order.
INLINE pair load(const uint64_t *p) {
  v4 z0 = _mm256_loadu_si256((const v4 *)p), z1 = _mm256_loadu_si256((const v4 *)(p + 4));
  return (pair){_mm256_unpacklo_epi64(z0, z1), _mm256_unpackhi_epi64(z0, z1)};
}

INLINE void store(uint64_t *p, pair x) {
  _mm256_storeu_si256((v4 *)p, _mm256_unpacklo_epi64(x.lo, x.hi));
  _mm256_storeu_si256((v4 *)(p + 4), _mm256_unpackhi_epi64(x.lo, x.hi));
}

// x < y for unsigned words: all ones or zero.
INLINE v4 below(v4 x, v4 y) { return _mm256_cmpgt_epi64(_mm256_xor_si256(y, bc(TOP)), _mm256_xor_si256(x, bc(TOP))); }

// By the top bit of `mask`.
INLINE v4 choose(v4 no, v4 yes, v4 mask) {
  return _mm256_castpd_si256(
      _mm256_blendv_pd(_mm256_castsi256_pd(no), _mm256_castsi256_pd(yes), _mm256_castsi256_pd(mask)));
}

// r < 2p -> r mod p: r >= p exactly when bit 127 of r + 851967 is set.
INLINE pair canonical(pair r) {
  v4 lo = _mm256_add_epi64(r.lo, bc(P127_FOLD));
  v4 hi = _mm256_sub_epi64(r.hi, below(lo, bc(P127_FOLD)));
  return (pair){choose(r.lo, lo, hi), choose(r.hi, _mm256_andnot_si256(bc(TOP), hi), hi)};
}

INLINE pair add(pair x, pair y) {
  v4 lo = _mm256_add_epi64(x.lo, y.lo);
  return canonical((pair){lo, _mm256_sub_epi64(_mm256_add_epi64(x.hi, y.hi), below(lo, x.lo))});
}

INLINE pair subtract(pair x, pair y) {
  v4 lo = _mm256_sub_epi64(x.lo, y.lo);
  v4 hi = _mm256_add_epi64(_mm256_sub_epi64(x.hi, y.hi), below(x.lo, y.lo));
  v4 lo2 = _mm256_sub_epi64(lo, bc(P127_FOLD));   // + p = + 2^127 - 851967
  v4 hi2 = _mm256_xor_si256(_mm256_add_epi64(hi, below(lo, bc(P127_FOLD))), bc(TOP));
  return (pair){choose(lo, lo2, hi), choose(hi, hi2, hi)};
}

INLINE limbs split(pair x) {
  const v4 m = bc(0x3ffffff);
  return (limbs){{_mm256_and_si256(x.lo, m), _mm256_and_si256(_mm256_srli_epi64(x.lo, 26), m),
                  _mm256_and_si256(_mm256_or_si256(_mm256_srli_epi64(x.lo, 52), _mm256_slli_epi64(x.hi, 12)), m),
                  _mm256_and_si256(_mm256_srli_epi64(x.hi, 14), m), _mm256_srli_epi64(x.hi, 40)}};
}

INLINE columns no_columns(void) {
  columns s;
#pragma clang loop unroll(full)
  for (int j = 0; j < 9; j++) s.c[j] = _mm256_setzero_si256();
  return s;
}

// s += x y. A column grows by less than 5 * 2^52: 400 steps stay below 2^63.
INLINE void accumulate(columns *s, limbs x, limbs y) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 5; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < 5; j++) s->c[i + j] = _mm256_add_epi64(s->c[i + j], _mm256_mul_epu32(x.l[i], y.l[j]));
}

INLINE v4 carry(v4 *from, v4 into) {
  v4 sum = _mm256_add_epi64(into, _mm256_srli_epi64(*from, 26));
  *from = _mm256_and_si256(*from, bc(0x3ffffff));
  return sum;
}

// The value of the columns mod p; at most 400 products.
INLINE pair fold(columns s) {
  v4 *c = s.c, c9 = _mm256_setzero_si256();
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) c[j + 1] = carry(&c[j], c[j + 1]);
  c9 = carry(&c[8], c9);                       // value < 2^263, so c9 < 2^29
  const v4 k = bc(P127_FOLD << 3);             // 2^130 = 8 * 851967 < 2^23; products below 2^52
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) c[j] = _mm256_add_epi64(c[j], _mm256_mul_epu32(c[j + 5], k));
  c[4] = _mm256_add_epi64(c[4], _mm256_mul_epu32(c9, k));
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) c[j + 1] = carry(&c[j], c[j + 1]);
  v4 top = _mm256_srli_epi64(c[4], 23);        // what stands at 2^127, below 2^30
  c[4] = _mm256_and_si256(c[4], bc(0x7fffff));
  c[0] = _mm256_add_epi64(c[0], _mm256_mul_epu32(top, bc(P127_FOLD)));
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) c[j + 1] = carry(&c[j], c[j + 1]);
  v4 lo = _mm256_or_si256(_mm256_or_si256(c[0], _mm256_slli_epi64(c[1], 26)), _mm256_slli_epi64(c[2], 52));
  v4 hi = _mm256_or_si256(_mm256_srli_epi64(c[2], 12), _mm256_slli_epi64(c[3], 14));
  return canonical((pair){lo, _mm256_add_epi64(hi, _mm256_slli_epi64(c[4], 40))});   // below 2^127 + 2^50
}

AVX2 void p127_add_avx2(uint64_t *y, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) store(y + 2 * i, add(load(y + 2 * i), load(x + 2 * i)));
  p127_add_portable(y + 2 * i, x + 2 * i, n - i);
}

AVX2 void p127_subtract_avx2(uint64_t *y, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) store(y + 2 * i, subtract(load(y + 2 * i), load(x + 2 * i)));
  p127_subtract_portable(y + 2 * i, x + 2 * i, n - i);
}

AVX2 void p127_difference_avx2(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) store(z + 2 * i, subtract(load(x + 2 * i), load(y + 2 * i)));
  p127_difference_portable(z + 2 * i, x + 2 * i, y + 2 * i, n - i);
}

AVX2 void p127_negate_avx2(uint64_t *y, size_t n) {
  size_t i = 0;
  const pair zero = {bc(0), bc(0)};
  for (; i + 4 <= n; i += 4) store(y + 2 * i, subtract(zero, load(y + 2 * i)));
  p127_negate_portable(y + 2 * i, n - i);
}

AVX2 void p127_dot_avx2(uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n) {
  size_t i = 0;
  while (i + 4 <= n) {
    columns s = no_columns();
    size_t stop = n - i > 4 * 256 ? i + 4 * 256 : i + ((n - i) & ~(size_t)3);
    for (; i < stop; i += 4) accumulate(&s, split(load(x + 2 * i)), split(load(y + 2 * i)));
    uint64_t lanes[8];
    store(lanes, fold(s));
    for (int j = 0; j < 4; j++) p127_add_portable(sum, lanes + 2 * j, 1);
  }
  p127_dot_portable(sum, x + 2 * i, y + 2 * i, n - i);
}

#define STEPS 256
#define ROWS 128

// c += a b, blocked as the IFMA product; panels of 4 columns, one row at a time (9 accumulators of 16 registers).
AVX2 int p127_matrix_avx2(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                          size_t columns_) {
  size_t panels = columns_ / 4, depth = inner < STEPS ? inner : STEPS;
  if (panels == 0) return 0;
  size_t left_bytes = (ROWS * depth * 5 * 8 + 63) & ~(size_t)63, right_bytes = (depth * sizeof(limbs) + 63) & ~(size_t)63;
  uint64_t *left = aligned_alloc(64, left_bytes);
  limbs *right = aligned_alloc(64, right_bytes);
  if (!left || !right) {
    free(left);
    free(right);
    return 0;
  }
  for (size_t i0 = 0; i0 < rows; i0 += ROWS) {
    size_t height = rows - i0 < ROWS ? rows - i0 : ROWS;
    for (size_t k0 = 0; k0 < inner; k0 += depth) {
      size_t count = inner - k0 < depth ? inner - k0 : depth;
      for (size_t i = 0; i < height; i++)
        for (size_t k = 0; k < count; k++) {
          const uint64_t *x = a + 2 * ((i0 + i) * inner + k0 + k);
          uint64_t *l = left + 5 * (i * count + k);
          l[0] = x[0] & 0x3ffffff;
          l[1] = x[0] >> 26 & 0x3ffffff;
          l[2] = (x[0] >> 52 | x[1] << 12) & 0x3ffffff;
          l[3] = x[1] >> 14 & 0x3ffffff;
          l[4] = x[1] >> 40;
        }
      for (size_t panel = 0; panel < panels; panel++) {
        for (size_t k = 0; k < count; k++) right[k] = split(load(b + 2 * ((k0 + k) * columns_ + 4 * panel)));
        for (size_t i = 0; i < height; i++) {
          uint64_t *row = c + 2 * ((i0 + i) * columns_ + 4 * panel);
          const uint64_t *l = left + 5 * i * count;
          columns s = no_columns();
          for (size_t k = 0; k < count; k++, l += 5)
            accumulate(&s, (limbs){{bc(l[0]), bc(l[1]), bc(l[2]), bc(l[3]), bc(l[4])}}, right[k]);
          store(row, add(load(row), fold(s)));
        }
      }
    }
  }
  explicit_bzero(left, left_bytes);   // they held shares
  explicit_bzero(right, right_bytes);
  free(left);
  free(right);
  p127_matrix_columns_portable(c, a, b, rows, inner, columns_, 4 * panels);
  return 1;
}
#endif
