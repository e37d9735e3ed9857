// Sampling from uniform words, portable level and dispatch: candidates of rejection sampling in an interval, compared and
// shifted word by word; centred binomial values.
#include "levels.h"

void ring_shift_candidates_portable(const ring_interval *v, uint64_t *out, size_t stride, const uint64_t *x,
                                    size_t x_stride, uint8_t *rejected, size_t n) {
  SCALAR_LOOP for (size_t i = 0; i < n; i++) {
    uint64_t large = 0, borrow = 0;  // of limit - x and of x - offset
    for (unsigned k = 0; k < v->used; k++) {
      uint64_t y = x[k * x_stride + i];
      if (k + 1 == v->used) y &= v->top_mask;
      large = (uint64_t)(((u128)v->limit[k] - y - large) >> 127);
      u128 d = (u128)y - v->offset[k] - borrow;
      out[k * stride + i] = (uint64_t)d;
      borrow = (uint64_t)(d >> 127);
    }
    for (unsigned k = v->used; k < v->words; k++) out[k * stride + i] = 0 - borrow;
    rejected[i] = (uint8_t)large;
  }
}

// Bit counts by halving: no table, no branch.
void ring_centred_binomial_portable(int8_t *out, const uint64_t *words, unsigned eta, size_t n) {
  const uint64_t mask = ~(uint64_t)0 >> (64 - 2 * eta), odd = 0x5555555555555555, pairs = 0x3333333333333333,
                 nibbles = 0x0f0f0f0f0f0f0f0f;
  SCALAR_LOOP for (size_t i = 0; i < n; i++) {
    uint64_t x = words[i] & mask;
    x -= (x >> 1) & odd;
    x = (x & pairs) + ((x >> 2) & pairs);
    x = (x + (x >> 4)) & nibbles;
    out[i] = (int8_t)((x * 0x0101010101010101) >> 56) - (int8_t)eta;
  }
}

void ring_centred_binomial(int level, int8_t *out, const uint64_t *words, unsigned eta, size_t n) {
  const int best = ring_best_level();
  level = ring_implemented_level(level < best ? level : best);
#if defined(__x86_64__)
  if (level == RING_IFMA) {
    ring_centred_binomial_ifma(out, words, eta, n);
    return;
  }
  if (level == RING_AVX2) {
    ring_centred_binomial_avx2(out, words, eta, n);
    return;
  }
#endif
  ring_centred_binomial_portable(out, words, eta, n);
}

static void shift_candidates(int level, const ring_interval *v, uint64_t *out, size_t stride, const uint64_t *x,
                             size_t x_stride, uint8_t *rejected, size_t n) {
#if defined(__x86_64__)
  if (level == RING_IFMA) {
    ring_shift_candidates_ifma(v, out, stride, x, x_stride, rejected, n);
    return;
  }
  if (level == RING_AVX2) {
    ring_shift_candidates_avx2(v, out, stride, x, x_stride, rejected, n);
    return;
  }
#endif
  (void)level;
  ring_shift_candidates_portable(v, out, stride, x, x_stride, rejected, n);
}

size_t ring_keep_candidates(int level, const ring_interval *v, uint64_t *out, size_t stride, const uint64_t *x,
                            size_t x_stride, size_t n) {
  enum { BLOCK = 512 };
  uint8_t rejected[BLOCK];
  const int best = ring_best_level();
  size_t kept = 0;
  level = ring_implemented_level(level < best ? level : best);
  for (size_t i = 0; i < n; i += BLOCK) {
    const size_t b = n - i < BLOCK ? n - i : BLOCK;
    uint64_t *to = out + kept;
    shift_candidates(level, v, to, stride, x + i, x_stride, rejected, b);
    // How many are thrown away, and which, is independent of the ones that stay.
    unsigned any = 0;
    for (size_t j = 0; j < b; j++) any |= rejected[j];
    kept += b;
    if (any == 0) continue;
    size_t place = 0;
    for (size_t j = 0; j < b; j++) {  // a rejected one is overwritten by the next
      for (unsigned k = 0; k < v->words; k++) to[k * stride + place] = to[k * stride + j];
      place += 1 - (size_t)rejected[j];
    }
    kept -= b - place;
  }
  return kept;
}
