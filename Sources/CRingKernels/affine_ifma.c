// Modulus switching and recomposition, AVX-512 IFMA level: eight coefficients at a time, all digits in cache.
#if defined(__x86_64__)
#include "ifma.h"

// Rows depend on each other, so a single vector would wait for the multiplier; GROUPS independent ones fill it.
#define GROUPS 8
#define STEP (8 * GROUPS)

// value[target] = c + sum of value[source] * b modulo the row's prime; at most 16 products below 2^100.
IFMA_INLINE void run_rows(const affine_program *g, vec (*value)[GROUPS]) {
  for (unsigned k = 0; k < g->rows; k++) {
    const affine_row *r = &g->row[k];
    const ring_modulus *m = &g->m[r->modulus];
    const vmod v = vmod_of(m);
    const vec r52 = splat(m->r52), r52s = splat(m->r52s);
    vec lo[GROUPS], hi[GROUPS];
    for (int i = 0; i < GROUPS; i++) lo[i] = splat(r->c), hi[i] = v.zero;
    for (unsigned j = 0; j < r->terms; j++) {
      const vec b = splat(r->b[j]), *x = value[r->source[j]];
      for (int i = 0; i < GROUPS; i++) lo[i] = lo52(lo[i], x[i], b), hi[i] = hi52(hi[i], x[i], b);
    }
    vec *out = value[r->target];
    for (int i = 0; i < GROUPS; i++) {
      vec h = add(hi[i], _mm512_srli_epi64(lo[i], 52));
      vec t = add(barrett(clean(lo[i], &v), &v), clean(shoup52(v.zero, h, r52, r52s, &v), &v));
      out[i] = once(once(t, v.q2), v.q);
    }
  }
}

IFMA_TARGET void ring_switch_apply_ifma(const ring_switch *s, uint64_t *const *x, size_t n) {
  vec value[RING_MAX_LIMBS][GROUPS];
  size_t e = n - n % STEP;
  for (size_t i = 0; i < e; i += STEP) {
    for (unsigned k = 0; k < s->count; k++)
      for (int g = 0; g < GROUPS; g++) value[k][g] = load(x[k] + i + 8 * g);
    run_rows(&s->program, value);
    for (unsigned k = 0; k < s->keep; k++)
      for (int g = 0; g < GROUPS; g++) store(x[k] + i + 8 * g, value[k][g]);
  }
  uint64_t *tail[RING_MAX_LIMBS];
  for (unsigned k = 0; k < s->count; k++) tail[k] = x[k] + e;
  if (e < n) ring_switch_apply_portable(s, tail, n - e);
}

// The sum of digit * weight modulo 2^127 - FOLD in 52-bit columns: weights have three limbs, digits one.
IFMA_INLINE void wide_sum(const ring_recompose *r, vec (*value)[GROUPS], int g, vec *low, vec *high) {
  const vec zero = _mm512_setzero_si512(), mask = splat(((uint64_t)1 << 52) - 1);
  const uint64_t m52 = ((uint64_t)1 << 52) - 1;
  vec c0 = splat((uint64_t)r->offset & m52), c1 = splat((uint64_t)(r->offset >> 52) & m52),
      c2 = splat((uint64_t)(r->offset >> 104)), c3 = zero;
  for (unsigned k = 0; k < r->count; k++) {
    vec x = value[k][g], w0 = splat((uint64_t)r->weight[k] & m52), w1 = splat((uint64_t)(r->weight[k] >> 52) & m52),
        w2 = splat((uint64_t)(r->weight[k] >> 104));
    c0 = lo52(c0, x, w0), c1 = hi52(lo52(c1, x, w1), x, w0), c2 = hi52(lo52(c2, x, w2), x, w1), c3 = hi52(c3, x, w2);
  }
  // Columns below 2^57; the total is below 16 * 2^50 * 2^127 = 2^181.
  c1 = add(c1, _mm512_srli_epi64(c0, 52)), c0 = _mm512_and_si512(c0, mask);
  c2 = add(c2, _mm512_srli_epi64(c1, 52)), c1 = _mm512_and_si512(c1, mask);
  c3 = add(c3, _mm512_srli_epi64(c2, 52)), c2 = _mm512_and_si512(c2, mask);
  // x = l + 2^127 h, bit 127 is bit 23 of c2; h = c3 2^29 + c2 >> 23 < 2^54: two parts of 27 bits times FOLD.
  vec h = _mm512_or_si512(_mm512_slli_epi64(c3, 29), _mm512_srli_epi64(c2, 23));
  c2 = _mm512_and_si512(c2, splat((1u << 23) - 1));
  vec h0 = _mm512_and_si512(h, mask), h1 = _mm512_srli_epi64(h, 52), fold = splat(FOLD);
  c0 = lo52(c0, h0, fold), c1 = hi52(lo52(c1, h1, fold), h0, fold);
  c1 = add(c1, _mm512_srli_epi64(c0, 52)), c0 = _mm512_and_si512(c0, mask);
  c2 = add(c2, _mm512_srli_epi64(c1, 52)), c1 = _mm512_and_si512(c1, mask);
  // Below 2^127 + 2^74. Two more steps: fold bit 127, then subtract p once if x + FOLD reaches 2^127.
  h = _mm512_srli_epi64(c2, 23), c2 = _mm512_and_si512(c2, splat((1u << 23) - 1));
  c0 = lo52(c0, h, fold);
  c1 = add(c1, _mm512_srli_epi64(c0, 52)), c0 = _mm512_and_si512(c0, mask);
  c2 = add(c2, _mm512_srli_epi64(c1, 52)), c1 = _mm512_and_si512(c1, mask);
  vec d0 = add(c0, fold), d1 = add(c1, _mm512_srli_epi64(d0, 52)), d2 = add(c2, _mm512_srli_epi64(d1, 52));
  vec over = sub(zero, _mm512_srli_epi64(d2, 23));  // all ones if x >= p
  c0 = add(c0, _mm512_and_si512(over, fold));
  c1 = add(c1, _mm512_srli_epi64(c0, 52)), c0 = _mm512_and_si512(c0, mask);
  c2 = add(c2, _mm512_srli_epi64(c1, 52)), c1 = _mm512_and_si512(c1, mask);
  c2 = _mm512_and_si512(c2, splat((1u << 23) - 1));
  *low = _mm512_or_si512(c0, _mm512_slli_epi64(c1, 52));
  *high = _mm512_or_si512(_mm512_srli_epi64(c1, 12), _mm512_slli_epi64(c2, 40));
}

