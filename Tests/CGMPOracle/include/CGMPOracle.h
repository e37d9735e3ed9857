// Arithmetic modulo p by GMP, one element at a time: the oracle of the differential tests and a yardstick in the
// benchmarks. Elements are two 64-bit words, low first. Returns 0, or 1 for a bad argument (p < 2, null pointer).
#pragma once
#include <stddef.h>
#include <stdint.h>

int gmp_oracle_multiply(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]);
int gmp_oracle_add(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]);
int gmp_oracle_subtract(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]);
// z = sum of x_i y_i.
int gmp_oracle_dot(uint64_t z[2], const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]);
// z_i = w_i^e, and the value of `width` words (little endian) mod p.
int gmp_oracle_power(uint64_t z[2], const uint64_t x[2], const uint64_t e[2], const uint64_t p[2]);
int gmp_oracle_reduce(uint64_t *z, const uint64_t *words, size_t width, size_t n, const uint64_t p[2]);
