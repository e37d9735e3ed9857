#include "CRepresentations.h"

#include "../../Sources/CFieldKernels/p127_ifma.h"

typedef unsigned __int128 u128;
#define LOW127 (((u128)1 << 127) - 1)

// 851967^-1 mod 2^64, and so mod 2^52.
static inline uint64_t fold_inverse(void) {
  uint64_t x = 1;
  for (int i = 0; i < 6; i++) x *= 2 - P127_FOLD * x;
  return x;
}

static inline u128 get(const uint64_t *p) { return (u128)p[1] << 64 | p[0]; }
static inline void put(uint64_t *p, u128 x) { p[0] = (uint64_t)x, p[1] = (uint64_t)(x >> 64); }

static inline u128 scalar_canonical(u128 r) {   // r < 2p
  uint64_t big = -(uint64_t)((r + P127_FOLD) >> 127);
  return (r + (big & P127_FOLD)) & LOW127;
}
static inline u128 scalar_add(u128 x, u128 y) { return scalar_canonical(x + y); }
static inline u128 scalar_subtract(u128 x, u128 y) {
  u128 d = x - y;
  uint64_t negative = -(uint64_t)(d >> 127);
  return (d - (negative & P127_FOLD)) & LOW127;
}

typedef struct { uint64_t w0, w1, w2, w3; } words4;

static inline words4 full(u128 x, u128 y) {
  uint64_t x0 = (uint64_t)x, x1 = (uint64_t)(x >> 64), y0 = (uint64_t)y, y1 = (uint64_t)(y >> 64);
  u128 p00 = (u128)x0 * y0, middle = (u128)x0 * y1 + (u128)x1 * y0 + (uint64_t)(p00 >> 64);
  u128 high = (u128)x1 * y1 + (uint64_t)(middle >> 64);
  return (words4){(uint64_t)p00, (uint64_t)middle, (uint64_t)high, (uint64_t)(high >> 64)};
}

static inline u128 folding_scalar(u128 x, u128 y) {
  words4 t = full(x, y);
  u128 a = (u128)t.w2 * (2 * P127_FOLD) + t.w0;
  u128 b = (u128)t.w3 * (2 * P127_FOLD) + t.w1 + (uint64_t)(a >> 64);
  u128 low = (u128)((uint64_t)b & 0x7fffffffffffffffULL) << 64 | (uint64_t)a;
  return scalar_canonical(low + (u128)(uint64_t)(b >> 63) * P127_FOLD);
}

// Two rounds: t + m p = t - m c + m 2^127 with m = t / c mod 2^64, which clears the lowest word.
static inline u128 montgomery_scalar(u128 x, u128 y, uint64_t inverse) {
  words4 t = full(x, y);
  uint64_t m = t.w0 * inverse, h = (uint64_t)(((u128)m * P127_FOLD) >> 64);
  u128 a = ((u128)t.w2 << 64 | t.w1) + ((u128)m << 63) - h;       // the carries go to the top word
  uint64_t over = a < ((u128)m << 63) - h;                        // ((m << 63) - h) >= 0 unless m = 0, then h = 0
  uint64_t m2 = (uint64_t)a * inverse, h2 = (uint64_t)(((u128)m2 * P127_FOLD) >> 64);
  u128 r = ((u128)(t.w3 + over) << 64 | (uint64_t)(a >> 64)) + ((u128)m2 << 63) - h2;   // below p + 2^127 / 2^... < 2p
  return scalar_canonical(r);
}

#if defined(__x86_64__)
INLINE v8 signed_carry(v8 *from, v8 into) {
  v8 sum = _mm512_add_epi64(into, _mm512_srai_epi64(*from, 52));
  *from = mask52(*from);
  return sum;
}

// Three rounds of 52 bits.
INLINE pair montgomery_vector(limbs x, limbs y, v8 inverse) {
  columns t = zero_columns();
  accumulate(&t, x, y);
  const v8 zero = _mm512_setzero_si512(), c = bc(P127_FOLD);
  v8 column[6] = {t.c0, t.c1, t.c2, t.c3, t.c4, zero};
#pragma clang loop unroll(full)
  for (int i = 0; i < 3; i++) {
    v8 m = madlo(zero, column[i], inverse);
    // What is left in column i after subtracting lo(m c) is a multiple of 2^52.
    v8 up = _mm512_srai_epi64(_mm512_sub_epi64(column[i], madlo(zero, m, c)), 52);
    column[i + 1] = _mm512_sub_epi64(_mm512_add_epi64(column[i + 1], up), madhi(zero, m, c));
    column[i + 2] = _mm512_add_epi64(column[i + 2], mask52(_mm512_slli_epi64(m, 23)));
    column[i + 3] = _mm512_add_epi64(column[i + 3], _mm512_srli_epi64(m, 29));
  }
  column[4] = signed_carry(&column[3], column[4]);
  column[5] = signed_carry(&column[4], column[5]);
  pair r = {_mm512_or_si512(column[3], _mm512_slli_epi64(column[4], 52)),
            _mm512_add_epi64(_mm512_srli_epi64(column[4], 12), _mm512_slli_epi64(column[5], 40))};
  return canonical(r);
}

