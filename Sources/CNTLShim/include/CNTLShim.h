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

#ifdef __cplusplus
}
#endif
