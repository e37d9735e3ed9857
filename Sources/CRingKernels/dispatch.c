// Public entry points: one switch per vector.
#include "levels.h"

#if defined(__x86_64__)
int ring_implemented_level(int level) { return level; }
#define DISPATCH(level, call, ...) \
  do { \
    if ((level) == RING_IFMA) \
      call##_ifma(__VA_ARGS__); \
    else if ((level) == RING_AVX2) \
      call##_avx2(__VA_ARGS__); \
    else \
      call##_portable(__VA_ARGS__); \
  } while (0)
#else
int ring_implemented_level(int level) { (void)level; return RING_PORTABLE; }
int ring_avx2_tables(ring_table *t) { (void)t; return RING_BAD_ARGUMENT; }
int ring_ifma_tables(ring_table *t) { (void)t; return RING_BAD_ARGUMENT; }
int packing_ifma_tables(packing_table *t) { (void)t; return RING_OK; }
void packing_forward_ifma(const packing_table *t, void *a, unsigned layers) { (void)t, (void)a, (void)layers; }
void packing_inverse_ifma(const packing_table *t, void *a, unsigned layers) { (void)t, (void)a, (void)layers; }
#define DISPATCH(level, call, ...) call##_portable(__VA_ARGS__)
#endif

void ring_forward(const ring_table *t, uint64_t *a) { DISPATCH(t->level, ring_forward, t, a); }
void ring_inverse(const ring_table *t, uint64_t *a) { DISPATCH(t->level, ring_inverse, t, a); }
void ring_add(const ring_table *t, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  DISPATCH(t->level, ring_add, &t->m, out, a, b, n);
}
void ring_subtract(const ring_table *t, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  DISPATCH(t->level, ring_subtract, &t->m, out, a, b, n);
}
void ring_negate(const ring_table *t, uint64_t *out, const uint64_t *a, size_t n) {
  DISPATCH(t->level, ring_negate, &t->m, out, a, n);
}
void ring_multiply(const ring_table *t, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  DISPATCH(t->level, ring_multiply, &t->m, out, a, b, n);
}
void ring_scale_add(const ring_table *t, uint64_t *out, const uint64_t *a, uint64_t scalar, const uint64_t *addend,
                    size_t n) {
  DISPATCH(t->level, ring_scale_add, &t->m, out, a, scalar, addend, n);
}
void ring_sum_of_products(const ring_table *t, uint64_t *out, const uint64_t *addend, const uint64_t *const *a,
                          const uint64_t *const *b, size_t count, size_t n) {
  DISPATCH(t->level, ring_sum_of_products, &t->m, out, addend, a, b, count, n);
}
void ring_reduce_wide(const ring_table *t, uint64_t *out, const uint64_t *source, size_t stride, unsigned words,
                      size_t n) {
  DISPATCH(t->level, ring_reduce_wide, &t->m, out, source, stride, words, n);
}
void ring_reduce_field(const ring_table *t, uint64_t *out, const void *source, uint64_t p_low, uint64_t p_high,
                       size_t n) {
  DISPATCH(t->level, ring_reduce_field, &t->m, out, source, p_low, p_high, n);
}
void ring_reduce_small(const ring_table *t, uint64_t *out, const int8_t *source, size_t n) {
  DISPATCH(t->level, ring_reduce_small, &t->m, out, source, n);
}
void ring_reduce_message(const ring_table *const *tables, unsigned count, uint64_t *const *out,
                         const ring_integers *x, uint64_t p_low, uint64_t p_high, size_t n) {
  int level = RING_IFMA;
  for (unsigned k = 0; k < count; k++)
    if (tables[k]->level < level) level = tables[k]->level;
#if defined(__x86_64__)
  if (level == RING_IFMA) {
    ring_reduce_message_ifma(tables, count, out, x, p_low, p_high, n);
    return;
  }
  if (level == RING_AVX2) {
    ring_reduce_message_avx2(tables, count, out, x, p_low, p_high, n);
    return;
  }
#endif
  for (unsigned k = 0; k < count; k++) ring_reduce_message_portable(&tables[k]->m, out[k], x, p_low, p_high, n);
}
void ring_switch_apply(const ring_switch *s, uint64_t *const *x, size_t n) {
  DISPATCH(s->program.level, ring_switch_apply, s, x, n);
}
void ring_recompose_apply(const ring_recompose *r, void *out, const uint64_t *const *x, size_t n) {
  DISPATCH(r->level, ring_recompose_apply, r, out, x, n);
}
