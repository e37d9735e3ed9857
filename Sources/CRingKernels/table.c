// Building and freeing the transform tables.
#include "levels.h"

static void free_arrays(ring_table *t) {
  uint64_t **words[] = {&t->w, &t->ws, &t->v, &t->vs};
  double **doubles[] = {&t->dw, &t->dws, &t->dv, &t->dvs};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) free(*words[i]);
  for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) free(*doubles[i]);
}

void ring_table_destroy(ring_table *t) {
  if (!t) return;
  free_arrays(t);
  free(t);
}

static int fill_words(ring_table *t, uint64_t psi, unsigned shift) {
  const ring_modulus *m = &t->m;
  size_t n = (size_t)1 << t->log_n;
  t->w = aligned_words(n), t->ws = aligned_words(n), t->v = aligned_words(n), t->vs = aligned_words(n);
  if (!t->w || !t->ws || !t->v || !t->vs) return RING_NO_MEMORY;
  uint64_t inverse = mod_power(m, psi, 2 * n - 1), z = 1, zi = 1;
  for (size_t i = 0; i < n; i++) {
    unsigned k = reverse_bits((unsigned)i, t->log_n);
    t->w[k] = z, t->v[k] = zi;
    t->ws[k] = shoup_factor(z, m->q, shift), t->vs[k] = shoup_factor(zi, m->q, shift);
    z = mod_multiply(m, z, psi), zi = mod_multiply(m, zi, inverse);
  }
  t->ninv = mod_power(m, n % m->q, m->q - 2);
  t->nw = mod_multiply(m, t->ninv, t->v[n > 1 ? 1 : 0]);
  t->ninvs = shoup_factor(t->ninv, m->q, shift), t->nws = shoup_factor(t->nw, m->q, shift);
  return RING_OK;
}

int ring_table_create(uint64_t q, unsigned log_n, uint64_t psi, int level, ring_table **out) {
  *out = NULL;
  if (q < 3 || (q & 1) == 0 || q >> 62 || log_n < 1 || log_n > 16 || psi == 0 || psi >= q) return RING_BAD_ARGUMENT;
  ring_table *t = calloc(1, sizeof *t);
  if (!t) return RING_NO_MEMORY;
  ring_modulus_init(&t->m, q);
  t->log_n = log_n;
  int best = ring_best_level();
  t->level = level < best ? level : best;
  if (t->level < 0 || q >> 50 || log_n < 6) t->level = RING_PORTABLE;
  t->level = ring_implemented_level(t->level);
  if (mod_power(&t->m, psi, (uint64_t)1 << log_n) != q - 1) {
    free(t);
    return RING_BAD_ARGUMENT;
  }
  int status = fill_words(t, psi, t->level == RING_IFMA ? 52 : 64);
  if (status == RING_OK && t->level == RING_AVX2) status = ring_avx2_tables(t);
  if (status == RING_OK && t->level == RING_IFMA) status = ring_ifma_tables(t);
  if (status != RING_OK) {
    ring_table_destroy(t);
    return status;
  }
  *out = t;
  return RING_OK;
}
