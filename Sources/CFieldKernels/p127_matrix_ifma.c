// The matrix product over p127 with AVX-512 IFMA: lazy 3 x 43-bit limbs and Karatsuba's identity, six limb products a
// multiply-accumulate. The sums of limbs that the identity needs are formed once per matrix.
#include "p127_ifma.h"

#if defined(__x86_64__)

// Limb products are below 2^88: the low halves grow by less than 2^52 a step and stay below 2^61 for 512 steps, the high
// halves below 2^45; so signed differences of them, and a high half shifted by 9, stay inside 63 bits.
#define STEPS 512
#define MASK43 0x7ffffffffffULL

typedef struct { v8 low[6], high[6]; } sums;   // of x0y0, x1y1, x2y2, (x0+x1)(y0+y1), (x0+x2)(y0+y2), (x1+x2)(y1+y2)

INLINE void six(v8 out[6], v8 lo, v8 hi) {
  const v8 m = bc(MASK43);
  out[0] = _mm512_and_si512(lo, m);
  out[1] = _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64(lo, 43), _mm512_slli_epi64(hi, 21)), m);
  out[2] = _mm512_srli_epi64(hi, 22);
  out[3] = _mm512_add_epi64(out[0], out[1]);
  out[4] = _mm512_add_epi64(out[0], out[2]);
  out[5] = _mm512_add_epi64(out[1], out[2]);
}

INLINE v8 carry43(v8 *from, v8 into) {   // arithmetic: digits may be negative on the way
  v8 sum = _mm512_add_epi64(into, _mm512_srai_epi64(*from, 43));
  *from = _mm512_and_si512(*from, bc(MASK43));
  return sum;
}

INLINE v8 middle(v8 mixed, v8 one, v8 other) { return _mm512_sub_epi64(_mm512_sub_epi64(mixed, one), other); }

// The value of the sums, mod p, in [0, p). The value is below 512 * 2^254 and not negative.
INLINE pair fold_sums(const sums *s) {
  const v8 *l = s->low, *h = s->high;
  v8 l1 = middle(l[3], l[0], l[1]), l2 = _mm512_add_epi64(middle(l[4], l[0], l[2]), l[1]), l3 = middle(l[5], l[1], l[2]);
  v8 h1 = middle(h[3], h[0], h[1]), h2 = _mm512_add_epi64(middle(h[4], h[0], h[2]), h[1]), h3 = middle(h[5], h[1], h[2]);
  // 2^52 in column j is 2^9 in column j + 1.
  v8 d0 = l[0], d1 = _mm512_add_epi64(l1, _mm512_slli_epi64(h[0], 9));
  v8 d2 = _mm512_add_epi64(l2, _mm512_slli_epi64(h1, 9)), d3 = _mm512_add_epi64(l3, _mm512_slli_epi64(h2, 9));
  v8 d4 = _mm512_add_epi64(l[2], _mm512_slli_epi64(h3, 9)), d5 = _mm512_slli_epi64(h[2], 9);
  d1 = carry43(&d0, d1);
  d2 = carry43(&d1, d2);
  d3 = carry43(&d2, d3);
  d4 = carry43(&d3, d4);
  d5 = carry43(&d4, d5);   // d5 < 2^48, the other digits < 2^43
  const v8 k = bc(P127_FOLD << 2), zero = _mm512_setzero_si512();   // 2^129 = 4 * 851967 < 2^22
  d0 = madlo(d0, d3, k);                                            // below 2^53
  d1 = madlo(_mm512_add_epi64(d1, _mm512_slli_epi64(madhi(zero, d3, k), 9)), d4, k);
  d2 = madlo(_mm512_add_epi64(d2, _mm512_slli_epi64(madhi(zero, d4, k), 9)), d5, k);
  v8 e3 = _mm512_slli_epi64(madhi(zero, d5, k), 9);                 // below 2^28
  d1 = carry43(&d0, d1);
  d2 = carry43(&d1, d2);
  v8 top = _mm512_add_epi64(_mm512_srli_epi64(d2, 41), _mm512_slli_epi64(e3, 2));   // what stands at 2^127, below 2^31
  d2 = _mm512_and_si512(d2, bc(((uint64_t)1 << 41) - 1));
  d0 = madlo(d0, top, bc(P127_FOLD));                               // below 2^43 + 2^51
  d1 = carry43(&d0, d1);
  d2 = carry43(&d1, d2);                                            // below 2^127 + 2^52
  return canonical((pair){_mm512_or_si512(d0, _mm512_slli_epi64(d1, 43)),
                          _mm512_or_si512(_mm512_srli_epi64(d1, 21), _mm512_slli_epi64(d2, 22))});
}

