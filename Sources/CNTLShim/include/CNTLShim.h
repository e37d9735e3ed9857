// extern "C" shim over NTL. Every argument is validated before NTL sees it (Debian builds NTL without exceptions: its
// errors abort the process), every call pushes its own modulus, no C++ exception leaves, and no NTL type appears here.
// Not constant time: set-up, reference and tests.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NTL_OK = 0, NTL_BAD_ARGUMENT = 1, NTL_NOT_FOUND = 2, NTL_NO_MEMORY = 3, NTL_INTERNAL = 4 };

/// Miller-Rabin with `rounds` random bases after trial division; *prime is 0 or 1. value < 2^128, 1 <= rounds <= 100.
int ntl_is_probable_prime(uint64_t low, uint64_t high, unsigned rounds, int *prime);

/// The `count` largest primes below 2^bits that are 1 modulo `step`, descending; 3 <= bits <= 62, step even, < 2^bits.
int ntl_primes_below(unsigned bits, uint64_t step, size_t count, uint64_t *primes);

/// A primitive root of unity of order 2^log_order modulo the prime p (below 2^128, 1 modulo 2^log_order): the smallest
/// quadratic non-residue to the power (p-1)/2^log_order. root: two words, low first.
int ntl_root_of_unity(uint64_t low, uint64_t high, unsigned log_order, uint64_t root[2]);

/// z_i = x_i * y_i mod p; elements and p are two words, low first; p >= 2.
int ntl_field_multiply(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]);

/// c = a b mod p (mat_ZZ_p), row-major: rows x inner times inner x columns, each 1 ... 2^14.
int ntl_field_matrix(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner, size_t columns,
                     const uint64_t p[2]);

/// For benchmarks: repeats a vector addition (what 0), a vector product (1) over n elements, or an n x n matrix product
/// (2, n <= 1024) on NTL's own representation; x: n elements; sink: two words of the result.
int ntl_field_time(unsigned what, size_t n, size_t repetitions, const uint64_t *x, const uint64_t p[2], uint64_t *sink);

/// The negacyclic transform of one prime q (odd, below 2^60, 1 modulo 2^(log_n+1)): NTL's FFT over zz_p, twisted by the
/// powers of psi, a primitive 2n-th root of unity. Same order of evaluations as CRingKernels.
typedef struct ntl_transform ntl_transform;
int ntl_transform_create(uint64_t q, unsigned log_n, uint64_t psi, ntl_transform **out);
void ntl_transform_destroy(ntl_transform *transform);
int ntl_transform_forward(const ntl_transform *transform, uint64_t *a);
int ntl_transform_inverse(const ntl_transform *transform, uint64_t *a);

/// Pointwise modulo q < 2^60: 0 a + b, 1 a - b, 2 a * b, 3 -a (b ignored). All n inputs below q; out may be an input.
int ntl_pointwise(uint64_t q, int operation, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);

/// Signed integers of 1 ... 16 words, two's complement, word k of integer i at source[k * stride + i], modulo q < 2^60.
int ntl_reduce(uint64_t q, uint64_t *out, const uint64_t *source, size_t stride, unsigned words, size_t n);
/// n field elements of two words in [0, p), lifted to [-(p-1)/2, (p-1)/2], modulo q < 2^60. p odd, 3 <= p < 2^127.
int ntl_reduce_centred(uint64_t q, uint64_t *out, const void *source, uint64_t p_low, uint64_t p_high, size_t n);

/// Drops the last `drop` of `count` (1 ... 16) distinct odd primes below 2^60 with corrections that are multiples of p.
int ntl_switch(const uint64_t *q, unsigned count, unsigned drop, uint64_t p_low, uint64_t p_high, uint64_t *const *x,
               size_t n);
/// Chinese remaindering, centred, modulo p, times factor in [0, p); out: two words each.
int ntl_recompose(const uint64_t *q, unsigned count, uint64_t p_low, uint64_t p_high, uint64_t factor_low,
                  uint64_t factor_high, void *out, const uint64_t *const *x, size_t n);

/// The first `layers` <= log_n layers of the packing transform modulo the prime p (below 2^127), or of its inverse, on
/// n = 2^log_n elements of two words below p; psi a primitive 2n-th root of unity.
int ntl_packing(uint64_t p_low, uint64_t p_high, unsigned log_n, uint64_t psi_low, uint64_t psi_high, unsigned layers,
                int inverse, void *a);

/// f g modulo X^n + 1 and the prime q (odd, below 2^60) by zz_pX multiplication: an oracle independent of any transform.
int ntl_negacyclic_product(uint64_t q, uint64_t *out, const uint64_t *f, const uint64_t *g, size_t n);

#ifdef __cplusplus
}
#endif
