// Negacyclic transform, portable level: Harvey's lazy butterflies with Shoup products, radix 4, depth first below
// 2048 elements so that a block stays in the first-level cache.
#include "levels.h"

// Coefficients enter a butterfly in [0, 4q) and leave in [0, 4q); 4q < 2^64.
#define BLOCK_LOG 11

#define ALWAYS_INLINE static inline __attribute__((always_inline))

// X in [0, 4q), Y in [0, 4q) -> X + wY, X - wY in [0, 4q).
ALWAYS_INLINE void butterfly(uint64_t *x, uint64_t *y, uint64_t w, uint64_t ws, uint64_t q) {
  uint64_t u = reduce_once(*x, 2 * q), t = shoup_lazy(*y, w, ws, q);
  *x = u + t;
  *y = u - t + 2 * q;
}

// One layer on one block of 2h elements.
ALWAYS_INLINE void layer2(uint64_t *a, size_t h, uint64_t w, uint64_t ws, uint64_t q) {
  SCALAR_LOOP for (size_t j = 0; j < h; j++) butterfly(a + j, a + j + h, w, ws, q);
}

// Two layers on one block of 4h elements; k is the index of the block's first-layer power.
ALWAYS_INLINE void layer4(const ring_table *t, uint64_t *a, size_t h, size_t k) {
  uint64_t q = t->m.q;
  uint64_t w1 = t->w[k], s1 = t->ws[k], w2 = t->w[2 * k], s2 = t->ws[2 * k], w3 = t->w[2 * k + 1],
           s3 = t->ws[2 * k + 1];
  SCALAR_LOOP for (size_t j = 0; j < h; j++) {
    uint64_t x0 = a[j], x1 = a[j + h], x2 = a[j + 2 * h], x3 = a[j + 3 * h];
    butterfly(&x0, &x2, w1, s1, q);
    butterfly(&x1, &x3, w1, s1, q);
    butterfly(&x0, &x1, w2, s2, q);
    butterfly(&x2, &x3, w3, s3, q);
    a[j] = x0, a[j + h] = x1, a[j + 2 * h] = x2, a[j + 3 * h] = x3;
  }
}

// All layers below a block of 2^log elements whose first power has index k.
static void forward_block(const ring_table *t, uint64_t *a, unsigned log, size_t k) {
  if (log > BLOCK_LOG) {
    size_t h = (size_t)1 << (log - 2);
    layer4(t, a, h, k);
    for (size_t i = 0; i < 4; i++) forward_block(t, a + i * h, log - 2, 4 * k + i);
    return;
  }
  size_t blocks = 1;
  while (log >= 2) {
    size_t h = (size_t)1 << (log - 2);
    for (size_t i = 0; i < blocks; i++) layer4(t, a + 4 * h * i, h, k + i);
    blocks *= 4, k *= 4, log -= 2;
  }
  if (log == 1)
    for (size_t i = 0; i < blocks; i++) layer2(a + 2 * i, 1, t->w[k + i], t->ws[k + i], t->m.q);
}

void ring_forward_portable(const ring_table *t, uint64_t *a) {
  size_t n = (size_t)1 << t->log_n;
  uint64_t q = t->m.q;
  forward_block(t, a, t->log_n, 1);
  SCALAR_LOOP for (size_t i = 0; i < n; i++) a[i] = reduce_once(reduce_once(a[i], 2 * q), q);
}

// X, Y in [0, 2q) -> X + Y, (X - Y) v in [0, 2q).
ALWAYS_INLINE void inverse_butterfly(uint64_t *x, uint64_t *y, uint64_t v, uint64_t vs, uint64_t q) {
  uint64_t s = *x + *y, d = *x - *y + 2 * q;
  *x = reduce_once(s, 2 * q);
  *y = shoup_lazy(d, v, vs, q);
}

ALWAYS_INLINE void inverse_layer2(uint64_t *a, size_t h, uint64_t v, uint64_t vs, uint64_t q) {
  SCALAR_LOOP for (size_t j = 0; j < h; j++) inverse_butterfly(a + j, a + j + h, v, vs, q);
}

ALWAYS_INLINE void inverse_layer4(const ring_table *t, uint64_t *a, size_t h, size_t k) {
  uint64_t q = t->m.q;
  uint64_t v1 = t->v[k], s1 = t->vs[k], v2 = t->v[2 * k], s2 = t->vs[2 * k], v3 = t->v[2 * k + 1],
           s3 = t->vs[2 * k + 1];
  SCALAR_LOOP for (size_t j = 0; j < h; j++) {
    uint64_t x0 = a[j], x1 = a[j + h], x2 = a[j + 2 * h], x3 = a[j + 3 * h];
    inverse_butterfly(&x0, &x1, v2, s2, q);
    inverse_butterfly(&x2, &x3, v3, s3, q);
    inverse_butterfly(&x0, &x2, v1, s1, q);
    inverse_butterfly(&x1, &x3, v1, s1, q);
    a[j] = x0, a[j + h] = x1, a[j + 2 * h] = x2, a[j + 3 * h] = x3;
  }
}

static void inverse_block(const ring_table *t, uint64_t *a, unsigned log, size_t k) {
  if (log > BLOCK_LOG) {
    size_t h = (size_t)1 << (log - 2);
    for (size_t i = 0; i < 4; i++) inverse_block(t, a + i * h, log - 2, 4 * k + i);
    inverse_layer4(t, a, h, k);
    return;
  }
  size_t n = (size_t)1 << log, h = 1;
  if (log & 1) {
    for (size_t i = 0; i < n / 2; i++) inverse_layer2(a + 2 * i, 1, t->v[k * n / 2 + i], t->vs[k * n / 2 + i], t->m.q);
    h = 2;
  }
  for (; h < n; h *= 4)
    for (size_t i = 0, blocks = n / (4 * h); i < blocks; i++) inverse_layer4(t, a + 4 * h * i, h, k * blocks + i);
}

void ring_inverse_portable(const ring_table *t, uint64_t *a) {
  size_t n = (size_t)1 << t->log_n;
  uint64_t q = t->m.q;
  inverse_block(t, a, t->log_n, 1);
  SCALAR_LOOP for (size_t i = 0; i < n; i++) a[i] = reduce_once(shoup_lazy(a[i], t->ninv, t->ninvs, q), q);
}

// The first `layers` layers only, and their inverse (with its factor 2^-layers); radix 2, for partial packing.
void packing_word_layers(const ring_table *t, uint64_t *a, unsigned layers, int inverse) {
  size_t n = (size_t)1 << t->log_n;
  uint64_t q = t->m.q;
  if (layers == 0) return;
  if (!inverse) {
    for (unsigned l = 0; l < layers; l++)
      for (size_t i = 0, blocks = (size_t)1 << l, h = n >> (l + 1); i < blocks; i++)
        layer2(a + 2 * h * i, h, t->w[blocks + i], t->ws[blocks + i], q);
    SCALAR_LOOP for (size_t i = 0; i < n; i++) a[i] = reduce_once(reduce_once(a[i], 2 * q), q);
    return;
  }
  for (unsigned l = layers; l-- > 0;)
    for (size_t i = 0, blocks = (size_t)1 << l, h = n >> (l + 1); i < blocks; i++)
      inverse_layer2(a + 2 * h * i, h, t->v[blocks + i], t->vs[blocks + i], q);
  uint64_t f = mod_power(&t->m, mod_power(&t->m, 2, layers), q - 2), fs = shoup_factor(f, q, 64);
  SCALAR_LOOP for (size_t i = 0; i < n; i++) a[i] = reduce_once(shoup_lazy(a[i], f, fs, q), q);
}
