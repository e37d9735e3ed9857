// Packing transform: tables, portable code, dispatch.
#include "levels.h"

static u128 p127_power(u128 base, u128 exponent) {
  u128 r = 1;
  for (int i = 127; i >= 0; i--) {
    r = p127_multiply(r, r);
    if ((exponent >> i) & 1) r = p127_multiply(r, base);  // public exponents only
  }
  return r;
}

void packing_table_destroy(packing_table *t) {
  if (!t) return;
  ring_table_destroy(t->word);
  free(t->w), free(t->v), free(t->limbs_w), free(t->limbs_v);
  free(t);
}

int packing_table_level(const packing_table *t) { return t->level; }

static int fill_wide(packing_table *t, u128 psi) {
  size_t n = (size_t)1 << t->log_n;
  t->w = (u128 *)aligned_words(2 * n), t->v = (u128 *)aligned_words(2 * n);
  if (!t->w || !t->v) return RING_NO_MEMORY;
  u128 z = 1, zi = 1, inverse = p127_power(psi, 2 * n - 1), half = (p127() >> 1) + 1;
  for (size_t i = 0; i < n; i++) {
    unsigned k = reverse_bits((unsigned)i, t->log_n);
    t->w[k] = z, t->v[k] = zi;
    z = p127_multiply(z, psi), zi = p127_multiply(zi, inverse);
  }
  t->scale[0] = 1;
  for (unsigned l = 1; l <= t->log_n; l++) t->scale[l] = p127_multiply(t->scale[l - 1], half);
  return RING_OK;
}

int packing_table_create(uint64_t p_low, uint64_t p_high, unsigned log_n, uint64_t psi_low, uint64_t psi_high,
                         int level, packing_table **out) {
  *out = NULL;
  packing_table *t = calloc(1, sizeof *t);
  if (!t) return RING_NO_MEMORY;
  t->log_n = log_n, t->wide = is_p127(p_low, p_high), t->level = RING_PORTABLE;
  int status = RING_BAD_ARGUMENT;
  u128 psi = ((u128)psi_high << 64) | psi_low;
  if (t->wide) {
    if (log_n >= 1 && log_n <= 15 && psi != 0 && psi < p127() &&
        p127_power(psi, (u128)1 << log_n) == p127() - 1) {
      status = fill_wide(t, psi);
      int best = ring_best_level();
      if (status == RING_OK && level >= RING_IFMA && best >= RING_IFMA && log_n >= 6) status = packing_ifma_tables(t);
    }
  } else if (p_high == 0 && psi_high == 0) {
    status = ring_table_create(p_low, log_n, psi_low, RING_PORTABLE, &t->word);
  }
  if (status != RING_OK) {
    packing_table_destroy(t);
    return status;
  }
  *out = t;
  return RING_OK;
}

static inline u128 add_p(u128 a, u128 b) { return p127_reduce_once(a + b); }
static inline u128 subtract_p(u128 a, u128 b) {
  u128 d = a - b;
  return d + (p127() & (0 - (d >> 127)));
}

void packing_forward_portable(const packing_table *t, void *data, unsigned layers) {
  u128 *a = data;
  size_t n = (size_t)1 << t->log_n;
  for (unsigned l = 0; l < layers; l++)
    for (size_t i = 0, blocks = (size_t)1 << l, h = n >> (l + 1); i < blocks; i++) {
      u128 w = t->w[blocks + i], *x = a + 2 * h * i;
      for (size_t j = 0; j < h; j++) {
        u128 u = x[j], y = p127_multiply(x[j + h], w);
        x[j] = add_p(u, y), x[j + h] = subtract_p(u, y);
      }
    }
}

void packing_inverse_portable(const packing_table *t, void *data, unsigned layers) {
  u128 *a = data;
  size_t n = (size_t)1 << t->log_n;
  for (unsigned l = layers; l-- > 0;)
    for (size_t i = 0, blocks = (size_t)1 << l, h = n >> (l + 1); i < blocks; i++) {
      u128 v = t->v[blocks + i], *x = a + 2 * h * i;
      for (size_t j = 0; j < h; j++) {
        u128 u = x[j], y = x[j + h];
        x[j] = add_p(u, y), x[j + h] = p127_multiply(subtract_p(u, y), v);
      }
    }
  for (size_t j = 0; j < n; j++) a[j] = p127_multiply(a[j], t->scale[layers]);
}

// Word-sized p: gather the low words, transform, spread. The gather buffer is the front half of `a` itself.
static void word_layers(const packing_table *t, void *data, unsigned layers, int inverse) {
  uint64_t *a = data;
  size_t n = (size_t)1 << t->log_n;
  for (size_t i = 0; i < n; i++) a[i] = a[2 * i];
  if (layers < t->log_n)
    packing_word_layers(t->word, a, layers, inverse);
  else if (inverse)
    ring_inverse(t->word, a);
  else
    ring_forward(t->word, a);
  for (size_t i = n; i-- > 0;) {
    uint64_t x = a[i];
    a[2 * i] = x, a[2 * i + 1] = 0;
  }
}

void packing_forward(const packing_table *t, void *a, unsigned layers) {
  if (layers > t->log_n) layers = t->log_n;
  if (!t->wide)
    word_layers(t, a, layers, 0);
  else if (t->level == RING_IFMA)
    packing_forward_ifma(t, a, layers);
  else
    packing_forward_portable(t, a, layers);
}

void packing_inverse(const packing_table *t, void *a, unsigned layers) {
  if (layers > t->log_n) layers = t->log_n;
  if (!t->wide)
    word_layers(t, a, layers, 1);
  else if (t->level == RING_IFMA)
    packing_inverse_ifma(t, a, layers);
  else
    packing_inverse_portable(t, a, layers);
}
