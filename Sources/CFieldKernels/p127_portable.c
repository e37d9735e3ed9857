// Portable kernels over p127 = 2^127 - 851967: two 64-bit words an element, products folded with 2^127 = 851967 (mod p).
// No branch or index depends on an element: conditional subtractions are masks.
#include "p127_internal.h"

typedef unsigned __int128 u128;

static inline u128 get(const uint64_t *p) { return (u128)p[1] << 64 | p[0]; }
static inline void put(uint64_t *p, u128 x) {
  p[0] = (uint64_t)x;
  p[1] = (uint64_t)(x >> 64);
}
static const u128 TOP = (u128)1 << 127;

// r < 2p -> r mod p: r >= p exactly when bit 127 of r + c is set, and then r - p = r + c - 2^127.
static inline u128 canonical(u128 r) {
  uint64_t big = -(uint64_t)((r + P127_FOLD) >> 127);
  return (r + (big & P127_FOLD)) & (TOP - 1);
}
static inline u128 add(u128 x, u128 y) { return canonical(x + y); }
// A negative difference has bit 127; + p = + 2^127 - c.
static inline u128 subtract(u128 x, u128 y) {
  u128 d = x - y;
  uint64_t negative = -(uint64_t)(d >> 127);
  return (d - (negative & P127_FOLD)) & (TOP - 1);
}

// An accumulator of products: value = w[0] + w[1] 2^64 + ... below 2^320.
typedef struct { uint64_t w[5]; } wide;

static inline void accumulate(wide *s, u128 x, u128 y) {
  uint64_t x0 = (uint64_t)x, x1 = (uint64_t)(x >> 64), y0 = (uint64_t)y, y1 = (uint64_t)(y >> 64);
  u128 p00 = (u128)x0 * y0, p11 = (u128)x1 * y1, p01 = (u128)x0 * y1 + (u128)x1 * y0;   // x1, y1 < 2^63: no overflow
  u128 t = (u128)s->w[0] + (uint64_t)p00;
  s->w[0] = (uint64_t)t;
  t = (t >> 64) + s->w[1] + (uint64_t)(p00 >> 64) + (uint64_t)p01;
  s->w[1] = (uint64_t)t;
  t = (t >> 64) + s->w[2] + (uint64_t)(p01 >> 64) + (uint64_t)p11;
  s->w[2] = (uint64_t)t;
  t = (t >> 64) + s->w[3] + (uint64_t)(p11 >> 64);
  s->w[3] = (uint64_t)t;
  s->w[4] += (uint64_t)(t >> 64);
}

static inline wide from(u128 x) { return (wide){{(uint64_t)x, (uint64_t)(x >> 64), 0, 0, 0}}; }

// V < 2^320 -> V mod p. V = L + 2^127 T with T < 2^193; then T c + L < 2^214, and twice more.
static inline u128 fold(wide v) {
  uint64_t t0 = v.w[1] >> 63 | v.w[2] << 1, t1 = v.w[2] >> 63 | v.w[3] << 1, t2 = v.w[3] >> 63 | v.w[4] << 1;
  uint64_t t3 = v.w[4] >> 63;
  u128 a = (u128)t0 * P127_FOLD + v.w[0];
  uint64_t r0 = (uint64_t)a;
  a = (a >> 64) + (u128)t1 * P127_FOLD + (v.w[1] & 0x7fffffffffffffffULL);
  uint64_t r1 = (uint64_t)a;
  a = (a >> 64) + (u128)t2 * P127_FOLD + ((u128)(t3 * P127_FOLD) << 64);   // below 2^86
  u128 high = a << 1 | r1 >> 63;                                            // the part above 2^127, below 2^87
  u128 low = ((u128)(r1 & 0x7fffffffffffffffULL) << 64) | r0;
  u128 add1 = high * P127_FOLD;                                             // below 2^107
  u128 r = low + add1;                                                      // below 2^127 + 2^107 < 2p
  return canonical(r);
}

// The same for V < 2^256, by 2^128 = 2 * 851967: H * 2c + L < 2^150 for V = L + 2^128 H, then the part above 2^127.
static inline u128 fold_short(wide v) {
  u128 a = (u128)v.w[2] * (2 * P127_FOLD) + v.w[0];
  u128 b = (u128)v.w[3] * (2 * P127_FOLD) + v.w[1] + (uint64_t)(a >> 64);   // below 2^86
  u128 low = (u128)((uint64_t)b & 0x7fffffffffffffffULL) << 64 | (uint64_t)a;
  uint64_t top = (uint64_t)(b >> 64) << 1 | (uint64_t)b >> 63;              // b >> 63 would become a slow shld
  return canonical(low + (u128)top * P127_FOLD);                            // below 2^127 + 2^43
}

static inline u128 product(u128 x, u128 y) {
  wide s = from(0);
  accumulate(&s, x, y);
  return fold_short(s);
}

