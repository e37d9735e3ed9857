// Integers p (y + w) + m modulo every prime, AVX2 + FMA level: the integers are cut into digits of 48 bits once, and each
// prime takes one linear form of the digits.
#if defined(__x86_64__)
#include "avx2.h"

#define GROUPS 2
#define STEP (4 * GROUPS)
enum { MAX_DIGITS = (64 * RING_MAX_WORDS + 47) / 48 + 3 };  // y, w, two upper digits of m

typedef struct {
  const ring_modulus *m;
  double weight[MAX_DIGITS], quotient[MAX_DIGITS];  // w and w/q
  double start;
} message_form;

// y counts from -2^(64 words - 1), so that its digits have no sign. Returns the number of digits with a weight; the low
// digit of m, weight 1, comes after them.
static unsigned form_of(message_form *f, const ring_modulus *m, const ring_integers *x, uint64_t p_low,
                        uint64_t p_high) {
  unsigned digits = 0;
  const uint64_t p = reduce128(m, ((u128)p_high << 64) | p_low);
  const unsigned words = x->wide ? x->words : 0, wide = (64 * words + 47) / 48;
  uint64_t offset = 0;
  f->m = m;
  for (unsigned d = 0; d < wide; d++) f->weight[digits++] = (double)mod_multiply(m, p, m->pow48[d]);
  f->weight[digits++] = (double)p;
  if (words) offset = half_mod(m, m->pow64[words]);
  f->start = (double)reduce_once(m->q - mod_multiply(m, p, offset), m->q);
  if (x->field) f->weight[digits++] = (double)m->pow48[1], f->weight[digits++] = (double)m->pow48[2];
  for (unsigned d = 0; d < digits; d++) f->quotient[d] = f->weight[d] / m->qd;
  return digits;
}

AVX2_INLINE void cut(dvec (*digit)[GROUPS], const ring_integers *x, u128 half, size_t i) {
  const ivec mask = isplat(((uint64_t)1 << 48) - 1), top = isplat((uint64_t)1 << 63);
  const ivec half_low = isplat((uint64_t)half ^ ((uint64_t)1 << 63)), half_high = isplat((uint64_t)(half >> 64));
  const unsigned words = x->wide ? x->words : 0, wide = (64 * words + 47) / 48;
  for (int g = 0; g < GROUPS; g++) {
    const size_t e = i + 4 * (size_t)g;
    for (unsigned d = 0; d < wide; d++) {
      unsigned bit = 48 * d, k = bit / 64, shift = bit % 64;
      ivec y = iload(x->wide + k * x->stride + e);
      if (k + 1 == words) y = _mm256_xor_si256(y, top);
      y = _mm256_srl_epi64(y, _mm_cvtsi32_si128((int)shift));
      if (shift > 16 && k + 1 < words) {
        ivec z = iload(x->wide + (k + 1) * x->stride + e);
        if (k + 2 == words) z = _mm256_xor_si256(z, top);
        y = _mm256_or_si256(y, _mm256_sll_epi64(z, _mm_cvtsi32_si128(64 - (int)shift)));
      }
      digit[d][g] = from_integer(_mm256_and_si256(y, mask));
    }
    ivec w = isplat(128);  // from_integer wants no sign: w + 128 - (m is lifted to m - p), minus 128 in the end
    if (x->small) w = _mm256_add_epi64(w, _mm256_cvtepi8_epi64(_mm_loadu_si32(x->small + e)));
    if (x->field) {
      const uint64_t *f = (const uint64_t *)x->field + 2 * e;
      ivec a = iload(f), b = iload(f + 4);
      ivec l = _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(a, b), 0xD8);
      ivec h = _mm256_permute4x64_epi64(_mm256_unpackhi_epi64(a, b), 0xD8);
      ivec negative = _mm256_or_si256(_mm256_cmpgt_epi64(h, half_high),
                                      _mm256_and_si256(_mm256_cmpeq_epi64(h, half_high),
                                                       _mm256_cmpgt_epi64(_mm256_xor_si256(l, top), half_low)));
      w = _mm256_add_epi64(w, negative);
      ivec d1 = _mm256_and_si256(_mm256_or_si256(_mm256_srli_epi64(l, 48), _mm256_slli_epi64(h, 16)), mask);
      digit[wide + 1][g] = from_integer(d1);
      digit[wide + 2][g] = from_integer(_mm256_srli_epi64(h, 32));
      digit[wide + 3][g] = from_integer(_mm256_and_si256(l, mask));
    }
    digit[wide][g] = _mm256_sub_pd(from_integer(w), dsplat(128));
  }
}

// The remainder of each product is below 0.57 q; reduced every fourth term, so sums stay below 2^53 for q < 2^50.
AVX2_INLINE void apply(uint64_t *out, const message_form *f, dvec (*digit)[GROUPS], unsigned digits, int units) {
  const dmod m = dmod_of(f->m);
  dvec s[GROUPS];
  for (int g = 0; g < GROUPS; g++) s[g] = dsplat(f->start);
  if (units)  // the low digit may be many q: reduced before it is added
    for (int g = 0; g < GROUPS; g++) s[g] = _mm256_add_pd(s[g], dreduce(digit[digits][g], &m));
  for (unsigned d = 0; d < digits; d++) {
    const dvec w = dsplat(f->weight[d]), wq = dsplat(f->quotient[d]);
    for (int g = 0; g < GROUPS; g++) s[g] = _mm256_add_pd(s[g], dmultiply(digit[d][g], w, wq, &m));
    if ((d & 3) == 3)
      for (int g = 0; g < GROUPS; g++) s[g] = dreduce(s[g], &m);
  }
  for (int g = 0; g < GROUPS; g++) istore(out + 4 * g, canonical_integer(s[g], &m));
}

AVX2_TARGET void ring_reduce_message_avx2(const ring_table *const *tables, unsigned count, uint64_t *const *out,
                                          const ring_integers *x, uint64_t p_low, uint64_t p_high, size_t n) {
  message_form form[RING_MAX_LIMBS];
  dvec digit[MAX_DIGITS + 1][GROUPS];
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
