// AVX-512 IFMA kernels over p127 = 2^127 - 851967. Every element is 16 bytes, little endian, in [0, p).
//
// Eight elements are held as three vectors of 52-bit limbs. One operand of each product is shifted left by 29 bits, so
// that bit 127 of the product stands on a limb boundary (127 + 29 = 3 * 52) and the reduction 2^127 = 851967 (mod p) is
// a product of whole limbs. No branch or index depends on an element.
#include "p127_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define IFMA __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")))
#define INLINE static inline __attribute__((always_inline)) IFMA

typedef __m512i v8;
typedef struct { v8 lo, hi; } pair;          // 64-bit words
typedef struct { v8 a, b, c; } limbs;        // 52-bit limbs
typedef struct { v8 c0, c1, c2, c3, c4, c5; } columns;

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

// x -> limbs of x.
INLINE limbs plain(pair x) {
  return (limbs){mask52(x.lo), mask52(_mm512_or_si512(_mm512_srli_epi64(x.lo, 52), _mm512_slli_epi64(x.hi, 12))),
                 _mm512_srli_epi64(x.hi, 40)};
}

// x -> limbs of 2^29 x, for x < 2^127.
INLINE limbs shifted(pair x) {
  return (limbs){mask52(_mm512_slli_epi64(x.lo, 29)),
                 mask52(_mm512_or_si512(_mm512_srli_epi64(x.lo, 23), _mm512_slli_epi64(x.hi, 41))),
                 _mm512_srli_epi64(x.hi, 11)};
}

INLINE columns zero_columns(void) {
  v8 z = _mm512_setzero_si512();
  return (columns){z, z, z, z, z, z};
}

// acc += x * y. Each column grows by at most 5 * 2^52, so 400 products stay below 2^63.
INLINE void accumulate(columns *acc, limbs x, limbs y) {
  acc->c0 = madlo(acc->c0, x.a, y.a);
  acc->c1 = madhi(acc->c1, x.a, y.a);
  acc->c1 = madlo(acc->c1, x.a, y.b);
  acc->c2 = madhi(acc->c2, x.a, y.b);
  acc->c2 = madlo(acc->c2, x.a, y.c);
  acc->c3 = madhi(acc->c3, x.a, y.c);
  acc->c1 = madlo(acc->c1, x.b, y.a);
  acc->c2 = madhi(acc->c2, x.b, y.a);
  acc->c2 = madlo(acc->c2, x.b, y.b);
  acc->c3 = madhi(acc->c3, x.b, y.b);
  acc->c3 = madlo(acc->c3, x.b, y.c);
  acc->c4 = madhi(acc->c4, x.b, y.c);
  acc->c2 = madlo(acc->c2, x.c, y.a);
  acc->c3 = madhi(acc->c3, x.c, y.a);
  acc->c3 = madlo(acc->c3, x.c, y.b);
  acc->c4 = madhi(acc->c4, x.c, y.b);
  acc->c4 = madlo(acc->c4, x.c, y.c);
  acc->c5 = madhi(acc->c5, x.c, y.c);
}

INLINE v8 carry(v8 *from, v8 into) {
  v8 sum = _mm512_add_epi64(into, _mm512_srli_epi64(*from, 52));
  *from = mask52(*from);
  return sum;
}

