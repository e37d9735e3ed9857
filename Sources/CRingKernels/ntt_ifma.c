// Negacyclic transform, AVX-512 IFMA level. Passes of three or two layers over vectors of eight coefficients, depth
// first below 4096 coefficients, and a last pass of three layers inside pairs of vectors.
//
// Two variants. Lazy, q < 2^48: no reduction inside a pass, values below 16 q <= 2^52. A butterfly X + wY, X - wY + 2q
// takes Y below 2^52, adds 2q to the bound of X, and never needs clean operands. Strict, q < 2^50: every value is clean
// and below 4q at the start of a butterfly, as in Harvey's algorithm.
#if defined(__x86_64__)
#include "ifma.h"

enum { LAZY, LAZY_REDUCING, STRICT };

IFMA_INLINE void butterfly(vec *x, vec *y, vec w, vec ws, const vmod *m, int mode) {
  vec u = *x;
  if (mode == STRICT) {
    u = once(u, m->q2);
    vec t = clean(shoup52(m->zero, *y, w, ws, m), m);
    *x = add(u, t), *y = sub(add(u, m->q2), t);
  } else {
    if (mode == LAZY_REDUCING) u = barrett(u, m);
    vec t = shoup52(m->zero, *y, w, ws, m);
    *x = add(u, t), *y = sub(add(u, m->q2), t);
  }
}

IFMA_INLINE int inner(int mode) { return mode == LAZY_REDUCING ? LAZY : mode; }

// `count` blocks of 8h coefficients; block i has first-layer power k + i. h is a multiple of 8.
IFMA_INLINE void pass8(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count, int mode) {
  const vmod m = vmod_of(&t->m);
  for (size_t i = 0; i < count; i++, k++, a += 8 * h) {
    const uint64_t *w = t->w, *s = t->ws;
    vec w1 = splat(w[k]), s1 = splat(s[k]), w2 = splat(w[2 * k]), s2 = splat(s[2 * k]), w3 = splat(w[2 * k + 1]),
        s3 = splat(s[2 * k + 1]), w4 = splat(w[4 * k]), s4 = splat(s[4 * k]), w5 = splat(w[4 * k + 1]),
        s5 = splat(s[4 * k + 1]), w6 = splat(w[4 * k + 2]), s6 = splat(s[4 * k + 2]), w7 = splat(w[4 * k + 3]),
        s7 = splat(s[4 * k + 3]);
    for (size_t j = 0; j < h; j += 8) {
      vec x[8];
      for (int r = 0; r < 8; r++) x[r] = load(a + j + r * h);
      for (int r = 0; r < 4; r++) butterfly(&x[r], &x[r + 4], w1, s1, &m, mode);
      for (int r = 0; r < 2; r++) butterfly(&x[r], &x[r + 2], w2, s2, &m, inner(mode));
      for (int r = 0; r < 2; r++) butterfly(&x[r + 4], &x[r + 6], w3, s3, &m, inner(mode));
      butterfly(&x[0], &x[1], w4, s4, &m, inner(mode));
      butterfly(&x[2], &x[3], w5, s5, &m, inner(mode));
      butterfly(&x[4], &x[5], w6, s6, &m, inner(mode));
      butterfly(&x[6], &x[7], w7, s7, &m, inner(mode));
      for (int r = 0; r < 8; r++) store(a + j + r * h, x[r]);
    }
  }
}

IFMA_INLINE void pass4(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count, int mode) {
  const vmod m = vmod_of(&t->m);
  for (size_t i = 0; i < count; i++, k++, a += 4 * h) {
    const uint64_t *w = t->w, *s = t->ws;
    vec w1 = splat(w[k]), s1 = splat(s[k]), w2 = splat(w[2 * k]), s2 = splat(s[2 * k]), w3 = splat(w[2 * k + 1]),
        s3 = splat(s[2 * k + 1]);
    for (size_t j = 0; j < h; j += 8) {
      vec x0 = load(a + j), x1 = load(a + j + h), x2 = load(a + j + 2 * h), x3 = load(a + j + 3 * h);
      butterfly(&x0, &x2, w1, s1, &m, mode);
      butterfly(&x1, &x3, w1, s1, &m, mode);
      butterfly(&x0, &x1, w2, s2, &m, inner(mode));
      butterfly(&x2, &x3, w3, s3, &m, inner(mode));
      store(a + j, x0), store(a + j + h, x1), store(a + j + 2 * h, x2), store(a + j + 3 * h, x3);
    }
  }
}

