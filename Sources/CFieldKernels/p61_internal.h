#pragma once
#include "CFieldKernels.h"

typedef unsigned __int128 u128;
#define P61_FOLD 2031615ULL
#define P61 (((uint64_t)1 << 61) - P61_FOLD)
#define LOW61 (((uint64_t)1 << 61) - 1)

// r < 2p -> r mod p.
static inline uint64_t canonical(uint64_t r) {
  uint64_t d = r - P61;
  return d + (P61 & -(d >> 63));
}

void p61_multiply_portable(uint64_t *y, const uint64_t *x, size_t n);
void p61_multiply_accumulate_portable(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n);
uint64_t p61_dot_portable(const uint64_t *x, const uint64_t *y, size_t n);
// Columns from `first` on.
void p61_matrix_columns_portable(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner,
                                 size_t columns, size_t first);
#if defined(__x86_64__)
void p61_multiply_ifma(uint64_t *y, const uint64_t *x, size_t n);
void p61_multiply_accumulate_ifma(uint64_t *y, const uint64_t *c, const uint64_t *x, size_t n);
uint64_t p61_dot_ifma(const uint64_t *x, const uint64_t *y, size_t n);
void p61_matrix_ifma(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner, size_t columns);
#endif
