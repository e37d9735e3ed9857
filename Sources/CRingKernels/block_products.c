// Sums of products with block-constant factors, portable level and entry.
#include "levels.h"

// Any q < 2^62: 16 products and a residue stay below 2^128.
static void block_products(const ring_modulus *m, uint64_t *const *out, size_t outputs, const uint64_t *const *a,
                           const uint64_t *const *x, size_t count, size_t n, size_t block) {
  for (size_t j = 0; j < outputs; j++) {
    const uint64_t *const *xj = x + j * count;
    for (size_t t = 0; t < n / block; t++) {
      for (size_t first = 0; first < count; first += 16) {
        const size_t end = first + 16 < count ? first + 16 : count;
        uint64_t scalar[16];
        for (size_t k = first; k < end; k++) scalar[k - first] = xj[k][t];
        SCALAR_LOOP for (size_t i = t * block; i < (t + 1) * block; i++) {
          u128 s = out[j][i];
          for (size_t k = first; k < end; k++) s += (u128)a[k][i] * scalar[k - first];
          out[j][i] = reduce128(m, s);
        }
      }
    }
  }
}

int ring_block_products(const ring_table *t, uint64_t *const *out, size_t outputs, const uint64_t *const *a,
                        const uint64_t *const *x, size_t count, size_t n, unsigned log_block) {
  if (!count || count > RING_MAX_BLOCK_PRODUCTS || log_block > 16 || n & (((size_t)1 << log_block) - 1))
    return RING_BAD_ARGUMENT;
#if defined(__x86_64__)
  if (t->level == RING_IFMA && n % 8 == 0)
    return ring_block_products_ifma(&t->m, out, outputs, a, x, count, n, log_block);
#endif
  block_products(&t->m, out, outputs, a, x, count, n, (size_t)1 << log_block);
  return RING_OK;
}
