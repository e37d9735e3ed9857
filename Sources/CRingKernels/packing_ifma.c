// Packing transform modulo p = 2^127 - FOLD, AVX-512 IFMA level, on the lazy limbs of packing_limbs.h. Values live in a
// scratch buffer of 24 words per eight elements, wiped after use.
#if defined(__x86_64__)
#include "packing_limbs.h"

// Twiddle k of a table: limb l at table[48 (k / 8) + 8 l + k % 8], l = 0...2 for w, 3...5 for s.
static void put_twiddle(uint64_t *table, size_t k, u128 w) {
  const uint64_t m = ((uint64_t)1 << 52) - 1;
  uint64_t *t = table + 48 * (k / 8) + k % 8;
  t[0] = (uint64_t)w & m, t[8] = (uint64_t)(w >> 52) & m, t[16] = (uint64_t)(w >> 104);
  // w 2^156 / p = 2^29 w (1 + FOLD / p); the second part is w FOLD / 2^98 up to one unit.
  u128 part = ((u128)(uint64_t)(w >> 64) * FOLD + (uint64_t)(((u128)(uint64_t)w * FOLD) >> 64)) >> 34;
  u128 low = ((w & (((u128)1 << 75) - 1)) << 29) + part;  // below 2^104 + 2^49
  t[24] = (uint64_t)low & m, t[32] = (uint64_t)(low >> 52) & m, t[40] = (uint64_t)(w >> 75) + (uint64_t)(low >> 104);
}

int packing_ifma_tables(packing_table *t) {
  size_t n = (size_t)1 << t->log_n;
  t->limbs_w = aligned_words(6 * n), t->limbs_v = aligned_words(6 * n);
  if (!t->limbs_w || !t->limbs_v) return RING_NO_MEMORY;
  for (size_t k = 0; k < n; k++) put_twiddle(t->limbs_w, k, t->w[k]), put_twiddle(t->limbs_v, k, t->v[k]);
  t->level = RING_IFMA;
  return RING_OK;
}

IFMA_INLINE void butterfly(limbs *x, limbs *y, twiddle w) {
  limbs t = times(*y, w), u = *x;
  *x = plus(u, t), *y = minus(u, t);
}

// ---- Forward. The inputs get 256p added; 15 layers subtract at most 15 * 8p from that, so values stay positive, and
// limbs below 2^52 + 15 * 2^55.

// Two layers on one block of 4h elements (h / 8 groups of 24 words each quarter), k as in the ring transform. With
// `source` the elements come from there, 16 bytes each.
IFMA_INLINE void pass4(const uint64_t *w, uint64_t *s, const uint64_t *source, size_t h, size_t k) {
  const twiddle w1 = get_twiddle(w, k, EIGHT_EACH), w2 = get_twiddle(w, 2 * k, EIGHT_EACH),
                w3 = get_twiddle(w, 2 * k + 1, EIGHT_EACH);
  const limbs offset = multiple_of_p(8);
  for (size_t j = 0; j < h; j += 8) {
    uint64_t *p0 = s + 3 * j, *p1 = p0 + 3 * h, *p2 = p1 + 3 * h, *p3 = p2 + 3 * h;
    limbs x0, x1, x2, x3;
    if (source) {
      const uint64_t *in = source + 2 * j;
      x0 = plus(unpack(in), offset), x1 = plus(unpack(in + 2 * h), offset);
      x2 = unpack(in + 4 * h), x3 = unpack(in + 6 * h);
    } else {
      x0 = get(p0), x1 = get(p1), x2 = get(p2), x3 = get(p3);
    }
    butterfly(&x0, &x2, w1);
    butterfly(&x1, &x3, w1);
    butterfly(&x0, &x1, w2);
    butterfly(&x2, &x3, w3);
    put(p0, x0), put(p1, x1), put(p2, x2), put(p3, x3);
  }
}

IFMA_INLINE void pass2(const uint64_t *w, uint64_t *s, size_t h, size_t k) {
  const twiddle w1 = get_twiddle(w, k, EIGHT_EACH);
  for (size_t j = 0; j < h; j += 8) {
    uint64_t *p0 = s + 3 * j, *p1 = p0 + 3 * h;
    limbs x0 = get(p0), x1 = get(p1);
    butterfly(&x0, &x1, w1);
    put(p0, x0), put(p1, x1);
  }
}

