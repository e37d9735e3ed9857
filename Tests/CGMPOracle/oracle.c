#include "CGMPOracle.h"

#include <gmp.h>

static void read_words(mpz_t z, const uint64_t *w, size_t count) { mpz_import(z, count, -1, 8, 0, 0, w); }

static void write_words(uint64_t *w, const mpz_t z) {
  size_t count = 0;
  w[0] = w[1] = 0;
  mpz_export(w, &count, -1, 8, 0, 0, z);   // at most two words: z < p < 2^128
}

typedef void (*operation)(mpz_t, const mpz_t, const mpz_t);

static int each(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t *p, operation apply) {
  if (!z || !x || !y || !p || (p[1] == 0 && p[0] < 2)) return 1;
  mpz_t a, b, m;
  mpz_inits(a, b, m, NULL);
  read_words(m, p, 2);
  for (size_t i = 0; i < n; i++) {
    read_words(a, x + 2 * i, 2);
    read_words(b, y + 2 * i, 2);
    apply(a, a, b);
    mpz_mod(a, a, m);
    write_words(z + 2 * i, a);
  }
  mpz_clears(a, b, m, NULL);
  return 0;
}

static void multiply(mpz_t z, const mpz_t x, const mpz_t y) { mpz_mul(z, x, y); }
static void add(mpz_t z, const mpz_t x, const mpz_t y) { mpz_add(z, x, y); }
static void subtract(mpz_t z, const mpz_t x, const mpz_t y) { mpz_sub(z, x, y); }

int gmp_oracle_multiply(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]) {
  return each(z, x, y, n, p, multiply);
}
int gmp_oracle_add(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]) {
  return each(z, x, y, n, p, add);
}
int gmp_oracle_subtract(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]) {
  return each(z, x, y, n, p, subtract);
}

int gmp_oracle_dot(uint64_t z[2], const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]) {
  if (!z || !x || !y || !p || (p[1] == 0 && p[0] < 2)) return 1;
  mpz_t a, b, s, m;
  mpz_inits(a, b, s, m, NULL);
  read_words(m, p, 2);
  for (size_t i = 0; i < n; i++) {
    read_words(a, x + 2 * i, 2);
    read_words(b, y + 2 * i, 2);
    mpz_addmul(s, a, b);
  }
  mpz_mod(s, s, m);
  write_words(z, s);
  mpz_clears(a, b, s, m, NULL);
  return 0;
}

int gmp_oracle_power(uint64_t z[2], const uint64_t x[2], const uint64_t e[2], const uint64_t p[2]) {
  if (!z || !x || !e || !p || (p[1] == 0 && p[0] < 2)) return 1;
  mpz_t a, k, m;
  mpz_inits(a, k, m, NULL);
  read_words(a, x, 2);
  read_words(k, e, 2);
  read_words(m, p, 2);
  mpz_powm(a, a, k, m);
  write_words(z, a);
  mpz_clears(a, k, m, NULL);
  return 0;
}

int gmp_oracle_reduce(uint64_t *z, const uint64_t *words, size_t width, size_t n, const uint64_t p[2]) {
  if (!z || !words || !p || width < 1 || width > 8 || (p[1] == 0 && p[0] < 2)) return 1;
  mpz_t a, m;
  mpz_inits(a, m, NULL);
  read_words(m, p, 2);
  for (size_t i = 0; i < n; i++) {
    read_words(a, words + width * i, width);
    mpz_mod(a, a, m);
    write_words(z + 2 * i, a);
  }
  mpz_clears(a, m, NULL);
  return 0;
}