#define VECTOR_LOOPS(name, PRODUCT)                                                                                  \
  IFMA static void name##_multiply(uint64_t *y, const uint64_t *x, size_t n) {                                       \
    const v8 inverse = bc(fold_inverse());                                                                           \
    (void)inverse;                                                                                                   \
    for (size_t i = 0; i < 2 * n; i += 16) store(y + i, PRODUCT(plain(load(y + i)), plain(load(x + i))));            \
  }                                                                                                                  \
  IFMA static void name##_butterfly(uint64_t *a, uint64_t *b, const uint64_t *w, size_t n) {                         \
    const v8 inverse = bc(fold_inverse());                                                                           \
    (void)inverse;                                                                                                   \
    for (size_t i = 0; i < 2 * n; i += 16) {                                                                         \
      pair t = PRODUCT(plain(load(b + i)), plain(load(w + i))), s = load(a + i);                                     \
      store(a + i, add(s, t));                                                                                       \
      store(b + i, subtract(s, t));                                                                                  \
    }                                                                                                                \
  }
#define FOLDING(x, y) product(x, y)
#define MONTGOMERY(x, y) montgomery_vector(x, y, inverse)
VECTOR_LOOPS(folding_vector, FOLDING)
VECTOR_LOOPS(montgomery_vector, MONTGOMERY)
#endif

#define SCALAR_LOOPS(name, PRODUCT)                                                                                  \
  static void name##_multiply(uint64_t *y, const uint64_t *x, size_t n) {                                            \
    const uint64_t inverse = fold_inverse();                                                                         \
    (void)inverse;                                                                                                   \
    for (size_t i = 0; i < 2 * n; i += 2) put(y + i, PRODUCT(get(y + i), get(x + i)));                               \
  }                                                                                                                  \
  static void name##_butterfly(uint64_t *a, uint64_t *b, const uint64_t *w, size_t n) {                              \
    const uint64_t inverse = fold_inverse();                                                                         \
    (void)inverse;                                                                                                   \
    for (size_t i = 0; i < 2 * n; i += 2) {                                                                          \
      u128 t = PRODUCT(get(b + i), get(w + i)), s = get(a + i);                                                      \
      put(a + i, scalar_add(s, t));                                                                                  \
      put(b + i, scalar_subtract(s, t));                                                                             \
    }                                                                                                                \
  }
#define FOLDING_SCALAR(x, y) folding_scalar(x, y)
#define MONTGOMERY_SCALAR(x, y) montgomery_scalar(x, y, inverse)
SCALAR_LOOPS(folding_scalar, FOLDING_SCALAR)
SCALAR_LOOPS(montgomery_scalar, MONTGOMERY_SCALAR)

void representation_multiply(int which, int ifma, uint64_t *y, const uint64_t *x, size_t n) {
#if defined(__x86_64__)
  if (ifma) return (which ? montgomery_vector_multiply : folding_vector_multiply)(y, x, n);
#endif
  (which ? montgomery_scalar_multiply : folding_scalar_multiply)(y, x, n);
}

void representation_butterfly(int which, int ifma, uint64_t *a, uint64_t *b, const uint64_t *w, size_t n) {
#if defined(__x86_64__)
  if (ifma) return (which ? montgomery_vector_butterfly : folding_vector_butterfly)(a, b, w, n);
#endif
  (which ? montgomery_scalar_butterfly : folding_scalar_butterfly)(a, b, w, n);
}

void representation_root(int which, int ifma, uint64_t *y, size_t n) {
  uint64_t base[256];
  if (n > 128) return;
  memcpy(base, y, n * 16);
  for (int i = 0; i < 110; i++) {
    representation_multiply(which, ifma, y, y, n);
    if (i % 4 == 3) representation_multiply(which, ifma, y, base, n);
  }
}
