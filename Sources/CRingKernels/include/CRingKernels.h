// Kernels for the negacyclic ring Z_q[X]/(X^n + 1) in residue-number form, and for the packing transform modulo the
// plaintext prime. Every function works on one prime (or one plan) and whole vectors.
//
// Levels: 0 portable C, 1 AVX2 + FMA (double-precision products), 2 AVX-512 IFMA. All levels return the same bits:
// inputs and outputs are canonical residues in [0, q), in the same order. A table asked for a level that the CPU or
// the parameters (q >= 2^50, n < 64) do not allow silently uses the portable code; `ring_table_level` tells.
//
// No function here branches or indexes on residues, digits or coefficients: they may be secret. Vector loads are
// fastest when buffers are 64-byte aligned; alignment is not required.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RING_PORTABLE = 0, RING_AVX2 = 1, RING_IFMA = 2 };
enum { RING_OK = 0, RING_BAD_ARGUMENT = 1, RING_NO_MEMORY = 2 };
enum { RING_MAX_LIMBS = 16, RING_MAX_WORDS = 8, RING_MAX_BLOCK_PRODUCTS = 1024 };

/// The best level this CPU (and operating system) can run.
int ring_best_level(void);

/// Constants of one prime and its transform tables for one ring degree.
typedef struct ring_table ring_table;

/// Builds the tables of prime q < 2^62 for n = 2^log_n, 1 <= log_n <= 16. psi must be a primitive 2n-th root of unity:
/// checked (psi^n = -1), as is 3 <= q odd. Primality is the caller's business.
int ring_table_create(uint64_t q, unsigned log_n, uint64_t psi, int level, ring_table **out);
void ring_table_destroy(ring_table *table);
int ring_table_level(const ring_table *table);

/// In place, coefficients -> evaluations: out[k] = f(psi^(2 rev(k) + 1)), rev = reversal of log_n bits.
void ring_forward(const ring_table *table, uint64_t *a);
/// In place, the inverse of ring_forward.
void ring_inverse(const ring_table *table, uint64_t *a);

// Pointwise, n elements; out may be equal to an input.
void ring_add(const ring_table *table, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);
void ring_subtract(const ring_table *table, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);
void ring_negate(const ring_table *table, uint64_t *out, const uint64_t *a, size_t n);
void ring_multiply(const ring_table *table, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);
/// out = a * scalar + addend; scalar in [0, q) is public or secret alike; addend may be NULL.
void ring_scale_add(const ring_table *table, uint64_t *out, const uint64_t *a, uint64_t scalar,
                    const uint64_t *addend, size_t n);
/// out = addend + sum over j < count of a[j] * b[j], one reduction per element; addend may be NULL; count <= 16.
void ring_sum_of_products(const ring_table *table, uint64_t *out, const uint64_t *addend,
                          const uint64_t *const *a, const uint64_t *const *b, size_t count, size_t n);

/// out[j] += sum over k < count of a[k] * x[j * count + k], for factors x of n / 2^log_block residues that are each meant
/// for a block of 2^log_block equal ones; count <= RING_MAX_BLOCK_PRODUCTS. One reduction per element of out. RING_BAD_ARGUMENT,
/// RING_NO_MEMORY.
int ring_block_products(const ring_table *table, uint64_t *const *out, size_t outputs, const uint64_t *const *a,
                        const uint64_t *const *x, size_t count, size_t n, unsigned log_block);

// Integers to residues.
/// Signed integers of `words` 64-bit words, two's complement, word k of integer i at source[k * stride + i].
void ring_reduce_wide(const ring_table *table, uint64_t *out, const uint64_t *source, size_t stride, unsigned words,
                      size_t n);
/// Field elements in [0, p), 16 bytes each, little endian, lifted to [-(p-1)/2, (p-1)/2] first.
void ring_reduce_field(const ring_table *table, uint64_t *out, const void *source, uint64_t p_low, uint64_t p_high,
                       size_t n);
/// Small signed integers; |x| <= 127 and q > 127.
void ring_reduce_small(const ring_table *table, uint64_t *out, const int8_t *source, size_t n);

