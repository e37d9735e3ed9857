// Modulus switching and recomposition, AVX2 + FMA level: the rows on four groups of four coefficients, the final sum
// modulo p in portable code.
#if defined(__x86_64__)
#include "avx2.h"

#define GROUPS 4
#define STEP (4 * GROUPS)

// Digits below 2^50 times constants below q: each remainder is below 0.75 q; reduced every fourth term.
AVX2_INLINE void run_rows(const affine_program *g, dvec (*value)[GROUPS]) {
  for (unsigned k = 0; k < g->rows; k++) {
    const affine_row *r = &g->row[k];
    const ring_modulus *m = &g->m[r->modulus];
    const dmod d = dmod_of(m);
    dvec s[GROUPS];
    for (int i = 0; i < GROUPS; i++) s[i] = dsplat((double)r->c);
    for (unsigned j = 0; j < r->terms; j++) {
      const double b = (double)r->b[j];
      const dvec w = dsplat(b), wq = dsplat(b * m->qinv), *x = value[r->source[j]];
      for (int i = 0; i < GROUPS; i++) {
        s[i] = _mm256_add_pd(s[i], dmultiply(x[i], w, wq, &d));
        if ((j & 3) == 3) s[i] = dreduce(s[i], &d);
      }
    }
    for (int i = 0; i < GROUPS; i++) value[r->target][i] = positive(dreduce(s[i], &d), &d);
  }
}

AVX2_TARGET void ring_switch_apply_avx2(const ring_switch *s, uint64_t *const *x, size_t n) {
  dvec value[RING_MAX_LIMBS][GROUPS];
  size_t e = n - n % STEP;
  for (size_t i = 0; i < e; i += STEP) {
    for (unsigned k = 0; k < s->count; k++)
      for (int g = 0; g < GROUPS; g++) value[k][g] = from_integer(iload(x[k] + i + 4 * g));
    run_rows(&s->program, value);
    for (unsigned k = 0; k < s->keep; k++)
      for (int g = 0; g < GROUPS; g++) istore(x[k] + i + 4 * g, to_integer(value[k][g]));
  }
  uint64_t *tail[RING_MAX_LIMBS];
  for (unsigned k = 0; k < s->count; k++) tail[k] = x[k] + e;
  if (e < n) ring_switch_apply_portable(s, tail, n - e);
}

AVX2_TARGET void ring_recompose_apply_avx2(const ring_recompose *r, void *out, const uint64_t *const *x, size_t n) {
  dvec value[RING_MAX_LIMBS][GROUPS];
  uint64_t digits[RING_MAX_LIMBS][STEP], *o = out;
  const uint64_t *rows[RING_MAX_LIMBS], *tail[RING_MAX_LIMBS];
  for (unsigned k = 0; k < r->count; k++) rows[k] = digits[k];
  size_t e = n - n % STEP;
  for (size_t i = 0; i < e; i += STEP) {
    for (unsigned k = 0; k < r->count; k++)
      for (int g = 0; g < GROUPS; g++) value[k][g] = from_integer(iload(x[k] + i + 4 * g));
    run_rows(&r->program, value);
    for (unsigned k = 0; k < r->count; k++)
      for (int g = 0; g < GROUPS; g++) istore(digits[k] + 4 * g, to_integer(value[k][g]));
    ring_recompose_digits(r, o + 2 * i, rows, STEP);
  }
  for (unsigned k = 0; k < r->count; k++) tail[k] = x[k] + e;
  if (e < n) ring_recompose_apply_portable(r, o + 2 * e, tail, n - e);
}
#endif
