// Integers p (y + w) + m modulo every prime, AVX-512 IFMA level: the integers are cut into digits once, and each prime
// takes one linear form of the digits.
#if defined(__x86_64__)
#include "ifma.h"

#define GROUPS 4
#define STEP (8 * GROUPS)
enum { MAX_DIGITS = (64 * RING_MAX_WORDS + 51) / 52 + 3 };  // y, w, two upper digits of m

// y counts from -2^(64 words - 1) and w from -128, so that digits have no sign; a lift of m to m - p takes one off w.
typedef struct {
  ring_modulus m;
  uint64_t weight[MAX_DIGITS];
  uint64_t start;  // what the offsets amount to
} message_form;

// Returns the number of digits with a weight; the low digit of m, weight 1, comes after them.
static unsigned form_of(message_form *f, const ring_modulus *m, const ring_integers *x, uint64_t p_low,
                        uint64_t p_high) {
  unsigned digits = 0;
  const uint64_t p = reduce128(m, ((u128)p_high << 64) | p_low);
  const unsigned words = x->wide ? x->words : 0, wide = (64 * words + 51) / 52;
  f->m = *m;
  for (unsigned d = 0; d < wide; d++) f->weight[digits++] = mod_multiply(m, p, m->pow52[d]);
  f->weight[digits++] = p;
  uint64_t offset = reduce_once(128, m->q);  // q > 127
  if (words) offset = reduce_once(offset + half_mod(m, m->pow64[words]), m->q);
  f->start = reduce_once(m->q - mod_multiply(m, p, offset), m->q);
  if (x->field) f->weight[digits++] = m->pow52[1], f->weight[digits++] = m->pow52[2];
  return digits;
}

// Digits of eight integers each, possibly with junk above bit 52, which multiplications ignore.
IFMA_INLINE void cut(vec (*digit)[GROUPS], const ring_integers *x, u128 half, size_t i) {
  const vec mask = splat(((uint64_t)1 << 52) - 1);
  const vec low = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), high = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
  const vec half_low = splat((uint64_t)half), half_high = splat((uint64_t)(half >> 64));
  const unsigned words = x->wide ? x->words : 0, wide = (64 * words + 51) / 52;
  for (int g = 0; g < GROUPS; g++) {
    const size_t e = i + 8 * (size_t)g;
    for (unsigned d = 0; d < wide; d++) {
      unsigned bit = 52 * d, k = bit / 64, shift = bit % 64;
      vec top = splat((uint64_t)1 << 63), y = load(x->wide + k * x->stride + e);
      if (k + 1 == words) y = _mm512_xor_si512(y, top);
      y = _mm512_srl_epi64(y, _mm_cvtsi32_si128((int)shift));
      if (shift > 12 && k + 1 < words) {
        vec z = load(x->wide + (k + 1) * x->stride + e);
        if (k + 2 == words) z = _mm512_xor_si512(z, top);
        y = _mm512_or_si512(y, _mm512_sll_epi64(z, _mm_cvtsi32_si128(64 - (int)shift)));
      }
      digit[d][g] = y;
    }
    vec w = splat(128);
    if (x->small) w = add(w, _mm512_cvtepi8_epi64(_mm_loadl_epi64((const __m128i *)(x->small + e))));
    if (x->field) {
      const uint64_t *f = (const uint64_t *)x->field + 2 * e;
      vec a = load(f), b = load(f + 8);
      vec l = _mm512_permutex2var_epi64(a, low, b), h = _mm512_permutex2var_epi64(a, high, b);
      __mmask8 negative = _mm512_cmpgt_epu64_mask(h, half_high) |
                          (_mm512_cmpeq_epu64_mask(h, half_high) & _mm512_cmpgt_epu64_mask(l, half_low));
      w = _mm512_mask_sub_epi64(w, negative, w, splat(1));
      digit[wide + 1][g] = _mm512_or_si512(_mm512_srli_epi64(l, 52), _mm512_slli_epi64(h, 12));
      digit[wide + 2][g] = _mm512_srli_epi64(h, 40);
      digit[wide + 3][g] = _mm512_and_si512(l, mask);
    }
    digit[wide][g] = w;
  }
}

// At most 13 products and one digit of weight 1: lo < 2^57. Each hi part is below q: 13 of them fit 52 bits if q < 2^48;
// else two and a reduced rest below 2q.
IFMA_INLINE void apply(uint64_t *out, const message_form *f, vec (*digit)[GROUPS], unsigned digits, int units) {
  const ring_modulus *m = &f->m;
  const vmod v = vmod_of(m);
  const vec r52 = splat(m->r52), r52s = splat(m->r52s);
  const int large = m->bits > 48;
  vec lo[GROUPS], hi[GROUPS];
  for (int g = 0; g < GROUPS; g++) lo[g] = splat(f->start), hi[g] = v.zero;
  if (units)
    for (int g = 0; g < GROUPS; g++) lo[g] = add(lo[g], digit[digits][g]);
  for (unsigned d = 0; d < digits; d++) {
    const vec w = splat(f->weight[d]);
    for (int g = 0; g < GROUPS; g++) lo[g] = lo52(lo[g], digit[d][g], w), hi[g] = hi52(hi[g], digit[d][g], w);
    if (large && (d & 1))
      for (int g = 0; g < GROUPS; g++) hi[g] = barrett(hi[g], &v);
  }
  for (int g = 0; g < GROUPS; g++) {
    vec h = add(hi[g], _mm512_srli_epi64(lo[g], 52));
    vec r = add(barrett(clean(lo[g], &v), &v), clean(shoup52(v.zero, h, r52, r52s, &v), &v));
    store(out + 8 * g, once(once(r, v.q2), v.q));
  }
}

IFMA_TARGET void ring_reduce_message_ifma(const ring_table *const *tables, unsigned count, uint64_t *const *out,
                                          const ring_integers *x, uint64_t p_low, uint64_t p_high, size_t n) {
  message_form form[RING_MAX_LIMBS];
  vec digit[MAX_DIGITS + 1][GROUPS];
  unsigned digits = 0;
  for (unsigned k = 0; k < count; k++) digits = form_of(&form[k], &tables[k]->m, x, p_low, p_high);
  const u128 half = (((u128)p_high << 64) | p_low) >> 1;
  const size_t e = n - n % STEP;
  for (size_t i = 0; i < e; i += STEP) {
    cut(digit, x, half, i);
    for (unsigned k = 0; k < count; k++) apply(out[k] + i, &form[k], digit, digits, x->field != NULL);
  }
  explicit_bzero(digit, sizeof digit);
  if (e == n) return;
  ring_integers rest = *x;
  if (rest.wide) rest.wide += e;
  if (rest.small) rest.small += e;
  if (rest.field) rest.field = (const uint64_t *)rest.field + 2 * e;
  for (unsigned k = 0; k < count; k++)
    ring_reduce_message_portable(&tables[k]->m, out[k] + e, &rest, p_low, p_high, n - e);
}
#endif