// Lane orders of the last three layers on the 16 coefficients x0...x7, y0...y7. All index vectors are public.
#define LANES(a, b, c, d, e, f, g, h) _mm512_setr_epi64(a, b, c, d, e, f, g, h)
IFMA_INLINE vec half_lanes(const uint64_t *p) {  // two words -> 0 0 0 0 1 1 1 1
  return _mm512_permutexvar_epi64(LANES(0, 0, 0, 0, 1, 1, 1, 1), _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)p)));
}
IFMA_INLINE vec pair_lanes(const uint64_t *p) {  // four words -> 0 0 1 1 2 2 3 3
  return _mm512_permutexvar_epi64(LANES(0, 0, 1, 1, 2, 2, 3, 3),
                                  _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)p)));
}
IFMA_INLINE vec pick(vec a, vec b, vec lanes) { return _mm512_permutex2var_epi64(a, lanes, b); }

// The last three layers of n coefficients whose first power among n/8 has index k; writes canonical residues.
IFMA_INLINE void tail(const ring_table *t, uint64_t *a, size_t n, size_t k, int mode) {
  const vmod m = vmod_of(&t->m);
  const vec even = LANES(0, 1, 8, 9, 4, 5, 12, 13), odd = LANES(2, 3, 10, 11, 6, 7, 14, 15);
  const vec low = LANES(0, 8, 1, 9, 2, 10, 3, 11), high = LANES(4, 12, 5, 13, 6, 14, 7, 15);
  for (size_t i = 0; i < n; i += 16, k += 2) {
    vec x = load(a + i), y = load(a + i + 8);
    vec u = _mm512_shuffle_i64x2(x, y, 0x44), v = _mm512_shuffle_i64x2(x, y, 0xEE);
    butterfly(&u, &v, half_lanes(t->w + k), half_lanes(t->ws + k), &m, mode);
    vec p = pick(u, v, even), r = pick(u, v, odd);
    butterfly(&p, &r, pair_lanes(t->w + 2 * k), pair_lanes(t->ws + 2 * k), &m, inner(mode));
    vec e = _mm512_unpacklo_epi64(p, r), o = _mm512_unpackhi_epi64(p, r);
    butterfly(&e, &o, load(t->w + 4 * k), load(t->ws + 4 * k), &m, inner(mode));
    e = canonical(e, &m), o = canonical(o, &m);
    store(a + i, pick(e, o, low)), store(a + i + 8, pick(e, o, high));
  }
}

#define INSTANCES(name)                                                                                              \
  IFMA_TARGET static void name##_lazy(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count) {          \
    name(t, a, h, k, count, LAZY);                                                                                   \
  }                                                                                                                  \
  IFMA_TARGET static void name##_reducing(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count) {      \
    name(t, a, h, k, count, LAZY_REDUCING);                                                                          \
  }                                                                                                                  \
  IFMA_TARGET static void name##_strict(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count) {        \
    name(t, a, h, k, count, STRICT);                                                                                 \
  }
INSTANCES(pass8)
INSTANCES(pass4)
IFMA_TARGET static void tail_lazy(const ring_table *t, uint64_t *a, size_t n, size_t k) { tail(t, a, n, k, LAZY); }
IFMA_TARGET static void tail_reducing(const ring_table *t, uint64_t *a, size_t n, size_t k) {
  tail(t, a, n, k, LAZY_REDUCING);
}
IFMA_TARGET static void tail_strict(const ring_table *t, uint64_t *a, size_t n, size_t k) { tail(t, a, n, k, STRICT); }

