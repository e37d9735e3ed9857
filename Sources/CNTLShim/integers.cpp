// Wide reductions, modulus switching, recomposition and the packing transform on NTL's ZZ and ZZ_p. Written straight from
// the formulas: this is what the fast kernels are compared with.
#include <NTL/ZZ_p.h>

#include <vector>

#include "shim_internal.hpp"

using NTL::ZZ;
using NTL::ZZ_p;

namespace {

ZZ fromPair(uint64_t low, uint64_t high) {
  uint64_t words[2] = {low, high};
  return shim::fromWords(words, 2);
}

bool validPrime(uint64_t q) {
  return q >= 3 && q % 2 == 1 && q >> 60 == 0 && NTL::ProbPrime(shim::fromWords(&q, 1), 20);
}

bool validChain(const uint64_t *q, unsigned count) {
  if (!q || count < 1 || count > 16) return false;
  for (unsigned i = 0; i < count; i++) {
    if (!validPrime(q[i])) return false;
    for (unsigned j = 0; j < i; j++)
      if (q[i] == q[j]) return false;
  }
  return true;
}

ZZ centred(const ZZ &x, const ZZ &q) {  // 0 <= x < q
  return 2 * x > q ? x - q : x;
}

// The integer in [0, Q) with the given residues, coefficient by coefficient.
struct Chain {
  std::vector<ZZ> q, weight;  // weight = (Q/q_i) ((Q/q_i)^-1 mod q_i)
  ZZ product;
  Chain(const uint64_t *primes, unsigned count) : product(1) {
    for (unsigned i = 0; i < count; i++) q.push_back(shim::fromWords(primes + i, 1)), product *= q.back();
    for (unsigned i = 0; i < count; i++) {
      ZZ rest = product / q[i];
      weight.push_back(rest * NTL::InvMod(rest % q[i], q[i]));
    }
  }
  template <class Rows>
  ZZ value(const Rows &x, size_t i) const {
    ZZ sum(0);
    for (size_t k = 0; k < q.size(); k++) {
      uint64_t residue = x[k][i];
      sum += weight[k] * shim::fromWords(&residue, 1);
    }
    return sum % product;
  }
};

template <class Rows>
bool canonical(const uint64_t *q, unsigned count, const Rows &x, size_t n) {
  for (unsigned k = 0; k < count; k++) {
    if (!x[k]) return false;
    for (size_t i = 0; i < n; i++)
      if (x[k][i] >= q[k]) return false;
  }
  return true;
}

}  // namespace

int ntl_reduce(uint64_t q, uint64_t *out, const uint64_t *source, size_t stride, unsigned words, size_t n) {
  if (!out || !source || q < 3 || q >> 60 || words < 1 || words > 16 || stride < n) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    ZZ whole = ZZ(1) << (long)(64 * words);
    std::vector<uint64_t> integer(words);
    for (size_t i = 0; i < n; i++) {
      for (unsigned k = 0; k < words; k++) integer[k] = source[k * stride + i];
      ZZ x = shim::fromWords(integer.data(), words);
      if (integer[words - 1] >> 63) x -= whole;
      out[i] = (uint64_t)NTL::rem(x, (long)q);
    }
    return (int)NTL_OK;
  });
}

int ntl_reduce_centred(uint64_t q, uint64_t *out, const void *source, uint64_t p_low, uint64_t p_high, size_t n) {
  if (!out || !source || q < 3 || q >> 60 || p_high >> 63 || (p_low & 1) == 0) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    const uint64_t *words = (const uint64_t *)source;
    ZZ p = fromPair(p_low, p_high);
    for (size_t i = 0; i < n; i++) {
      ZZ x = shim::fromWords(words + 2 * i, 2);
      if (x >= p) return (int)NTL_BAD_ARGUMENT;
      out[i] = (uint64_t)NTL::rem(centred(x, p), (long)q);
    }
    return (int)NTL_OK;
  });
}

