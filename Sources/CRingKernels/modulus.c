// Constants of a prime and transform tables.
#include "ring_internal.h"

void *aligned_words(size_t count) {
  size_t bytes = (count * 8 + 63) & ~(size_t)63;
  void *p = bytes ? aligned_alloc(64, bytes) : aligned_alloc(64, 64);
  if (p) memset(p, 0, bytes);
  return p;
}

void ring_modulus_init(ring_modulus *m, uint64_t q) {
  memset(m, 0, sizeof *m);
  m->q = q;
  m->bits = 64 - (unsigned)__builtin_clzll(q);
  m->one64 = (uint64_t)(((u128)1 << 64) / q);
  m->r64 = (uint64_t)(((u128)1 << 64) % q);
  m->r64s = shoup_factor(m->r64, q, 64);
  m->qd = (double)q;
  m->qinv = 1.0 / (double)q;
  if (m->bits <= 50) {
    m->one52 = ((uint64_t)1 << 52) / q;
    m->r52 = ((uint64_t)1 << 52) % q;
    m->r52s = shoup_factor(m->r52, q, 52);
    m->mu = (uint64_t)(((u128)1 << (50 + m->bits)) / q);
  }
  m->pow64[0] = m->pow48[0] = m->pow52[0] = 1 % q;
  for (size_t k = 1; k < sizeof m->pow64 / 8; k++) m->pow64[k] = mod_multiply(m, m->pow64[k - 1], m->r64);
  uint64_t r48 = ((uint64_t)1 << 48) % q;
  for (size_t k = 1; k < sizeof m->pow48 / 8; k++) m->pow48[k] = mod_multiply(m, m->pow48[k - 1], r48);
  uint64_t r52 = ((uint64_t)1 << 52) % q;
  for (size_t k = 1; k < sizeof m->pow52 / 8; k++) m->pow52[k] = mod_multiply(m, m->pow52[k - 1], r52);
}

uint64_t mod_power(const ring_modulus *m, uint64_t base, uint64_t exponent) {
  uint64_t r = 1 % m->q;
  for (int i = 63; i >= 0; i--) {
    r = mod_multiply(m, r, r);
    if ((exponent >> i) & 1) r = mod_multiply(m, r, base);  // public exponents only
  }
  return r;
}

int ring_best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512ifma"))
    return RING_IFMA;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return RING_AVX2;
#endif
  return RING_PORTABLE;
}

int ring_table_level(const ring_table *t) { return t->level; }