// How many layers the next pass does when `layers` are left before the tail: 3 unless that would leave a single one.
static unsigned next_layers(unsigned layers) { return layers == 2 || layers == 4 ? 2 : 3; }

// One pass; `bound` is the bound of the inputs in units of q (lazy variant) and is updated.
static void forward_pass(const ring_table *t, uint64_t *a, unsigned layers, size_t h, size_t k, size_t count,
                         unsigned *bound) {
  if (t->m.bits > 48) {
    (layers == 3 ? pass8_strict : pass4_strict)(t, a, h, k, count);
  } else if (*bound + 2 * layers <= 16) {
    (layers == 3 ? pass8_lazy : pass4_lazy)(t, a, h, k, count);
    *bound += 2 * layers;
  } else {
    (layers == 3 ? pass8_reducing : pass4_reducing)(t, a, h, k, count);
    *bound = 2 + 2 * layers;
  }
}

static void forward_block(const ring_table *t, uint64_t *a, unsigned log, size_t k, unsigned bound) {
  size_t n = (size_t)1 << log, count = 1;
  unsigned left = log - 3, below = log;
  while (left > 0) {
    unsigned layers = next_layers(left);
    below -= layers, left -= layers;
    forward_pass(t, a, layers, (size_t)1 << below, k, count, &bound);
    count <<= layers, k <<= layers;
  }
  if (t->m.bits > 48)
    tail_strict(t, a, n, k);
  else if (bound + 6 <= 16)
    tail_lazy(t, a, n, k);
  else
    tail_reducing(t, a, n, k);
}

#define BLOCK_LOG 12

void ring_forward_ifma(const ring_table *t, uint64_t *a) {
  unsigned log = t->log_n, bound = 1;
  if (log <= BLOCK_LOG) {
    forward_block(t, a, log, 1, bound);
    return;
  }
  unsigned below = log - 3;
  forward_pass(t, a, 3, (size_t)1 << below, 1, 1, &bound);
  for (size_t i = 0; i < 8; i++) forward_block(t, a + (i << below), below, 8 + i, bound);
}

// ---- Inverse. A butterfly X + Y, (X - Y + b q) v: products come out below 2q, sums double their bound.

IFMA_INLINE void unbutterfly(vec *x, vec *y, vec w, vec ws, vec offset, const vmod *m, int mode) {
  vec s = add(*x, *y), d = sub(add(*x, offset), *y);
  vec t = shoup52(m->zero, d, w, ws, m);
  if (mode == STRICT) {
    *x = once(s, m->q2), *y = clean(t, m);
  } else {
    *x = s, *y = t;
  }
}