void p127_add_portable(uint64_t *y, const uint64_t *x, size_t n) {
  for (size_t i = 0; i < n; i++) put(y + 2 * i, add(get(y + 2 * i), get(x + 2 * i)));
}
void p127_subtract_portable(uint64_t *y, const uint64_t *x, size_t n) {
  for (size_t i = 0; i < n; i++) put(y + 2 * i, subtract(get(y + 2 * i), get(x + 2 * i)));
}
void p127_difference_portable(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n) {
  for (size_t i = 0; i < n; i++) put(z + 2 * i, subtract(get(x + 2 * i), get(y + 2 * i)));
}
void p127_negate_portable(uint64_t *y, size_t n) {
  for (size_t i = 0; i < n; i++) put(y + 2 * i, subtract(0, get(y + 2 * i)));
}
void p127_multiply_portable(uint64_t *y, const uint64_t *x, size_t n) {
  for (size_t i = 0; i < n; i++) put(y + 2 * i, product(get(y + 2 * i), get(x + 2 * i)));
}
void p127_scale_portable(uint64_t *y, const uint64_t *c, size_t n) {
  u128 s = get(c);
  for (size_t i = 0; i < n; i++) put(y + 2 * i, product(s, get(y + 2 * i)));
}
void p127_multiply_accumulate_portable(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    wide s = from(get(y + 2 * i));
    accumulate(&s, get(c + 2 * i), get(x + 2 * i));
    put(y + 2 * i, fold_short(s));
  }
}
void p127_scale_accumulate_portable(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  u128 f = get(c);
  for (size_t i = 0; i < n; i++) {
    wide s = from(get(y + 2 * i));
    accumulate(&s, f, get(x + 2 * i));
    put(y + 2 * i, fold_short(s));
  }
}
void p127_beaver_portable(uint64_t *z, const uint64_t *a, const uint64_t *b, const uint64_t *epsilon,
                          const uint64_t *delta, const uint64_t *kappa, int kind, size_t n) {
  for (size_t i = 0; i < n; i++) {
    u128 e = get(epsilon + 2 * i), d = get(delta + 2 * i);
    wide s = from(get(z + 2 * i));
    accumulate(&s, e, get(b + 2 * i));
    accumulate(&s, d, get(a + 2 * i));
    if (kind == 1) accumulate(&s, e, d);
    if (kind == 2) accumulate(&s, product(e, d), get(kappa));
    put(z + 2 * i, fold_short(s));
  }
}
void p127_accumulate_signed_portable(uint64_t *y, const int8_t *signs, const uint64_t *x, size_t n) {
  for (size_t i = 0; i < n; i++) {
    u128 v = get(x + 2 * i), plus = -(u128)(signs[i] > 0), minus = -(u128)(signs[i] < 0);
    put(y + 2 * i, subtract(add(get(y + 2 * i), v & plus), v & minus));
  }
}
void p127_dot_portable(uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n) {
  wide s = from(get(sum));   // n < 2^64 products of 254 bits stay below 2^320
  for (size_t i = 0; i < n; i++) accumulate(&s, get(x + 2 * i), get(y + 2 * i));
  put(sum, fold(s));
}
void p127_reduce_words_portable(uint64_t *y, const uint64_t *w, size_t n) {
  for (size_t i = 0; i < n; i++) put(y + 2 * i, fold_short((wide){{w[4 * i], w[4 * i + 1], w[4 * i + 2], w[4 * i + 3], 0}}));
}
void p127_matrix_columns_portable(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                                  size_t columns, size_t first) {
  enum { TILE = 8 };
  for (size_t j0 = first; j0 < columns; j0 += TILE) {
    size_t width = columns - j0 < TILE ? columns - j0 : TILE;
    for (size_t i = 0; i < rows; i++) {
      wide s[TILE];
      for (size_t j = 0; j < width; j++) s[j] = from(get(c + 2 * (i * columns + j0 + j)));
      for (size_t k = 0; k < inner; k++) {
        u128 left = get(a + 2 * (i * inner + k));
        const uint64_t *row = b + 2 * (k * columns + j0);
        for (size_t j = 0; j < width; j++) accumulate(&s[j], left, get(row + 2 * j));
      }
      for (size_t j = 0; j < width; j++) put(c + 2 * (i * columns + j0 + j), fold(s[j]));
    }
  }
}

// Sums halves of words apart: 2^32 of them fit in a word. Eight words, four elements, at a time.
#define SUM_BODY                                                                                                     \
  typedef uint64_t words __attribute__((vector_size(64)));                                                           \
  for (size_t i = 0; i < n;) {                                                                                       \
    size_t stop = n - i > ((size_t)1 << 30) ? i + ((size_t)1 << 30) : n;                                             \
    words low = {0}, high = {0};                                                                                     \
    for (; i + 4 <= stop; i += 4) {                                                                                  \
      words w;                                                                                                       \
      memcpy(&w, x + 2 * i, sizeof w);                                                                               \
      low += w & 0xffffffffULL;                                                                                      \
      high += w >> 32;                                                                                               \
    }                                                                                                                \
    u128 first = 0, second = 0;                                                                                      \
    for (int j = 0; j < 8; j += 2) {                                                                                 \
      first += low[j] + ((u128)high[j] << 32);                                                                       \
      second += low[j + 1] + ((u128)high[j + 1] << 32);                                                              \
    }                                                                                                                \
    for (; i < stop; i++) {                                                                                          \
      first += x[2 * i];                                                                                             \
      second += x[2 * i + 1];                                                                                        \
    }                                                                                                                \
    second += (uint64_t)(first >> 64);                                                                               \
    put(sum, add(get(sum), fold((wide){{(uint64_t)first, (uint64_t)second, (uint64_t)(second >> 64), 0, 0}})));      \
  }

static void sum_portable(uint64_t *sum, const uint64_t *x, size_t n) { SUM_BODY }
#if defined(__x86_64__)
__attribute__((target("avx2"))) static void sum_avx2(uint64_t *sum, const uint64_t *x, size_t n) { SUM_BODY }
__attribute__((target("avx512f"))) static void sum_avx512(uint64_t *sum, const uint64_t *x, size_t n) { SUM_BODY }
#endif

void spdz_p127_sum(int level, uint64_t *sum, const uint64_t *x, size_t n) {
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_IFMA) return sum_avx512(sum, x, n);
  if (level >= SPDZ_SIMD_AVX2) return sum_avx2(sum, x, n);
#endif
  sum_portable(sum, x, n);
}