IFMA_INLINE limbs pick(limbs x, limbs y, vec lanes) {
  limbs r = {_mm512_permutex2var_epi64(x.a, lanes, y.a), _mm512_permutex2var_epi64(x.b, lanes, y.b),
             _mm512_permutex2var_epi64(x.c, lanes, y.c)};
  return r;
}

// The last `count` (0 ... 3) of the three layers inside sixteen elements, then packing. Index k counts eighths.
IFMA_INLINE void tail(const uint64_t *w, uint64_t *out, const uint64_t *s, size_t n, size_t k, int count) {
  for (size_t i = 0; i < n; i += 16, k += 2) {
    limbs x = get(s + 3 * i), y = get(s + 3 * i + 24);
    if (count > 0) {
      limbs u = pick(x, y, LANES(0, 1, 2, 3, 8, 9, 10, 11)), v = pick(x, y, LANES(4, 5, 6, 7, 12, 13, 14, 15));
      butterfly(&u, &v, get_twiddle(w, k, FOUR_EACH));
      if (count > 1) {
        // x01 x45 y01 y45, x23 x67 y23 y67
        limbs p = pick(u, v, LANES(0, 1, 8, 9, 4, 5, 12, 13)), r = pick(u, v, LANES(2, 3, 10, 11, 6, 7, 14, 15));
        butterfly(&p, &r, get_twiddle(w, 2 * k, TWO_EACH));
        if (count > 2) {
          limbs e = pick(p, r, LANES(0, 8, 2, 10, 4, 12, 6, 14)), o = pick(p, r, LANES(1, 9, 3, 11, 5, 13, 7, 15));
          butterfly(&e, &o, get_twiddle(w, 4 * k, ONE_EACH));
          x = pick(e, o, LANES(0, 8, 1, 9, 2, 10, 3, 11)), y = pick(e, o, LANES(4, 12, 5, 13, 6, 14, 7, 15));
        } else {
          x = pick(p, r, LANES(0, 1, 8, 9, 2, 3, 10, 11)), y = pick(p, r, LANES(4, 5, 12, 13, 6, 7, 14, 15));
        }
      } else {
        x = pick(u, v, LANES(0, 1, 2, 3, 8, 9, 10, 11)), y = pick(u, v, LANES(4, 5, 6, 7, 12, 13, 14, 15));
      }
    }
    pack(out + 2 * i, x), pack(out + 2 * i + 16, y);
  }
}

IFMA_TARGET static void tail0(const uint64_t *w, uint64_t *out, const uint64_t *s, size_t n, size_t k) {
  tail(w, out, s, n, k, 0);
}
IFMA_TARGET static void tail1(const uint64_t *w, uint64_t *out, const uint64_t *s, size_t n, size_t k) {
  tail(w, out, s, n, k, 1);
}
IFMA_TARGET static void tail2(const uint64_t *w, uint64_t *out, const uint64_t *s, size_t n, size_t k) {
  tail(w, out, s, n, k, 2);
}
IFMA_TARGET static void tail3(const uint64_t *w, uint64_t *out, const uint64_t *s, size_t n, size_t k) {
  tail(w, out, s, n, k, 3);
}

#define BLOCK_LOG 10

