// The negacyclic transform and pointwise arithmetic on NTL's zz_p.
#include <NTL/lzz_pX.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

#include "shim_internal.hpp"

using NTL::fftRep;
using NTL::zz_p;
using NTL::zz_pX;

struct ntl_transform {
  long q, n, log;
  NTL::zz_pContext context;
  std::vector<long> twist, untwist;  // psi^i, psi^-i
  std::vector<long> place;           // NTL's output index -> index in bit-reversed order
};

namespace {

bool validPrime(uint64_t q) {
  return q >= 3 && q % 2 == 1 && q >> 60 == 0 && NTL::ProbPrime(shim::fromWords(&q, 1), 20);
}

bool below(const uint64_t *a, size_t n, uint64_t q) {
  for (size_t i = 0; i < n; i++)
    if (a[i] >= q) return false;
  return true;
}

// The values of f at NTL's n-th roots of unity, in NTL's order, modulo the current modulus.
void evaluate(const ntl_transform *t, std::vector<long> &out, const std::vector<long> &f) {
  zz_pX x;
  x.SetLength(t->n);
  for (long i = 0; i < t->n; i++) x[i].LoopHole() = f[(size_t)i];
  x.normalize();
  fftRep rep;
  NTL::TofftRep(rep, x, t->log);
  for (long i = 0; i < t->n; i++) out[(size_t)i] = rep.tbl[0][i] % t->q;
}

}  // namespace

int ntl_transform_create(uint64_t q, unsigned log_n, uint64_t psi, ntl_transform **out) {
  if (!out) return NTL_BAD_ARGUMENT;
  *out = nullptr;
  if (log_n < 1 || log_n > 16 || psi == 0 || psi >= q) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    long n = 1L << log_n;
    if (!validPrime(q) || (q - 1) % (2 * (uint64_t)n) != 0) return (int)NTL_BAD_ARGUMENT;
    long p = (long)q, root = (long)psi;
    if (NTL::PowerMod(root, n, p) != p - 1) return (int)NTL_BAD_ARGUMENT;
    NTL::zz_pPush push;
    zz_p::UserFFTInit(p);
    auto t = std::make_unique<ntl_transform>();
    t->q = p, t->n = n, t->log = (long)log_n;
    t->context.save();
    t->twist.resize((size_t)n), t->untwist.resize((size_t)n), t->place.resize((size_t)n);
    long inverse = NTL::InvMod(root, p), a = 1, b = 1, square = NTL::MulMod(root, root, p), power = 1;
    std::unordered_map<long, long> exponent;  // psi^(2e) -> e
    for (long i = 0; i < n; i++) {
      t->twist[(size_t)i] = a, t->untwist[(size_t)i] = b, exponent[power] = i;
      a = NTL::MulMod(a, root, p), b = NTL::MulMod(b, inverse, p), power = NTL::MulMod(power, square, p);
    }
    std::vector<long> x((size_t)n, 0), roots((size_t)n);
    if (n > 1) x[1] = 1;
    evaluate(t.get(), roots, x);
    for (long i = 0; i < n; i++) {
      auto found = exponent.find(roots[(size_t)i]);
      if (found == exponent.end()) return (int)NTL_INTERNAL;
      long e = found->second, reversed = 0;
      for (long k = 0; k < t->log; k++) reversed |= ((e >> k) & 1) << (t->log - 1 - k);
      t->place[(size_t)i] = reversed;
    }
    *out = t.release();
    return (int)NTL_OK;
  });
}

void ntl_transform_destroy(ntl_transform *t) { delete t; }

int ntl_transform_forward(const ntl_transform *t, uint64_t *a) {
  if (!t || !a || !below(a, (size_t)t->n, (uint64_t)t->q)) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    NTL::zz_pPush push(t->context);
    std::vector<long> f((size_t)t->n), values((size_t)t->n);
    for (size_t i = 0; i < f.size(); i++) f[i] = NTL::MulMod((long)a[i], t->twist[i], t->q);
    evaluate(t, values, f);
    for (size_t i = 0; i < f.size(); i++) a[t->place[i]] = (uint64_t)values[i];
    return (int)NTL_OK;
  });
}

int ntl_transform_inverse(const ntl_transform *t, uint64_t *a) {
  if (!t || !a || !below(a, (size_t)t->n, (uint64_t)t->q)) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    NTL::zz_pPush push(t->context);
    fftRep rep;
    rep.SetSize(t->log);
    rep.len = t->n;
    for (long i = 0; i < t->n; i++) rep.tbl[0][i] = (long)a[t->place[(size_t)i]];
    zz_pX x;
    NTL::FromfftRep(x, rep, 0, t->n - 1);
    for (long i = 0; i < t->n; i++)
      a[i] = (uint64_t)NTL::MulMod(NTL::rep(NTL::coeff(x, i)), t->untwist[(size_t)i], t->q);
    return (int)NTL_OK;
  });
}

int ntl_pointwise(uint64_t q, int operation, uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n) {
  if (!out || !a || q < 3 || q >> 60 || operation < 0 || operation > 3 || !below(a, n, q)) return NTL_BAD_ARGUMENT;
  if (operation != 3 && (!b || !below(b, n, q))) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    long p = (long)q;
    NTL::mulmod_t inverse = NTL::PrepMulMod(p);
    for (size_t i = 0; i < n; i++) {
      long x = (long)a[i], r;
      switch (operation) {
        case 0: r = NTL::AddMod(x, (long)b[i], p); break;
        case 1: r = NTL::SubMod(x, (long)b[i], p); break;
        case 2: r = NTL::MulMod(x, (long)b[i], p, inverse); break;
        default: r = NTL::NegateMod(x, p); break;
      }
      out[i] = (uint64_t)r;
    }
    return (int)NTL_OK;
  });
}

int ntl_negacyclic_product(uint64_t q, uint64_t *out, const uint64_t *f, const uint64_t *g, size_t n) {
  if (!out || !f || !g || n < 1 || n > 65536 || !below(f, n, q) || !below(g, n, q)) return NTL_BAD_ARGUMENT;
  return shim::guarded([&] {
    if (!validPrime(q)) return (int)NTL_BAD_ARGUMENT;
    NTL::zz_pPush push((long)q);
    zz_pX x, y, z;
    x.SetLength((long)n), y.SetLength((long)n);
    for (size_t i = 0; i < n; i++) x[(long)i].LoopHole() = (long)f[i], y[(long)i].LoopHole() = (long)g[i];
    x.normalize(), y.normalize();
    NTL::mul(z, x, y);
    for (size_t i = 0; i < n; i++)
      out[i] = (uint64_t)NTL::rep(NTL::coeff(z, (long)i) - NTL::coeff(z, (long)(i + n)));
    return (int)NTL_OK;
  });
}