// The same modulo 2^61 - FOLD61: weights have two limbs, of 52 and 9 bits. At most 16 digits below 2^50: the total is
// below 2^115.
IFMA_INLINE vec word_sum(const ring_recompose *r, vec (*value)[GROUPS], int g) {
  const vec zero = _mm512_setzero_si512(), mask = splat(((uint64_t)1 << 52) - 1), nine = splat(511);
  const vec fold = splat(FOLD61), p = splat(P61);
  const uint64_t m52 = ((uint64_t)1 << 52) - 1;
  vec c0 = splat((uint64_t)r->offset & m52), c1 = splat((uint64_t)r->offset >> 52), c2 = zero;
  for (unsigned k = 0; k < r->count; k++) {
    vec x = value[k][g], w0 = splat((uint64_t)r->weight[k] & m52), w1 = splat((uint64_t)r->weight[k] >> 52);
    c0 = lo52(c0, x, w0), c1 = hi52(lo52(c1, x, w1), x, w0), c2 = hi52(c2, x, w1);
  }
  c1 = add(c1, _mm512_srli_epi64(c0, 52)), c0 = _mm512_and_si512(c0, mask);
  c2 = add(c2, _mm512_srli_epi64(c1, 52)), c1 = _mm512_and_si512(c1, mask);
  // x = l + 2^61 h, bit 61 is bit 9 of c1; h = c2 2^43 + c1 >> 9 < 2^54: two parts times FOLD61, in all below 2^76.
  vec h = add(_mm512_slli_epi64(c2, 43), _mm512_srli_epi64(c1, 9)), top = _mm512_srli_epi64(h, 52);
  c0 = lo52(c0, h, fold);
  c1 = lo52(hi52(_mm512_and_si512(c1, nine), h, fold), top, fold);
  c1 = add(c1, _mm512_srli_epi64(c0, 52)), c0 = _mm512_and_si512(c0, mask);
  // Again with h < 2^15; below 2^61 + 2^36 < 2p.
  c0 = add(c0, _mm512_mul_epu32(_mm512_srli_epi64(c1, 9), fold));
  return once(add(c0, _mm512_slli_epi64(_mm512_and_si512(c1, nine), 52)), p);
}

IFMA_TARGET void ring_recompose_apply_ifma(const ring_recompose *r, void *out, const uint64_t *const *x, size_t n) {
  const vec front = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), back = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
  vec value[RING_MAX_LIMBS][GROUPS];
  uint64_t *o = out;
  size_t e = r->wide || r->p.q == P61 ? n - n % STEP : 0;  // other word-sized p: portable code
  for (size_t i = 0; i < e; i += STEP) {
    for (unsigned k = 0; k < r->count; k++)
      for (int g = 0; g < GROUPS; g++) value[k][g] = load(x[k] + i + 8 * g);
    run_rows(&r->program, value);
    for (int g = 0; g < GROUPS; g++) {
      vec low, high = _mm512_setzero_si512();
      if (r->wide) wide_sum(r, value, g, &low, &high);
      else low = word_sum(r, value, g);
      store(o + 2 * (i + 8 * g), _mm512_permutex2var_epi64(low, front, high));
      store(o + 2 * (i + 8 * g) + 8, _mm512_permutex2var_epi64(low, back, high));
    }
  }
  const uint64_t *tail[RING_MAX_LIMBS];
  for (unsigned k = 0; k < r->count; k++) tail[k] = x[k] + e;
  if (e < n) ring_recompose_apply_portable(r, o + 2 * e, tail, n - e);
}
#endif