// All of the remaining `layers` of one block of 2^log elements, depth first; writes the finished elements to `out`.
IFMA_TARGET static void forward_block(const uint64_t *w, uint64_t *out, uint64_t *s, const uint64_t *source,
                                      unsigned log, size_t k, unsigned layers) {
  unsigned vector_layers = log - 3 < layers ? log - 3 : layers;
  if (source || (log > BLOCK_LOG && vector_layers >= 2)) {
    size_t h = (size_t)1 << (log - 2);
    if (source) pass4(w, s, source, h, k);
    else pass4(w, s, NULL, h, k);
    for (size_t i = 0; i < 4; i++)
      forward_block(w, out + 2 * i * h, s + 3 * i * h, NULL, log - 2, 4 * k + i, layers - 2);
    return;
  }
  unsigned below = log;
  size_t count = 1;
  layers -= vector_layers;
  for (; vector_layers >= 2; vector_layers -= 2) {
    below -= 2;
    for (size_t i = 0; i < count; i++) pass4(w, s + 12 * (i << below), NULL, (size_t)1 << below, k + i);
    k *= 4, count *= 4;
  }
  if (vector_layers) {
    below -= 1;
    for (size_t i = 0; i < count; i++) pass2(w, s + 6 * (i << below), (size_t)1 << below, k + i);
    k *= 2;
  }
  size_t n = (size_t)1 << log;
  switch (layers) {
    case 0: tail0(w, out, s, n, k); break;
    case 1: tail1(w, out, s, n, k); break;
    case 2: tail2(w, out, s, n, k); break;
    default: tail3(w, out, s, n, k); break;
  }
}

void packing_forward_ifma(const packing_table *t, void *data, unsigned layers) {
  size_t words = 3 * ((size_t)1 << t->log_n);
  uint64_t *scratch = layers >= 2 ? aligned_alloc(64, 8 * words) : NULL;
  if (!scratch) {  // a single layer, or out of memory
    packing_forward_portable(t, data, layers);
    return;
  }
  forward_block(t->limbs_w, data, scratch, data, t->log_n, 1, layers);
  explicit_bzero(scratch, 8 * words);
  free(scratch);
}

// ---- Inverse. Sums double: after 15 layers below 2^15 * 8p < 2^19 p, which is what differences get added.

IFMA_INLINE void unbutterfly(limbs *x, limbs *y, twiddle v, limbs offset) {
  limbs u = *x;
  *x = plus(u, *y);
  *y = times(plus(minus(u, *y), offset), v);
}

IFMA_INLINE void unpass4(const uint64_t *v, uint64_t *s, size_t h, size_t k) {
  const twiddle v1 = get_twiddle(v, k, EIGHT_EACH), v2 = get_twiddle(v, 2 * k, EIGHT_EACH),
                v3 = get_twiddle(v, 2 * k + 1, EIGHT_EACH);
  const limbs offset = multiple_of_p(19);
  for (size_t j = 0; j < h; j += 8) {
    uint64_t *p0 = s + 3 * j, *p1 = p0 + 3 * h, *p2 = p1 + 3 * h, *p3 = p2 + 3 * h;
    limbs x0 = get(p0), x1 = get(p1), x2 = get(p2), x3 = get(p3);
    unbutterfly(&x0, &x1, v2, offset);
    unbutterfly(&x2, &x3, v3, offset);
    unbutterfly(&x0, &x2, v1, offset);
    unbutterfly(&x1, &x3, v1, offset);
    // Limbs: the sum of sums has doubled twice and is carried; the others are at most two products.
    put(p0, normalised(x0)), put(p1, x1), put(p2, x2), put(p3, x3);
  }
}

IFMA_INLINE void unpass2(const uint64_t *v, uint64_t *s, size_t h, size_t k) {
  const twiddle v1 = get_twiddle(v, k, EIGHT_EACH);
  const limbs offset = multiple_of_p(19);
  for (size_t j = 0; j < h; j += 8) {
    uint64_t *p0 = s + 3 * j, *p1 = p0 + 3 * h;
    limbs x0 = get(p0), x1 = get(p1);
    unbutterfly(&x0, &x1, v1, offset);
    put(p0, normalised(x0)), put(p1, x1);
  }
}

