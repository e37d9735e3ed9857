// The implementations behind the dispatch, one set per level.
#pragma once
#include "ring_internal.h"

// The given level, or the next lower one that this build contains.
int ring_implemented_level(int level);
int ring_avx2_tables(ring_table *t);
int ring_ifma_tables(ring_table *t);

#define RING_LEVEL_FUNCTIONS(L)                                                                                      \
  void ring_forward_##L(const ring_table *, uint64_t *);                                                             \
  void ring_inverse_##L(const ring_table *, uint64_t *);                                                             \
  void ring_add_##L(const ring_modulus *, uint64_t *, const uint64_t *, const uint64_t *, size_t);                   \
  void ring_subtract_##L(const ring_modulus *, uint64_t *, const uint64_t *, const uint64_t *, size_t);              \
  void ring_negate_##L(const ring_modulus *, uint64_t *, const uint64_t *, size_t);                                  \
  void ring_multiply_##L(const ring_modulus *, uint64_t *, const uint64_t *, const uint64_t *, size_t);              \
  void ring_scale_add_##L(const ring_modulus *, uint64_t *, const uint64_t *, uint64_t, const uint64_t *, size_t);   \
  void ring_sum_of_products_##L(const ring_modulus *, uint64_t *, const uint64_t *, const uint64_t *const *,         \
                                const uint64_t *const *, size_t, size_t);                                            \
  void ring_reduce_wide_##L(const ring_modulus *, uint64_t *, const uint64_t *, size_t, unsigned, size_t);           \
  void ring_reduce_field_##L(const ring_modulus *, uint64_t *, const void *, uint64_t, uint64_t, size_t);            \
  void ring_reduce_small_##L(const ring_modulus *, uint64_t *, const int8_t *, size_t);

RING_LEVEL_FUNCTIONS(portable)
RING_LEVEL_FUNCTIONS(avx2)
RING_LEVEL_FUNCTIONS(ifma)

int ring_block_products_ifma(const ring_modulus *, uint64_t *const *, size_t, const uint64_t *const *,
                             const uint64_t *const *, size_t, size_t, unsigned);
// One prime at a time at the portable level, all of them in one pass at the others.
void ring_reduce_message_portable(const ring_modulus *, uint64_t *, const ring_integers *, uint64_t, uint64_t, size_t);
void ring_reduce_message_avx2(const ring_table *const *, unsigned, uint64_t *const *, const ring_integers *, uint64_t,
                              uint64_t, size_t);
void ring_reduce_message_ifma(const ring_table *const *, unsigned, uint64_t *const *, const ring_integers *, uint64_t,
                              uint64_t, size_t);

#define SAMPLING_FUNCTION(L)                                                                                        \
  void ring_shift_candidates_##L(const ring_interval *, uint64_t *, size_t, const uint64_t *, size_t, uint8_t *, size_t); \
  void ring_centred_binomial_##L(int8_t *, const uint64_t *, unsigned, size_t);
SAMPLING_FUNCTION(portable)
SAMPLING_FUNCTION(avx2)
SAMPLING_FUNCTION(ifma)

// Affine maps on residues: output i = c[i] + sum over j of digits[j] * b[i][j] modulo the prime of row i, where the
// digits are the inputs and the outputs of earlier rows. Modulus switching and Garner recomposition are two of them.
typedef struct {
  unsigned modulus;                 // index of the prime of this row
  unsigned terms;                   // number of products
  unsigned source[2 * RING_MAX_LIMBS];  // term j multiplies value[source[j]]
  uint64_t b[2 * RING_MAX_LIMBS];
  uint64_t c;
  unsigned target;                  // where the result goes in value[]
} affine_row;

typedef struct {
  ring_modulus m[RING_MAX_LIMBS];
  unsigned moduli, rows;
  affine_row row[RING_MAX_LIMBS];
  int level;
} affine_program;

struct ring_switch {
  affine_program program;  // value[i] = x[i] on entry
  unsigned count, keep;
};

struct ring_recompose {
  affine_program program;  // leaves Garner digit i of (value + (Q-1)/2) mod Q in value[i]
  unsigned count;
  int level, wide;         // wide: p127, else a word-sized p
  ring_modulus p;          // word-sized p only
  u128 weight[RING_MAX_LIMBS];  // factor * product of q_j, j < i, modulo p
  u128 offset;             // -factor * (Q-1)/2 modulo p
};

// The last step of recomposition on ready digits: n values of 16 bytes.
void ring_recompose_digits(const ring_recompose *, uint64_t *out, const uint64_t *const *digits, size_t n);
void ring_switch_apply_portable(const ring_switch *, uint64_t *const *, size_t);
void ring_switch_apply_avx2(const ring_switch *, uint64_t *const *, size_t);
void ring_switch_apply_ifma(const ring_switch *, uint64_t *const *, size_t);
void ring_recompose_apply_portable(const ring_recompose *, void *, const uint64_t *const *, size_t);
void ring_recompose_apply_avx2(const ring_recompose *, void *, const uint64_t *const *, size_t);
void ring_recompose_apply_ifma(const ring_recompose *, void *, const uint64_t *const *, size_t);

struct packing_table {
  unsigned log_n;
  int level, wide;
  ring_table *word;      // word-sized p
  u128 *w, *v;           // p127: psi^rev(k), psi^-rev(k)
  u128 scale[17];        // 2^-layers
  uint64_t *limbs_w, *limbs_v;  // IFMA: 3 x 52-bit limbs, in the order of the kernel
};
int packing_ifma_tables(packing_table *t);
// p127 only.
void packing_forward_portable(const packing_table *, void *, unsigned);
void packing_inverse_portable(const packing_table *, void *, unsigned);
void packing_forward_ifma(const packing_table *, void *, unsigned);
void packing_inverse_ifma(const packing_table *, void *, unsigned);
void packing_word_layers(const ring_table *t, uint64_t *a, unsigned layers, int inverse);