// The columns hold 2^29 V; returns V mod p, in [0, p). Needs columns below 2^63 and V < 2^(127 + 127 + 20).
INLINE pair fold(columns v) {
  const v8 k = bc(P127_FOLD << 29);
  v.c1 = carry(&v.c0, v.c1);
  v.c2 = carry(&v.c1, v.c2);
  v.c3 = carry(&v.c2, v.c3);
  v.c4 = carry(&v.c3, v.c4);
  v.c5 = carry(&v.c4, v.c5);                    // 2^29 V = L + 2^156 T, T = (c3, c4, c5)
  v8 d0 = madlo(v.c0, v.c3, k);
  v8 d1 = madlo(madhi(v.c1, v.c3, k), v.c4, k);
  v8 d2 = madlo(madhi(v.c2, v.c4, k), v.c5, k);
  v8 d3 = madhi(_mm512_setzero_si512(), v.c5, k);
  d1 = carry(&d0, d1);
  d2 = carry(&d1, d2);
  d3 = carry(&d2, d3);                          // d3 < 2^42
  d0 = madlo(d0, d3, k);
  d1 = madhi(d1, d3, k);
  d1 = carry(&d0, d1);
  d2 = carry(&d1, d2);                          // below 2^156 + 2^92: at most one p too much after the shift
  pair r = {_mm512_or_si512(_mm512_srli_epi64(d0, 29), _mm512_slli_epi64(d1, 23)),
            _mm512_add_epi64(_mm512_srli_epi64(d1, 41), _mm512_slli_epi64(d2, 11))};
  return r;
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

INLINE pair product(pair x, pair y) {
  columns acc = zero_columns();
  accumulate(&acc, shifted(x), plain(y));
  return canonical(fold(acc));
}

INLINE pair splat(const uint64_t *c) { return (pair){bc(c[0]), bc(c[1])}; }

// 2^29 z in the columns.
INLINE columns start_from(pair z) {
  columns acc = zero_columns();
  limbs s = shifted(z);
  acc.c0 = s.a;
  acc.c1 = s.b;
  acc.c2 = s.c;
  return acc;
}

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

IFMA void p127_multiply_ifma(uint64_t *y, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(y + 2 * i, product(load(y + 2 * i), load(x + 2 * i)));
  p127_multiply_portable(y + 2 * i, x + 2 * i, n - i);
}

IFMA void p127_scale_ifma(uint64_t *y, const uint64_t *c, size_t n) {
  size_t i = 0;
  pair s = splat(c);
  for (; i + 8 <= n; i += 8) store(y + 2 * i, product(s, load(y + 2 * i)));
  p127_scale_portable(y + 2 * i, c, n - i);
}

IFMA void p127_multiply_accumulate_ifma(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    columns acc = start_from(load(y + 2 * i));
    accumulate(&acc, shifted(load(c + 2 * i)), plain(load(x + 2 * i)));
    store(y + 2 * i, canonical(fold(acc)));
  }
  p127_multiply_accumulate_portable(y + 2 * i, c + 2 * i, x + 2 * i, n - i);
}

IFMA void p127_scale_accumulate_ifma(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  size_t i = 0;
  limbs s = shifted(splat(c));
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
    limbs es = shifted(e), ds = shifted(d);
    columns acc = start_from(load(z + 2 * i));
    accumulate(&acc, es, plain(load(b + 2 * i)));
    accumulate(&acc, ds, plain(load(a + 2 * i)));
    if (kind == 1) accumulate(&acc, es, plain(d));
    if (kind == 2) accumulate(&acc, shifted(product(e, d)), k);
    store(z + 2 * i, canonical(fold(acc)));
  }
  p127_beaver_portable(z + 2 * i, a + 2 * i, b + 2 * i, epsilon + 2 * i, delta + 2 * i, kappa, kind, n - i);
}

INLINE void add_lanes(uint64_t *sum, pair x) {
  uint64_t buffer[16];
  store(buffer, x);
  for (int j = 0; j < 8; j++) p127_add_portable(sum, buffer + 2 * j, 1);
}

IFMA void p127_dot_ifma(uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n) {
  size_t i = 0;
  while (i + 8 <= n) {
    columns acc = zero_columns();
    size_t stop = n - i > 8 * 256 ? i + 8 * 256 : i + ((n - i) & ~(size_t)7);
    for (; i < stop; i += 8) accumulate(&acc, shifted(load(x + 2 * i)), plain(load(y + 2 * i)));
    add_lanes(sum, canonical(fold(acc)));
  }
  p127_dot_portable(sum, x + 2 * i, y + 2 * i, n - i);
}

