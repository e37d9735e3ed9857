// Primes and roots of unity.
#include "shim_internal.hpp"

using NTL::ZZ;

int ntl_is_probable_prime(uint64_t low, uint64_t high, unsigned rounds, int *prime) {
  if (!prime || rounds < 1 || rounds > 100) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    uint64_t words[2] = {low, high};
    *prime = NTL::ProbPrime(shim::fromWords(words, 2), (long)rounds) ? 1 : 0;
    return (int)NTL_OK;
  });
}

int ntl_primes_below(unsigned bits, uint64_t step, size_t count, uint64_t *primes) {
  if (!primes || bits < 3 || bits > 62 || step < 2 || step % 2 || step >> bits) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    uint64_t top = (uint64_t)1 << bits, k = (top - 2) / step;
    size_t found = 0;
    for (; found < count && k > 0; k--) {
      uint64_t candidate = k * step + 1;
      if (NTL::ProbPrime(shim::fromWords(&candidate, 1), 40)) primes[found++] = candidate;
    }
    return (int)(found == count ? NTL_OK : NTL_NOT_FOUND);
  });
}

int ntl_root_of_unity(uint64_t low, uint64_t high, unsigned log_order, uint64_t root[2]) {
  if (!root || log_order < 1 || log_order > 63) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    uint64_t words[2] = {low, high};
    ZZ p = shim::fromWords(words, 2), order = ZZ(1) << (long)log_order;
    if (p < 3 || (p - 1) % order != 0 || !NTL::ProbPrime(p, 40)) return (int)NTL_BAD_ARGUMENT;
    for (long x = 2; x < 10000 && ZZ(x) < p; x++) {
      if (NTL::Jacobi(ZZ(x), p) != -1) continue;  // p is odd and 0 < x < p
      shim::toWords(root, 2, NTL::PowerMod(ZZ(x), (p - 1) / order, p));
      return (int)NTL_OK;
    }
    return (int)NTL_NOT_FOUND;
  });
}