// Lazy bounds inside a pass that starts below 2q, in units of q: sums 4, 8, 16; the comments give the bound of y.
IFMA_INLINE void unpass8(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count, int mode, int last) {
  const vmod m = vmod_of(&t->m);
  const vec q2 = m.q2, q4 = mode == STRICT ? q2 : add(q2, q2), q8 = mode == STRICT ? q2 : add(q4, q4);
  for (size_t i = 0; i < count; i++, k++, a += 8 * h) {
    const uint64_t *w = t->v, *s = t->vs;
    vec w1 = splat(last ? t->nw : w[k]), s1 = splat(last ? t->nws : s[k]), w2 = splat(w[2 * k]), s2 = splat(s[2 * k]),
        w3 = splat(w[2 * k + 1]), s3 = splat(s[2 * k + 1]), w4 = splat(w[4 * k]), s4 = splat(s[4 * k]),
        w5 = splat(w[4 * k + 1]), s5 = splat(s[4 * k + 1]), w6 = splat(w[4 * k + 2]), s6 = splat(s[4 * k + 2]),
        w7 = splat(w[4 * k + 3]), s7 = splat(s[4 * k + 3]);
    vec ni = splat(t->ninv), nis = splat(t->ninvs);
    for (size_t j = 0; j < h; j += 8) {
      vec x[8];
      for (int r = 0; r < 8; r++) x[r] = load(a + j + r * h);
      unbutterfly(&x[0], &x[1], w4, s4, q2, &m, mode);  // all below 2
      unbutterfly(&x[2], &x[3], w5, s5, q2, &m, mode);
      unbutterfly(&x[4], &x[5], w6, s6, q2, &m, mode);
      unbutterfly(&x[6], &x[7], w7, s7, q2, &m, mode);
      unbutterfly(&x[0], &x[2], w2, s2, q4, &m, mode);  // even 4, odd 2
      unbutterfly(&x[1], &x[3], w2, s2, q2, &m, mode);
      unbutterfly(&x[4], &x[6], w3, s3, q4, &m, mode);
      unbutterfly(&x[5], &x[7], w3, s3, q2, &m, mode);
      unbutterfly(&x[0], &x[4], w1, s1, q8, &m, mode);  // 8, 4, 2, 2
      unbutterfly(&x[1], &x[5], w1, s1, q4, &m, mode);
      unbutterfly(&x[2], &x[6], w1, s1, q2, &m, mode);
      unbutterfly(&x[3], &x[7], w1, s1, q2, &m, mode);
      for (int r = 0; r < 4; r++) {
        if (last) x[r] = shoup52(m.zero, x[r], ni, nis, &m);
        else if (mode != STRICT) x[r] = barrett(x[r], &m);
      }
      for (int r = 0; r < 8; r++) {
        // Between passes 2q is enough, junk or not: it is only added and multiplied. The strict variant is clean.
        if (last) x[r] = once(clean(x[r], &m), m.q);
        store(a + j + r * h, x[r]);
      }
    }
  }
}

IFMA_INLINE void unpass4(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count, int mode, int last) {
  const vmod m = vmod_of(&t->m);
  const vec q2 = m.q2, q4 = mode == STRICT ? q2 : add(q2, q2);
  for (size_t i = 0; i < count; i++, k++, a += 4 * h) {
    const uint64_t *w = t->v, *s = t->vs;
    vec w1 = splat(last ? t->nw : w[k]), s1 = splat(last ? t->nws : s[k]), w2 = splat(w[2 * k]), s2 = splat(s[2 * k]),
        w3 = splat(w[2 * k + 1]), s3 = splat(s[2 * k + 1]);
    vec ni = splat(t->ninv), nis = splat(t->ninvs);
    for (size_t j = 0; j < h; j += 8) {
      vec x[4];
      for (int r = 0; r < 4; r++) x[r] = load(a + j + r * h);
      unbutterfly(&x[0], &x[1], w2, s2, q2, &m, mode);
      unbutterfly(&x[2], &x[3], w3, s3, q2, &m, mode);
      unbutterfly(&x[0], &x[2], w1, s1, q4, &m, mode);
      unbutterfly(&x[1], &x[3], w1, s1, q2, &m, mode);
      for (int r = 0; r < 2; r++) {
        if (last) x[r] = shoup52(m.zero, x[r], ni, nis, &m);
        else if (mode != STRICT) x[r] = barrett(x[r], &m);
      }
      for (int r = 0; r < 4; r++) {
        if (last) x[r] = once(clean(x[r], &m), m.q);
        store(a + j + r * h, x[r]);
      }
    }
  }
}