// Each of n elements from four words, mod p: 2^29 times the 256-bit value is cut into limbs and folded.
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
    v.c0 = mask52(_mm512_slli_epi64(w0, 29));
    v.c1 = mask52(_mm512_or_si512(_mm512_srli_epi64(w0, 23), _mm512_slli_epi64(w1, 41)));
    v.c2 = mask52(_mm512_srli_epi64(w1, 11));
    v.c3 = mask52(_mm512_or_si512(_mm512_srli_epi64(w1, 63), _mm512_slli_epi64(w2, 1)));
    v.c4 = mask52(_mm512_or_si512(_mm512_srli_epi64(w2, 51), _mm512_slli_epi64(w3, 13)));
    v.c5 = _mm512_srli_epi64(w3, 39);
    store(y + 2 * i, canonical(fold(v)));
  }
  p127_reduce_words_portable(y + 2 * i, w + 4 * i, n - i);
}

#define BLOCK_K 240

// c += a b. b is packed once, in 2^29-shifted limbs, panels of 8 columns; a is cut into limbs row by row.
IFMA int p127_matrix_ifma(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner, size_t columns_) {
  size_t panels = columns_ / 8;
  if (panels == 0) return 0;
  v8 *packed = aligned_alloc(64, inner * 3 * sizeof(v8));
  uint64_t *al = aligned_alloc(64, (rows * inner * 3 * 8 + 63) & ~(size_t)63);
  if (!packed || !al) {
    free(packed);
    free(al);
    return 0;
  }
  for (size_t i = 0; i < rows * inner; i++) {
    uint64_t lo = a[2 * i], hi = a[2 * i + 1];
    al[3 * i] = lo & 0xfffffffffffffULL;
    al[3 * i + 1] = (lo >> 52 | hi << 12) & 0xfffffffffffffULL;
    al[3 * i + 2] = hi >> 40;
  }
  for (size_t panel = 0; panel < panels; panel++) {
    for (size_t k = 0; k < inner; k++) {
      limbs s = shifted(load(b + 2 * (k * columns_ + 8 * panel)));
      packed[3 * k] = s.a;
      packed[3 * k + 1] = s.b;
      packed[3 * k + 2] = s.c;
    }
    size_t i = 0;
    for (; i + 2 <= rows; i += 2) {
      uint64_t *t0 = c + 2 * (i * columns_ + 8 * panel), *t1 = t0 + 2 * columns_;
      for (size_t k0 = 0; k0 < inner; k0 += BLOCK_K) {
        size_t k1 = k0 + BLOCK_K < inner ? k0 + BLOCK_K : inner;
        columns x = start_from(load(t0)), y = start_from(load(t1));
        const uint64_t *p = al + 3 * (i * inner), *q = p + 3 * inner;
        for (size_t k = k0; k < k1; k++) {
          limbs s = {packed[3 * k], packed[3 * k + 1], packed[3 * k + 2]};
          accumulate(&x, (limbs){bc(p[3 * k]), bc(p[3 * k + 1]), bc(p[3 * k + 2])}, s);
          accumulate(&y, (limbs){bc(q[3 * k]), bc(q[3 * k + 1]), bc(q[3 * k + 2])}, s);
        }
        store(t0, canonical(fold(x)));
        store(t1, canonical(fold(y)));
      }
    }
    for (; i < rows; i++) {
      uint64_t *t0 = c + 2 * (i * columns_ + 8 * panel);
      for (size_t k0 = 0; k0 < inner; k0 += BLOCK_K) {
        size_t k1 = k0 + BLOCK_K < inner ? k0 + BLOCK_K : inner;
        columns x = start_from(load(t0));
        const uint64_t *p = al + 3 * (i * inner);
        for (size_t k = k0; k < k1; k++) {
          limbs s = {packed[3 * k], packed[3 * k + 1], packed[3 * k + 2]};
          accumulate(&x, (limbs){bc(p[3 * k]), bc(p[3 * k + 1]), bc(p[3 * k + 2])}, s);
        }
        store(t0, canonical(fold(x)));
      }
    }
  }
  // memory held shares
  explicit_bzero(packed, inner * 3 * sizeof(v8));
  explicit_bzero(al, rows * inner * 3 * 8);
  free(packed);
  free(al);
  p127_matrix_columns_portable(c, a, b, rows, inner, columns_, 8 * panels);
  return 1;
}
#endif
