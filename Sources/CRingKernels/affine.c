// Modulus switching and recomposition as affine programs, and their portable interpreter.
//
// Switching (drop q_l, l = count-1 ... keep): d_l = [-x_l / p] mod q_l centred, x_i <- (x_i + p d_l) / q_l. Unrolled:
// before its own step x_i is A x_i + sum over dropped m > i of d_m p (product of q_m'^-1, i < m' <= m, dropped), and
// the centred digit is carried as f = (d + (q_l - 1)/2) in [0, q_l), so that no sign has to be handled: the constant
// of each row takes the offsets.
#include "levels.h"

static uint64_t inverse_of(const ring_modulus *m, uint64_t a) { return mod_power(m, a % m->q, m->q - 2); }

static int check_chain(const uint64_t *q, unsigned count) {
  if (count < 1 || count > RING_MAX_LIMBS) return RING_BAD_ARGUMENT;
  for (unsigned i = 0; i < count; i++) {
    if (q[i] < 3 || (q[i] & 1) == 0 || q[i] >> 62) return RING_BAD_ARGUMENT;
    for (unsigned j = 0; j < i; j++)
      if (q[j] == q[i]) return RING_BAD_ARGUMENT;
  }
  return RING_OK;
}

static int program_level(const uint64_t *q, unsigned count, int level) {
  int best = ring_best_level();
  level = level < best ? level : best;
  for (unsigned i = 0; i < count; i++)
    if (q[i] >> 50) level = RING_PORTABLE;
  return ring_implemented_level(level < 0 ? RING_PORTABLE : level);
}

int ring_switch_create(const uint64_t *q, unsigned count, unsigned drop, uint64_t p_low, uint64_t p_high, int level,
                       ring_switch **out) {
  *out = NULL;
  u128 p = ((u128)p_high << 64) | p_low;
  if (check_chain(q, count) != RING_OK || drop >= count || p < 2) return RING_BAD_ARGUMENT;
  for (unsigned i = 0; i < count; i++)
    if (p % q[i] == 0) return RING_BAD_ARGUMENT;
  ring_switch *s = calloc(1, sizeof *s);
  if (!s) return RING_NO_MEMORY;
  s->count = count, s->keep = count - drop;
  affine_program *g = &s->program;
  g->moduli = count, g->level = program_level(q, count, level);
  for (unsigned i = 0; i < count; i++) ring_modulus_init(&g->m[i], q[i]);
  for (unsigned step = 0; step < count && drop > 0; step++) {
    unsigned i = step < drop ? count - 1 - step : step - drop;  // dropped primes from the last, then the kept ones
    const ring_modulus *m = &g->m[i];
    affine_row *r = &g->row[g->rows++];
    unsigned first = i < s->keep ? s->keep : i + 1;             // dropped primes that act on x_i
    uint64_t pm = (uint64_t)(p % m->q), f = 1, offset = 0;
    // A dropped row ends with -x / p and the offset (q - 1) / 2.
    uint64_t last = i < s->keep ? 1 : mod_multiply(m, m->q - 1, inverse_of(m, pm));
    r->modulus = r->target = i;
    for (unsigned l = first; l < count; l++) {
      f = mod_multiply(m, f, inverse_of(m, q[l]));              // product of q_l'^-1, first <= l' <= l
      uint64_t b = mod_multiply(m, mod_multiply(m, pm, f), last);
      r->source[r->terms] = l, r->b[r->terms++] = b;
      offset = reduce_once(offset + mod_multiply(m, (q[l] - 1) / 2 % m->q, b), m->q);
    }
    r->source[r->terms] = i, r->b[r->terms++] = mod_multiply(m, f, last);
    uint64_t centre = i < s->keep ? 0 : (m->q - 1) / 2;
    r->c = reduce_once(centre + m->q - offset, m->q);
  }
  *out = s;
  return RING_OK;
}

void ring_switch_destroy(ring_switch *s) { free(s); }

// Reduces any 128-bit value modulo p127 or the word-sized p.
static u128 mod_p(const ring_recompose *r, u128 x) {
  if (!r->wide) return reduce128(&r->p, x);
  return p127_fold(0, x);
}
static u128 multiply_p(const ring_recompose *r, u128 a, u128 b) {
  return r->wide ? p127_multiply(a, b) : (u128)mod_multiply(&r->p, (uint64_t)a, (uint64_t)b);
}