IFMA_INLINE void untail(const ring_table *t, uint64_t *a, size_t n, size_t k, int mode) {
  const vmod m = vmod_of(&t->m);
  const vec q2 = m.q2, q4 = mode == STRICT ? q2 : add(q2, q2), q8 = mode == STRICT ? q2 : add(q4, q4);
  const vec even = LANES(0, 2, 4, 6, 8, 10, 12, 14), odd = LANES(1, 3, 5, 7, 9, 11, 13, 15);
  const vec front = LANES(0, 1, 8, 9, 4, 5, 12, 13), back = LANES(2, 3, 10, 11, 6, 7, 14, 15);
  for (size_t i = 0; i < n; i += 16, k += 2) {
    vec x = load(a + i), y = load(a + i + 8);
    vec e = pick(x, y, even), o = pick(x, y, odd);  // x0 x2 x4 x6 y0 y2 y4 y6
    unbutterfly(&e, &o, load(t->v + 4 * k), load(t->vs + 4 * k), q2, &m, mode);
    vec p = _mm512_unpacklo_epi64(e, o), r = _mm512_unpackhi_epi64(e, o);  // x01 x45 y01 y45, x23 x67 y23 y67
    unbutterfly(&p, &r, pair_lanes(t->v + 2 * k), pair_lanes(t->vs + 2 * k), q4, &m, mode);
    vec u = pick(p, r, front), v = pick(p, r, back);  // x01 x23 y01 y23, x45 x67 y45 y67
    unbutterfly(&u, &v, half_lanes(t->v + k), half_lanes(t->vs + k), q8, &m, mode);
    if (mode != STRICT) u = barrett(u, &m);
    store(a + i, _mm512_shuffle_i64x2(u, v, 0x44)), store(a + i + 8, _mm512_shuffle_i64x2(u, v, 0xEE));
  }
}

#define INVERSE_INSTANCES(name)                                                                                      \
  IFMA_TARGET static void name##_lazy(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count) {          \
    name(t, a, h, k, count, LAZY, 0);                                                                                \
  }                                                                                                                  \
  IFMA_TARGET static void name##_lazy_last(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count) {     \
    name(t, a, h, k, count, LAZY, 1);                                                                                \
  }                                                                                                                  \
  IFMA_TARGET static void name##_strict(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count) {        \
    name(t, a, h, k, count, STRICT, 0);                                                                              \
  }                                                                                                                  \
  IFMA_TARGET static void name##_strict_last(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count) {   \
    name(t, a, h, k, count, STRICT, 1);                                                                              \
  }
INVERSE_INSTANCES(unpass8)
INVERSE_INSTANCES(unpass4)
IFMA_TARGET static void untail_lazy(const ring_table *t, uint64_t *a, size_t n, size_t k) { untail(t, a, n, k, LAZY); }
IFMA_TARGET static void untail_strict(const ring_table *t, uint64_t *a, size_t n, size_t k) {
  untail(t, a, n, k, STRICT);
}

static void inverse_pass(const ring_table *t, uint64_t *a, unsigned layers, size_t h, size_t k, size_t count,
                         int last) {
  if (t->m.bits > 48) {
    if (last) (layers == 3 ? unpass8_strict_last : unpass4_strict_last)(t, a, h, k, count);
    else (layers == 3 ? unpass8_strict : unpass4_strict)(t, a, h, k, count);
  } else {
    if (last) (layers == 3 ? unpass8_lazy_last : unpass4_lazy_last)(t, a, h, k, count);
    else (layers == 3 ? unpass8_lazy : unpass4_lazy)(t, a, h, k, count);
  }
}

static void inverse_block(const ring_table *t, uint64_t *a, unsigned log, size_t k, int whole) {
  size_t n = (size_t)1 << log;
  unsigned done = 3;
  (t->m.bits > 48 ? untail_strict : untail_lazy)(t, a, n, k << (log - 3));
  while (done < log) {
    unsigned layers = next_layers(log - done);
    unsigned top = log - done - layers;  // layers left above this pass
    inverse_pass(t, a, layers, (size_t)1 << done, k << top, (size_t)1 << top, whole && top == 0);
    done += layers;
  }
}

void ring_inverse_ifma(const ring_table *t, uint64_t *a) {
  unsigned log = t->log_n;
  if (log <= BLOCK_LOG) {
    inverse_block(t, a, log, 1, 1);
    return;
  }
  unsigned below = log - 3;
  for (size_t i = 0; i < 8; i++) inverse_block(t, a + (i << below), below, 8 + i, 0);
  inverse_pass(t, a, 3, (size_t)1 << below, 1, 1, 1);
}

int ring_ifma_tables(ring_table *t) {
  (void)t;  // the powers of table.c, with 52-bit Shoup factors, are all this level needs
  return RING_OK;
}
#endif