IFMA_INLINE void untail(const uint64_t *v, uint64_t *s, const uint64_t *in, size_t n, size_t k, int count) {
  const limbs offset = multiple_of_p(19);
  for (size_t i = 0; i < n; i += 16, k += 2) {
    limbs x = unpack(in + 2 * i), y = unpack(in + 2 * i + 16), u, w;
    if (count == 0) {
      put(s + 3 * i, x), put(s + 3 * i + 24, y);
      continue;
    }
    if (count > 1) {
      limbs p, r;
      if (count > 2) {
        limbs e = pick(x, y, LANES(0, 2, 4, 6, 8, 10, 12, 14)), o = pick(x, y, LANES(1, 3, 5, 7, 9, 11, 13, 15));
        unbutterfly(&e, &o, get_twiddle(v, 4 * k, ONE_EACH), offset);
        p = pick(e, o, LANES(0, 8, 2, 10, 4, 12, 6, 14)), r = pick(e, o, LANES(1, 9, 3, 11, 5, 13, 7, 15));
      } else {
        p = pick(x, y, LANES(0, 1, 4, 5, 8, 9, 12, 13)), r = pick(x, y, LANES(2, 3, 6, 7, 10, 11, 14, 15));
      }
      unbutterfly(&p, &r, get_twiddle(v, 2 * k, TWO_EACH), offset);
      u = pick(p, r, LANES(0, 1, 8, 9, 4, 5, 12, 13)), w = pick(p, r, LANES(2, 3, 10, 11, 6, 7, 14, 15));
    } else {
      u = pick(x, y, LANES(0, 1, 2, 3, 8, 9, 10, 11)), w = pick(x, y, LANES(4, 5, 6, 7, 12, 13, 14, 15));
    }
    unbutterfly(&u, &w, get_twiddle(v, k, FOUR_EACH), offset);
    put(s + 3 * i, pick(u, w, LANES(0, 1, 2, 3, 8, 9, 10, 11)));
    put(s + 3 * i + 24, pick(u, w, LANES(4, 5, 6, 7, 12, 13, 14, 15)));
  }
}

IFMA_TARGET static void untails(const uint64_t *v, uint64_t *s, const uint64_t *in, size_t n, size_t k,
                                unsigned count) {
  switch (count) {
    case 0: untail(v, s, in, n, k, 0); break;
    case 1: untail(v, s, in, n, k, 1); break;
    case 2: untail(v, s, in, n, k, 2); break;
    default: untail(v, s, in, n, k, 3); break;
  }
}

IFMA_TARGET static void inverse_block(const uint64_t *v, uint64_t *s, const uint64_t *in, unsigned log, size_t k,
                                      unsigned layers) {
  unsigned vector_layers = log - 3 < layers ? log - 3 : layers;
  if (log > BLOCK_LOG && vector_layers >= 2) {
    size_t h = (size_t)1 << (log - 2);
    for (size_t i = 0; i < 4; i++) inverse_block(v, s + 3 * i * h, in + 2 * i * h, log - 2, 4 * k + i, layers - 2);
    unpass4(v, s, h, k);
    return;
  }
  size_t n = (size_t)1 << log;
  untails(v, s, in, n, k << (log - 3), layers - vector_layers);
  unsigned top = vector_layers;  // layers still to do; the deepest first
  if (top & 1) {
    top -= 1;
    size_t count = (size_t)1 << top, h = n >> (top + 1);
    for (size_t i = 0; i < count; i++) unpass2(v, s + 6 * h * i, h, (k << top) + i);
  }
  while (top >= 2) {
    top -= 2;
    size_t count = (size_t)1 << top, h = n >> (top + 2);
    for (size_t i = 0; i < count; i++) unpass4(v, s + 12 * h * i, h, (k << top) + i);
  }
}

IFMA_TARGET static void finish(uint64_t *out, const uint64_t *s, size_t n, u128 scale) {
  uint64_t one[48] = {0};
  put_twiddle(one, 0, scale);
  const twiddle t = get_twiddle(one, 0, EIGHT_EACH);
  for (size_t i = 0; i < n; i += 8) pack(out + 2 * i, times(get(s + 3 * i), t));
}

void packing_inverse_ifma(const packing_table *t, void *data, unsigned layers) {
  size_t n = (size_t)1 << t->log_n;
  uint64_t *scratch = layers >= 2 ? aligned_alloc(64, 24 * n) : NULL;
  if (!scratch) {
    packing_inverse_portable(t, data, layers);
    return;
  }
  inverse_block(t->limbs_v, scratch, data, t->log_n, 1, layers);
  finish(data, scratch, n, t->scale[layers]);
  explicit_bzero(scratch, 24 * n);
  free(scratch);
}
#endif