int ring_recompose_create(const uint64_t *q, unsigned count, uint64_t p_low, uint64_t p_high, uint64_t factor_low,
                          uint64_t factor_high, int level, ring_recompose **out) {
  *out = NULL;
  int wide = is_p127(p_low, p_high);
  if (check_chain(q, count) != RING_OK) return RING_BAD_ARGUMENT;
  if (!wide && (p_high || p_low >> 62 || p_low < 3 || (p_low & 1) == 0)) return RING_BAD_ARGUMENT;
  u128 p = ((u128)p_high << 64) | p_low, factor = ((u128)factor_high << 64) | factor_low;
  if (factor >= p) return RING_BAD_ARGUMENT;
  ring_recompose *r = calloc(1, sizeof *r);
  if (!r) return RING_NO_MEMORY;
  r->count = count, r->wide = wide;
  if (!wide) ring_modulus_init(&r->p, p_low);
  affine_program *g = &r->program;
  g->moduli = count, g->level = program_level(q, count, level), r->level = g->level;
  for (unsigned i = 0; i < count; i++) ring_modulus_init(&g->m[i], q[i]);
  // Garner digits of y = (value + (Q-1)/2) mod Q: y = v_0 + v_1 q_0 + v_2 q_0 q_1 + ...; (Q-1)/2 = -1/2 mod q_i.
  for (unsigned i = 0; i < count; i++) {
    const ring_modulus *m = &g->m[i];
    affine_row *row = &g->row[g->rows++];
    row->modulus = row->target = i;
    uint64_t below = 1;  // product of q_j, j < i
    for (unsigned j = 0; j < i; j++) below = mod_multiply(m, below, q[j] % m->q);
    uint64_t inverse = inverse_of(m, below), partial = 1;
    for (unsigned j = 0; j < i; j++) {
      uint64_t b = mod_multiply(m, partial, inverse);
      row->source[row->terms] = j, row->b[row->terms++] = reduce_once(m->q - b, m->q);
      partial = mod_multiply(m, partial, q[j] % m->q);
    }
    row->source[row->terms] = i, row->b[row->terms++] = inverse;
    row->c = mod_multiply(m, (m->q - 1) / 2, inverse);
  }
  u128 product = 1;  // product of q_j, j < i, modulo p
  for (unsigned i = 0; i < count; i++) {
    r->weight[i] = multiply_p(r, product, factor);
    product = multiply_p(r, product, mod_p(r, q[i]));
  }
  // -(Q-1)/2 = (1 - Q)/2 modulo p.
  u128 h = product == 0 ? 1 : p - product + 1;
  h = mod_p(r, h);
  h = (h & 1) ? (h >> 1) + (p >> 1) + 1 : h >> 1;
  r->offset = multiply_p(r, h, factor);
  *out = r;
  return RING_OK;
}

void ring_recompose_destroy(ring_recompose *r) { free(r); }

static inline __attribute__((always_inline)) void run_rows(const affine_program *g, uint64_t *value) {
  for (unsigned k = 0; k < g->rows; k++) {
    const affine_row *r = &g->row[k];
    const ring_modulus *m = &g->m[r->modulus];
    u128 s = r->c;  // at most 16 products below 2^124: no overflow
    for (unsigned j = 0; j < r->terms; j++) s += (u128)value[r->source[j]] * r->b[j];
    value[r->target] = reduce128(m, s);
  }
}

void ring_switch_apply_portable(const ring_switch *s, uint64_t *const *x, size_t n) {
  uint64_t value[RING_MAX_LIMBS];
  for (size_t i = 0; i < n; i++) {
    for (unsigned k = 0; k < s->count; k++) value[k] = x[k][i];
    run_rows(&s->program, value);
    for (unsigned k = 0; k < s->keep; k++) x[k][i] = value[k];
  }
}

// Garner digits -> sum of digit * weight + offset modulo p.
static inline __attribute__((always_inline)) u128 combine(const ring_recompose *r, const uint64_t *digit) {
  if (!r->wide) {
    u128 s = r->offset;
    for (unsigned k = 0; k < r->count; k++) s += (u128)digit[k] * (uint64_t)r->weight[k];
    return reduce128(&r->p, s);
  }
  // 64-bit columns, at most 16 terms.
  u128 low = (uint64_t)r->offset, mid = (uint64_t)(r->offset >> 64);
  uint64_t high = 0;
  for (unsigned k = 0; k < r->count; k++) {
    uint64_t v = digit[k];
    u128 a = (u128)v * (uint64_t)r->weight[k], b = (u128)v * (uint64_t)(r->weight[k] >> 64);
    low += (uint64_t)a, mid += (uint64_t)(a >> 64);
    mid += (uint64_t)b, high += (uint64_t)(b >> 64);  // high: 16 terms below 2^61
  }
  mid += (uint64_t)(low >> 64);
  return p127_fold((u128)high + (uint64_t)(mid >> 64), (mid << 64) | (uint64_t)low);
}

void ring_recompose_apply_portable(const ring_recompose *r, void *out, const uint64_t *const *x, size_t n) {
  uint64_t value[RING_MAX_LIMBS], *o = out;
  for (size_t i = 0; i < n; i++) {
    for (unsigned k = 0; k < r->count; k++) value[k] = x[k][i];
    run_rows(&r->program, value);
    u128 result = combine(r, value);
    o[2 * i] = (uint64_t)result, o[2 * i + 1] = (uint64_t)(result >> 64);
  }
}

void ring_recompose_digits(const ring_recompose *r, uint64_t *out, const uint64_t *const *digits, size_t n) {
  uint64_t value[RING_MAX_LIMBS];
  for (size_t i = 0; i < n; i++) {
    for (unsigned k = 0; k < r->count; k++) value[k] = digits[k][i];
    u128 result = combine(r, value);
    out[2 * i] = (uint64_t)result, out[2 * i + 1] = (uint64_t)(result >> 64);
  }
}
