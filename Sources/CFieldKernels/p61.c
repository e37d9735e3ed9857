// Kernels over p61 = 2^61 - 2031615: one word an element; products folded with 2^61 = 2031615 (mod p).
#include "p61_internal.h"

// x < 2^123 -> x mod p: T = x >> 61 < 2^62; T * fold < 2^83; its top part < 2^22 is folded again.
static inline uint64_t fold(u128 x) {
  u128 y = (u128)((uint64_t)x & LOW61) + (u128)(uint64_t)(x >> 61) * P61_FOLD;
  return canonical(((uint64_t)y & LOW61) + (uint64_t)(y >> 61) * P61_FOLD);
}

#define ADD_BODY                                                                                                     \
  for (size_t i = 0; i < n; i++) y[i] = canonical(y[i] + x[i]);
#define SUBTRACT_BODY                                                                                                \
  for (size_t i = 0; i < n; i++) {                                                                                   \
    uint64_t d = y[i] - x[i];                                                                                        \
    y[i] = d + (P61 & -(d >> 63));                                                                                   \
  }

static void add_portable(uint64_t *y, const uint64_t *x, size_t n) { ADD_BODY }
static void subtract_portable(uint64_t *y, const uint64_t *x, size_t n) { SUBTRACT_BODY }
#if defined(__x86_64__)
__attribute__((target("avx2"))) static void add_avx2(uint64_t *y, const uint64_t *x, size_t n) { ADD_BODY }
__attribute__((target("avx2"))) static void subtract_avx2(uint64_t *y, const uint64_t *x, size_t n) { SUBTRACT_BODY }
#endif

void spdz_p61_add(int level, uint64_t *y, const uint64_t *x, size_t n) {
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_AVX2) return add_avx2(y, x, n);
#endif
  add_portable(y, x, n);
}

void spdz_p61_subtract(int level, uint64_t *y, const uint64_t *x, size_t n) {
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_AVX2) return subtract_avx2(y, x, n);
#endif
  subtract_portable(y, x, n);
}

void spdz_p61_multiply(int level, uint64_t *y, const uint64_t *x, size_t n) {
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_IFMA) return p61_multiply_ifma(y, x, n);
#endif
  p61_multiply_portable(y, x, n);
}

void p61_multiply_portable(uint64_t *y, const uint64_t *x, size_t n) {
#pragma clang loop vectorize(disable)
  for (size_t i = 0; i < n; i++) y[i] = fold((u128)y[i] * x[i]);
}

void spdz_p61_multiply_accumulate(int level, uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_IFMA) return p61_multiply_accumulate_ifma(y, c, x, n);
#endif
  p61_multiply_accumulate_portable(y, c, x, n);
}

void p61_multiply_accumulate_portable(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
#pragma clang loop vectorize(disable)
  for (size_t i = 0; i < n; i++) y[i] = fold((u128)c[i] * x[i] + y[i]);
}

// A sum of up to 32 products of 122 bits stays below 2^127.
#define LAZY 32

static inline uint64_t fold_sum(u128 x) {   // x < 2^127
  u128 y = (u128)((uint64_t)x & LOW61) + (u128)P61_FOLD * (uint64_t)(x >> 61 & LOW61) + (u128)P61_FOLD * P61_FOLD * (uint64_t)(x >> 122);
  return fold(y);
}

uint64_t spdz_p61_dot(int level, const uint64_t *x, const uint64_t *y, size_t n) {
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_IFMA) return p61_dot_ifma(x, y, n);
#endif
  return p61_dot_portable(x, y, n);
}

uint64_t p61_dot_portable(const uint64_t *x, const uint64_t *y, size_t n) {
  uint64_t total = 0;
  for (size_t i = 0; i < n;) {
    size_t stop = n - i > LAZY ? i + LAZY : n;
    u128 sum = 0;
    for (; i < stop; i++) sum += (u128)x[i] * y[i];
    total = canonical(total + fold_sum(sum));
  }
  return total;
}

void spdz_p61_matrix(int level, uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                     size_t columns) {
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_IFMA) return p61_matrix_ifma(c, a, b, rows, inner, columns);
#endif
  p61_matrix_columns_portable(c, a, b, rows, inner, columns, 0);
}

void p61_matrix_columns_portable(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                                 size_t columns, size_t first) {
  enum { TILE = 8 };
  for (size_t j0 = first; j0 < columns; j0 += TILE) {
    size_t width = columns - j0 < TILE ? columns - j0 : TILE;
    for (size_t i = 0; i < rows; i++) {
      for (size_t k0 = 0; k0 < inner; k0 += LAZY - 1) {
        size_t k1 = inner - k0 > LAZY - 1 ? k0 + LAZY - 1 : inner;
        u128 s[TILE];
        for (size_t j = 0; j < width; j++) s[j] = c[i * columns + j0 + j];
        for (size_t k = k0; k < k1; k++)
          for (size_t j = 0; j < width; j++) s[j] += (u128)a[i * inner + k] * b[k * columns + j0 + j];
        for (size_t j = 0; j < width; j++) c[i * columns + j0 + j] = fold_sum(s[j]);
      }
    }
  }
}
