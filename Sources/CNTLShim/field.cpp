// Vectors and matrices over a prime field by NTL: oracle and yardstick of the field kernels.
#include <NTL/ZZ_p.h>
#include <NTL/mat_ZZ_p.h>

#include "shim_internal.hpp"

using NTL::ZZ;
using NTL::ZZ_p;

static ZZ_p element(const uint64_t *words) { return NTL::to_ZZ_p(shim::fromWords(words, 2)); }

int ntl_field_multiply(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n, const uint64_t p[2]) {
  if (!z || !x || !y || !p || n > ((size_t)1 << 30)) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    ZZ modulus = shim::fromWords(p, 2);
    if (modulus < 2) return (int)NTL_BAD_ARGUMENT;
    NTL::ZZ_pPush push(modulus);
    for (size_t i = 0; i < n; i++)
      shim::toWords(z + 2 * i, 2, NTL::rep(element(x + 2 * i) * element(y + 2 * i)));
    return (int)NTL_OK;
  });
}

int ntl_field_matrix(uint64_t *c, const uint64_t *a, const uint64_t *b, size_t rows, size_t inner, size_t columns,
                     const uint64_t p[2]) {
  const size_t limit = 1 << 14;
  if (!c || !a || !b || !p || rows < 1 || inner < 1 || columns < 1 || rows > limit || inner > limit ||
      columns > limit)
    return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    ZZ modulus = shim::fromWords(p, 2);
    if (modulus < 2) return (int)NTL_BAD_ARGUMENT;
    NTL::ZZ_pPush push(modulus);
    NTL::mat_ZZ_p x, y, z;
    x.SetDims((long)rows, (long)inner);
    y.SetDims((long)inner, (long)columns);
    for (size_t i = 0; i < rows; i++)
      for (size_t k = 0; k < inner; k++) x[(long)i][(long)k] = element(a + 2 * (i * inner + k));
    for (size_t k = 0; k < inner; k++)
      for (size_t j = 0; j < columns; j++) y[(long)k][(long)j] = element(b + 2 * (k * columns + j));
    NTL::mul(z, x, y);
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j < columns; j++) shim::toWords(c + 2 * (i * columns + j), 2, NTL::rep(z[(long)i][(long)j]));
    return (int)NTL_OK;
  });
}

int ntl_field_time(unsigned what, size_t n, size_t repetitions, const uint64_t *x, const uint64_t p[2], uint64_t *sink) {
  if (!x || !p || !sink || what > 2 || n < 1 || n > ((size_t)1 << 20) || (what == 2 && n > 1024))
    return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    ZZ modulus = shim::fromWords(p, 2);
    if (modulus < 2) return (int)NTL_BAD_ARGUMENT;
    NTL::ZZ_pPush push(modulus);
    if (what == 2) {
      NTL::mat_ZZ_p a, b;
      a.SetDims((long)n, (long)n);
      for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) a[(long)i][(long)j] = element(x + 2 * j) + (long)i;
      for (size_t r = 0; r < repetitions; r++) NTL::mul(b, a, a);
      shim::toWords(sink, 2, NTL::rep(b[0][0]));
      return (int)NTL_OK;
    }
    NTL::vec_ZZ_p a, b;
    a.SetLength((long)n);
    b.SetLength((long)n);
    for (size_t i = 0; i < n; i++) a[(long)i] = b[(long)i] = element(x + 2 * i);
    for (size_t r = 0; r < repetitions; r++)
      for (long i = 0; i < (long)n; i++) {
        if (what == 0) NTL::add(b[i], b[i], a[i]);
        else NTL::mul(b[i], b[i], a[i]);
      }
    shim::toWords(sink, 2, NTL::rep(b[0]));
    return (int)NTL_OK;
  });
}
