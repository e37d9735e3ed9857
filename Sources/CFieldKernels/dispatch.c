// Chooses the kernel of a level. Levels without a kernel of their own use the next lower one.
#include "p127_internal.h"

int spdz_simd_best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512ifma"))
    return SPDZ_SIMD_IFMA;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return SPDZ_SIMD_AVX2;
#endif
  return SPDZ_SIMD_PORTABLE;
}

#if defined(__x86_64__)
#define IFMA_KERNEL(function, ...)                                                                                   \
  if (level >= SPDZ_SIMD_IFMA) {                                                                                     \
    function##_ifma(__VA_ARGS__);                                                                                    \
    return;                                                                                                          \
  }
#define AVX2_KERNEL(function, ...)                                                                                   \
  if (level >= SPDZ_SIMD_AVX2) {                                                                                     \
    function##_avx2(__VA_ARGS__);                                                                                    \
    return;                                                                                                          \
  }
#else
#define IFMA_KERNEL(function, ...)
#define AVX2_KERNEL(function, ...)
#endif
// Debug builds verify that what goes in is in [0, p), which every range in the kernels starts from.
#if defined(DEBUG)
#include <assert.h>
#define IN_RANGE(x, n) assert(spdz_p127_all_canonical(x, n) && "element of p127 not below p")
#else
#define IN_RANGE(x, n) ((void)0)
#endif

// Kernels at all three levels, and those where AVX2 does not beat plain C: a product in 26-bit limbs (25 limb products, 3
// carry chains) took 4.1 ns, the scalar one takes 3.3.
#define DISPATCH3(function, ...)                                                                                     \
  IFMA_KERNEL(function, __VA_ARGS__)                                                                                 \
  AVX2_KERNEL(function, __VA_ARGS__)                                                                                 \
  function##_portable(__VA_ARGS__);
#define DISPATCH(function, ...)                                                                                      \
  IFMA_KERNEL(function, __VA_ARGS__)                                                                                 \
  function##_portable(__VA_ARGS__);

void spdz_p127_add(int level, uint64_t *y, const uint64_t *x, size_t n) {
  IN_RANGE(y, n);
  IN_RANGE(x, n);
  DISPATCH3(p127_add, y, x, n)
}
void spdz_p127_subtract(int level, uint64_t *y, const uint64_t *x, size_t n) {
  IN_RANGE(y, n);
  IN_RANGE(x, n);
  DISPATCH3(p127_subtract, y, x, n)
}
void spdz_p127_difference(int level, uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n) {
  IN_RANGE(x, n);
  IN_RANGE(y, n);
  DISPATCH3(p127_difference, z, x, y, n)
}
void spdz_p127_negate(int level, uint64_t *y, size_t n) {
  IN_RANGE(y, n);
  DISPATCH3(p127_negate, y, n)
}
void spdz_p127_multiply(int level, uint64_t *y, const uint64_t *x, size_t n) {
  IN_RANGE(y, n);
  IN_RANGE(x, n);
  DISPATCH(p127_multiply, y, x, n)
}
void spdz_p127_scale(int level, uint64_t *y, const uint64_t *c, size_t n) {
  IN_RANGE(y, n);
  IN_RANGE(c, 1);
  DISPATCH(p127_scale, y, c, n)
}
void spdz_p127_multiply_accumulate(int level, uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  IN_RANGE(y, n);
  IN_RANGE(c, n);
  IN_RANGE(x, n);
  DISPATCH(p127_multiply_accumulate, y, c, x, n)
}
void spdz_p127_scale_accumulate(int level, uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n) {
  IN_RANGE(y, n);
  IN_RANGE(x, n);
  IN_RANGE(c, 1);
  DISPATCH(p127_scale_accumulate, y, c, x, n)
}
void spdz_p127_beaver(int level, uint64_t *z, const uint64_t *a, const uint64_t *b, const uint64_t *epsilon,
                      const uint64_t *delta, const uint64_t *kappa, int kind, size_t n) {
  IN_RANGE(z, n);
  IN_RANGE(a, n);
  IN_RANGE(b, n);
  IN_RANGE(epsilon, n);
  IN_RANGE(delta, n);
  DISPATCH(p127_beaver, z, a, b, epsilon, delta, kappa, kind, n)
}
void spdz_p127_accumulate_signed(int level, uint64_t *y, const int8_t *signs, const uint64_t *x, size_t n) {
  DISPATCH(p127_accumulate_signed, y, signs, x, n)
}
void spdz_p127_dot(int level, uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n) {
  IN_RANGE(x, n);
  IN_RANGE(y, n);
  DISPATCH3(p127_dot, sum, x, y, n)
}
void spdz_p127_reduce_words(int level, uint64_t *y, const uint64_t *words, size_t n) {
  DISPATCH(p127_reduce_words, y, words, n)
}

void spdz_p127_matrix(int level, uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                      size_t columns) {
  IN_RANGE(c, rows * columns);
  IN_RANGE(a, rows * inner);
  IN_RANGE(b, inner * columns);
#if defined(__x86_64__)
  if (level >= SPDZ_SIMD_IFMA && p127_matrix_ifma(c, a, b, rows, inner, columns)) return;
  if (level >= SPDZ_SIMD_AVX2 && p127_matrix_avx2(c, a, b, rows, inner, columns)) return;
#endif
  p127_matrix_columns_portable(c, a, b, rows, inner, columns, 0);
}

int spdz_p127_all_canonical(const uint64_t *x, size_t n) {
  uint64_t bad = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned __int128 t = ((unsigned __int128)x[2 * i + 1] << 64 | x[2 * i]) + P127_FOLD;
    bad |= (uint64_t)(t >> 127) | x[2 * i + 1] >> 63;
  }
  return bad == 0;
}
