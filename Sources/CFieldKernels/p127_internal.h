#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "CFieldKernels.h"

#define P127_FOLD 851967ULL

#define P127_LEVEL(level)                                                                                            \
  void p127_add_##level(uint64_t *y, const uint64_t *x, size_t n);                                                   \
  void p127_subtract_##level(uint64_t *y, const uint64_t *x, size_t n);                                              \
  void p127_negate_##level(uint64_t *y, size_t n);                                                                    \
  void p127_difference_##level(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n);                         \
  void p127_multiply_##level(uint64_t *y, const uint64_t *x, size_t n);                                              \
  void p127_scale_##level(uint64_t *y, const uint64_t *c, size_t n);                                                 \
  void p127_multiply_accumulate_##level(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n);                \
  void p127_scale_accumulate_##level(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n);                   \
  void p127_beaver_##level(uint64_t *z, const uint64_t *a, const uint64_t *b, const uint64_t *epsilon,               \
                           const uint64_t *delta, const uint64_t *kappa, int kind, size_t n);                        \
  void p127_accumulate_signed_##level(uint64_t *y, const int8_t *signs, const uint64_t *x, size_t n);                \
  void p127_dot_##level(uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n);                              \
  void p127_reduce_words_##level(uint64_t *y, const uint64_t *w, size_t n);

P127_LEVEL(portable)
void p127_matrix_columns_portable(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                                  size_t columns, size_t first);
#if defined(__x86_64__)
P127_LEVEL(ifma)
void p127_add_avx2(uint64_t *y, const uint64_t *x, size_t n);
void p127_subtract_avx2(uint64_t *y, const uint64_t *x, size_t n);
void p127_difference_avx2(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n);
void p127_negate_avx2(uint64_t *y, size_t n);
void p127_dot_avx2(uint64_t *sum, const uint64_t *x, const uint64_t *y, size_t n);
int p127_matrix_avx2(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner, size_t columns);
int p127_matrix_ifma(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner, size_t columns);
#endif
