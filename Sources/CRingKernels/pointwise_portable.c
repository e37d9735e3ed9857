// Pointwise operations and reductions, portable level. Inputs and outputs in [0, q), q < 2^62.
#include "levels.h"

void ring_add_portable(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) out[i] = reduce_once(a[i] + b[i], m->q);
}

void ring_subtract_portable(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) out[i] = reduce_once(a[i] - b[i] + m->q, m->q);
}

void ring_negate_portable(const ring_modulus *m, uint64_t *out, const uint64_t *a, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) out[i] = reduce_once(m->q - a[i], m->q);
}

void ring_multiply_portable(const ring_modulus *m, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) out[i] = reduce128(m, (u128)a[i] * b[i]);
}

void ring_scale_add_portable(const ring_modulus *m, uint64_t *out, const uint64_t *a, uint64_t scalar,
                             const uint64_t *addend, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) out[i] = reduce128(m, (u128)a[i] * scalar + (addend ? addend[i] : 0));
}

void ring_sum_of_products_portable(const ring_modulus *m, uint64_t *out, const uint64_t *addend,
                                   const uint64_t *const *a, const uint64_t *const *b, size_t count, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) {
    u128 s = addend ? addend[i] : 0;  // 16 products (2^62 - 1)^2 and an addend below 2^62 stay below 2^128
    for (size_t j = 0; j < count; j++) s += (u128)a[j][i] * b[j][i];
    out[i] = reduce128(m, s);
  }
}

void ring_reduce_wide_portable(const ring_modulus *m, uint64_t *out, const uint64_t *source, size_t stride,
                               unsigned words, size_t n) {
  // Two's complement: unsigned value - sign * 2^(64 words).
  uint64_t correction = m->q - m->pow64[words];
  SCALAR_LOOP for (size_t i = 0; i < n; i++) {
    uint64_t sign = source[(words - 1) * stride + i] >> 63;
    u128 s = correction & (0 - sign);
    for (unsigned k = 0; k < words; k++) {
      // The word is first reduced below 2q < 2^63, so that the sum of 8 products and r stays below 2^128.
      uint64_t x = source[k * stride + i];
      x -= mulhi64(x, m->one64) * m->q;
      s += (u128)x * m->pow64[k];
      if (m->bits > 59) s = reduce128(m, s);
    }
    out[i] = reduce128(m, s);
  }
}

void ring_reduce_field_portable(const ring_modulus *m, uint64_t *out, const void *source, uint64_t p_low,
                                uint64_t p_high, size_t n) {
  const uint64_t *x = source;
  u128 p = ((u128)p_high << 64) | p_low, half = p >> 1;
  uint64_t q = m->q, minus_p = q - reduce128(m, p);  // in (0, q]
  SCALAR_LOOP for (size_t i = 0; i < n; i++) {
    u128 v = ((u128)x[2 * i + 1] << 64) | x[2 * i];
    uint64_t negative = (uint64_t)((half - v) >> 127);  // v > (p-1)/2; both below 2^127
    uint64_t r = reduce128(m, v) + (minus_p & (0 - negative));
    out[i] = reduce_once(reduce_once(r, q), q);
  }
}

void ring_reduce_small_portable(const ring_modulus *m, uint64_t *out, const int8_t *source, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) {
    uint64_t x = (uint64_t)(int64_t)source[i];
    out[i] = x + (m->q & (0 - (x >> 63)));
  }
}