INLINE void step(sums *s, const uint64_t *left, const v8 *right) {
#pragma clang loop unroll(full)
  for (int t = 0; t < 6; t++) {
    v8 f = bc(left[t]);
    s->low[t] = madlo(s->low[t], f, right[t]);
    s->high[t] = madhi(s->high[t], f, right[t]);
  }
}

INLINE sums no_sums(void) {
  sums s;
#pragma clang loop unroll(full)
  for (int t = 0; t < 6; t++) s.low[t] = s.high[t] = _mm512_setzero_si512();
  return s;
}

// c += a b for `count` steps of the inner dimension, a panel of 8 columns, two rows.
IFMA static void two_rows(uint64_t *c0, uint64_t *c1, const uint64_t *left0, const uint64_t *left1, const v8 *right,
                          size_t count) {
  sums s = no_sums(), t = no_sums();
  for (size_t k = 0; k < count; k++) {
    step(&s, left0 + 6 * k, right + 6 * k);
    step(&t, left1 + 6 * k, right + 6 * k);
  }
  store(c0, add(load(c0), fold_sums(&s)));
  store(c1, add(load(c1), fold_sums(&t)));
}

IFMA static void one_row(uint64_t *c, const uint64_t *left, const v8 *right, size_t count) {
  sums s = no_sums();
  for (size_t k = 0; k < count; k++) step(&s, left + 6 * k, right + 6 * k);
  store(c, add(load(c), fold_sums(&s)));
}

// Blocks of 128 rows and 512 steps: the left limbs of a block (3 MiB at most, read in order) are cut once for all
// panels; the right limbs of one panel (192 KiB) stay in the second-level cache.
#define ROWS 128

IFMA int p127_matrix_ifma(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                          size_t columns) {
  size_t panels = columns / 8, depth = inner < STEPS ? inner : STEPS;
  if (panels == 0) return 0;
  size_t left_bytes = (ROWS * depth * 6 * 8 + 63) & ~(size_t)63, right_bytes = depth * 6 * sizeof(v8);
  uint64_t *left = aligned_alloc(64, left_bytes);
  v8 *right = aligned_alloc(64, right_bytes);
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
          uint64_t *l = left + 6 * (i * count + k);
          l[0] = x[0] & MASK43;
          l[1] = (x[0] >> 43 | x[1] << 21) & MASK43;
          l[2] = x[1] >> 22;
          l[3] = l[0] + l[1];
          l[4] = l[0] + l[2];
          l[5] = l[1] + l[2];
        }
      for (size_t panel = 0; panel < panels; panel++) {
        for (size_t k = 0; k < count; k++) {
          pair y = load(b + 2 * ((k0 + k) * columns + 8 * panel));
          six(right + 6 * k, y.lo, y.hi);
        }
        size_t i = 0;
        for (; i + 2 <= height; i += 2) {
          uint64_t *row = c + 2 * ((i0 + i) * columns + 8 * panel);
          two_rows(row, row + 2 * columns, left + 6 * i * count, left + 6 * (i + 1) * count, right, count);
        }
        if (i < height) one_row(c + 2 * ((i0 + i) * columns + 8 * panel), left + 6 * i * count, right, count);
      }
    }
  }
  explicit_bzero(left, left_bytes);   // they held shares
  explicit_bzero(right, right_bytes);
  free(left);
  free(right);
  p127_matrix_columns_portable(c, a, b, rows, inner, columns, 8 * panels);
  return 1;
}
#endif