/// Integers x = p (y + w) + m, one per coefficient; what is NULL is 0.
typedef struct {
  const uint64_t *wide;  // y: as in ring_reduce_wide
  size_t stride;
  unsigned words;
  const int8_t *small;   // w: |w| <= 127
  const void *field;     // m: as in ring_reduce_field, lifted to [-(p-1)/2, (p-1)/2]
} ring_integers;
/// out[j] = x modulo the prime of tables[j], j < count <= RING_MAX_LIMBS: noise and messages of ciphertexts for all
/// primes in one pass over the integers. The level is the lowest of the tables; primes must be larger than 127.
void ring_reduce_message(const ring_table *const *tables, unsigned count, uint64_t *const *out,
                         const ring_integers *x, uint64_t p_low, uint64_t p_high, size_t n);

/// Uniform integers in [-offset, limit - offset] by rejection: candidates of `used` words, of which the top one keeps
/// the bits of top_mask, stay if they are at most limit.
typedef struct {
  unsigned used, words;  // used <= words <= RING_MAX_WORDS; results have `words` words
  uint64_t top_mask;
  uint64_t limit[RING_MAX_WORDS], offset[RING_MAX_WORDS];
} ring_interval;
/// Writes x - offset in two's complement for the candidates x <= limit among n, in their order, and returns how many they
/// are. Word k of integer i is at out[k * stride + i] and x[k * x_stride + i]; out has room for n and may hold anything
/// behind the kept ones. Constant time but for what is rejected.
size_t ring_keep_candidates(int level, const ring_interval *interval, uint64_t *out, size_t stride, const uint64_t *x,
                            size_t x_stride, size_t n);

/// Centred binomial values: out[i] = ones among the lowest 2 eta bits of words[i], minus eta; 1 <= eta <= 32.
void ring_centred_binomial(int level, int8_t *out, const uint64_t *words, unsigned eta, size_t n);

/// Drops the last primes of a chain, one at a time, with a correction that is a multiple of p:
/// d = [-c/p] mod q_l, centred; c <- (c + p d) / q_l. All steps are done in one pass over the coefficients.
typedef struct ring_switch ring_switch;
int ring_switch_create(const uint64_t *q, unsigned count, unsigned drop, uint64_t p_low, uint64_t p_high, int level,
                       ring_switch **out);
void ring_switch_destroy(ring_switch *plan);
/// x[i]: residues modulo q_i, i < count. Writes x[i] for i < count - drop and leaves the others unspecified.
void ring_switch_apply(const ring_switch *plan, uint64_t *const *x, size_t n);

/// Residues modulo q_0 ... q_(count-1) -> the representative in [-(Q-1)/2, (Q-1)/2] -> times factor, modulo p.
/// p = 2^127 - 851967, or an odd p < 2^62.
typedef struct ring_recompose ring_recompose;
int ring_recompose_create(const uint64_t *q, unsigned count, uint64_t p_low, uint64_t p_high, uint64_t factor_low,
                          uint64_t factor_high, int level, ring_recompose **out);
void ring_recompose_destroy(ring_recompose *plan);
/// out: n field elements in [0, p), 16 bytes each.
void ring_recompose_apply(const ring_recompose *plan, void *out, const uint64_t *const *x, size_t n);

/// Packing transform modulo p = 2^127 - 851967 (n <= 32768) or an odd p < 2^62: coefficients <-> slots in the order
/// of ring_forward.
typedef struct packing_table packing_table;
int packing_table_create(uint64_t p_low, uint64_t p_high, unsigned log_n, uint64_t psi_low, uint64_t psi_high,
                         int level, packing_table **out);
void packing_table_destroy(packing_table *table);
int packing_table_level(const packing_table *table);
/// The first `layers` layers of the coefficients -> slots transform, in place on n elements of 16 bytes in [0, p):
/// layers = log_n is the whole transform; fewer leave 2^layers blocks of polynomials modulo X^d - zeta_t, d = n /
/// 2^layers (component packing).
void packing_forward(const packing_table *table, void *a, unsigned layers);
/// The inverse of packing_forward with the same `layers`.
void packing_inverse(const packing_table *table, void *a, unsigned layers);

#ifdef __cplusplus
}
#endif
