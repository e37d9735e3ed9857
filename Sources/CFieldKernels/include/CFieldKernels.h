// Kernels over the prime fields of the package. Pure functions on caller-owned memory; no allocation but in the matrix
// products, no branch or index that depends on an element.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Dispatch levels. A level is usable when the CPU has it; results are bit-identical at every level.
enum spdz_simd_level { SPDZ_SIMD_PORTABLE = 0, SPDZ_SIMD_AVX2 = 1, SPDZ_SIMD_IFMA = 2 };

// The highest level this CPU has.
int spdz_simd_best_level(void);

// p127 = 2^127 - 851967; an element is two 64-bit words, little endian, in [0, p).
void spdz_p127_add(int level, uint64_t *y, const uint64_t *x, size_t n);                                  // y += x
void spdz_p127_subtract(int level, uint64_t *y, const uint64_t *x, size_t n);                             // y -= x
void spdz_p127_difference(int level, uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n);        // z = x - y
void spdz_p127_negate(int level, uint64_t *y, size_t n);                                                  // y = -y
void spdz_p127_sum(int level, uint64_t *sum, const uint64_t *x, size_t n);                                // sum += x_i
void spdz_p127_multiply(int level, uint64_t *y, const uint64_t *x, size_t n);                             // y *= x
void spdz_p127_scale(int level, uint64_t *y, const uint64_t *c, size_t n);                                // y *= c[0]
void spdz_p127_multiply_accumulate(int level, uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n);  // y += c x
void spdz_p127_scale_accumulate(int level, uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n);  // y += c[0] x
// z += epsilon b + delta a + kappa epsilon delta; kind 0: kappa = 0; 1: kappa = 1; 2: kappa[0]. `kind` is public.
void spdz_p127_beaver(int level, uint64_t *z, const uint64_t *a, const uint64_t *b, const uint64_t *epsilon,
                      const uint64_t *delta, const uint64_t *kappa, int kind, size_t n);
// y += s x for public signs s in {-1, 0, 1}.
void spdz_p127_accumulate_signed(int level, uint64_t *y, const int8_t *signs, const uint64_t *x, size_t n);
void spdz_p127_dot(int level, uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n);             // sum += <x, y>
void spdz_p127_reduce_words(int level, uint64_t *y, const uint64_t *words, size_t n);  // y_i = 4 words, mod p
// c += a b, row-major: rows x inner times inner x columns.
void spdz_p127_matrix(int level, uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                      size_t columns);
// Whether all n elements are below p; looks at all of them.
int spdz_p127_all_canonical(const uint64_t *x, size_t n);

// p61 = 2^61 - 2031615; an element is one word in [0, p).
void spdz_p61_add(int level, uint64_t *y, const uint64_t *x, size_t n);
void spdz_p61_subtract(int level, uint64_t *y, const uint64_t *x, size_t n);
void spdz_p61_multiply(int level, uint64_t *y, const uint64_t *x, size_t n);
void spdz_p61_multiply_accumulate(int level, uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n);
uint64_t spdz_p61_dot(int level, const uint64_t *x, const uint64_t *y, size_t n);
void spdz_p61_matrix(int level, uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                     size_t columns);

#ifdef __cplusplus
}
#endif
