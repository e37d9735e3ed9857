// Integers p (y + w) + m modulo a prime, portable level: the separate reductions on blocks that stay in cache.
#include "levels.h"

#define BLOCK 256

void ring_reduce_message_portable(const ring_modulus *m, uint64_t *out, const ring_integers *x, uint64_t p_low,
                                  uint64_t p_high, size_t n) {
  uint64_t noise[BLOCK], other[BLOCK], p = reduce128(m, ((u128)p_high << 64) | p_low);
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t b = n - i < BLOCK ? n - i : BLOCK;
    memset(noise, 0, sizeof noise);
    if (x->wide) ring_reduce_wide_portable(m, noise, x->wide + i, x->stride, x->words, b);
    if (x->small) {
      ring_reduce_small_portable(m, other, x->small + i, b);
      ring_add_portable(m, noise, noise, other, b);
    }
    if (x->field) ring_reduce_field_portable(m, other, (const uint64_t *)x->field + 2 * i, p_low, p_high, b);
    ring_scale_add_portable(m, out + i, noise, p, x->field ? other : NULL, b);
  }
  explicit_bzero(noise, sizeof noise), explicit_bzero(other, sizeof other);
}