int ntl_switch(const uint64_t *q, unsigned count, unsigned drop, uint64_t p_low, uint64_t p_high, uint64_t *const *x,
               size_t n) {
  if (!x) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    if (!validChain(q, count) || drop >= count || !canonical(q, count, x, n)) return (int)NTL_BAD_ARGUMENT;
    ZZ p = fromPair(p_low, p_high);
    if (p < 2) return (int)NTL_BAD_ARGUMENT;
    for (unsigned k = 0; k < count; k++)
      if (NTL::rem(p, (long)q[k]) == 0) return (int)NTL_BAD_ARGUMENT;
    Chain chain(q, count);
    std::vector<ZZ> inverse;
    for (unsigned k = 0; k < count; k++) inverse.push_back(NTL::InvMod(p % chain.q[k], chain.q[k]));
    for (size_t i = 0; i < n; i++) {
      ZZ c = chain.value(x, i), modulus = chain.product;
      for (unsigned l = count; l-- > count - drop;) {
        const ZZ &last = chain.q[l];
        ZZ digit = centred((-c * inverse[l]) % last, last);  // NTL's % is in [0, last)
        modulus /= last;
        c = ((c + p * digit) / last) % modulus;
      }
      for (unsigned k = 0; k < count - drop; k++) x[k][i] = (uint64_t)NTL::rem(c, (long)q[k]);
    }
    return (int)NTL_OK;
  });
}

int ntl_recompose(const uint64_t *q, unsigned count, uint64_t p_low, uint64_t p_high, uint64_t factor_low,
                  uint64_t factor_high, void *out, const uint64_t *const *x, size_t n) {
  if (!out || !x) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    ZZ p = fromPair(p_low, p_high), factor = fromPair(factor_low, factor_high);
    if (!validChain(q, count) || p < 2 || factor >= p || !canonical(q, count, x, n)) return (int)NTL_BAD_ARGUMENT;
    Chain chain(q, count);
    uint64_t *words = (uint64_t *)out;
    for (size_t i = 0; i < n; i++)
      shim::toWords(words + 2 * i, 2, (centred(chain.value(x, i), chain.product) * factor) % p);
    return (int)NTL_OK;
  });
}

int ntl_packing(uint64_t p_low, uint64_t p_high, unsigned log_n, uint64_t psi_low, uint64_t psi_high, unsigned layers,
                int inverse, void *a) {
  if (!a || log_n < 1 || log_n > 16 || layers > log_n || p_high >> 63) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    ZZ p = fromPair(p_low, p_high), psi = fromPair(psi_low, psi_high);
    long n = 1L << log_n;
    if (p < 3 || !NTL::ProbPrime(p, 20) || psi >= p || NTL::PowerMod(psi, n, p) != p - 1)
      return (int)NTL_BAD_ARGUMENT;
    uint64_t *words = (uint64_t *)a;
    NTL::ZZ_pPush push(p);
    std::vector<ZZ_p> x((size_t)n), z((size_t)n);
    for (size_t i = 0; i < (size_t)n; i++) {
      ZZ value = shim::fromWords(words + 2 * i, 2);
      if (value >= p) return (int)NTL_BAD_ARGUMENT;
      x[i] = NTL::conv<ZZ_p>(value);
    }
    ZZ_p root = NTL::conv<ZZ_p>(inverse ? NTL::InvMod(psi, p) : psi), power = NTL::conv<ZZ_p>(1);
    for (size_t i = 0; i < (size_t)n; i++) {
      size_t reversed = 0;
      for (unsigned k = 0; k < log_n; k++) reversed |= ((i >> k) & 1) << (log_n - 1 - k);
      z[reversed] = power;
      power *= root;
    }
    for (unsigned step = 0; step < layers; step++) {
      unsigned l = inverse ? layers - 1 - step : step;
      size_t blocks = (size_t)1 << l, h = (size_t)n >> (l + 1);
      for (size_t i = 0; i < blocks; i++)
        for (size_t j = 2 * h * i; j < 2 * h * i + h; j++) {
          if (inverse) {
            ZZ_p u = x[j];
            x[j] = u + x[j + h];
            x[j + h] = (u - x[j + h]) * z[blocks + i];
          } else {
            ZZ_p y = x[j + h] * z[blocks + i];
            x[j + h] = x[j] - y;
            x[j] += y;
          }
        }
    }
    if (inverse) {
      ZZ_p scale = NTL::inv(NTL::power(NTL::conv<ZZ_p>(2), (long)layers));  // p is odd
      for (auto &value : x) value *= scale;
    }
    for (size_t i = 0; i < (size_t)n; i++) shim::toWords(words + 2 * i, 2, NTL::rep(x[i]));
    return (int)NTL_OK;
  });
}
