// Shared by the translation units of this target; not visible to Swift.
#pragma once
#include <stdlib.h>
#include <string.h>

#include "include/CRingKernels.h"

typedef unsigned __int128 u128;

// clang vectorises 64-bit modular loops into slow SSE2 sequences; the portable loops stay scalar.
#define SCALAR_LOOP _Pragma("clang loop vectorize(disable)")

// Constants of one prime q.
typedef struct {
  uint64_t q;
  unsigned bits;              // 2^(bits-1) <= q < 2^bits
  uint64_t one64;             // floor(2^64 / q)
  uint64_t r64, r64s;         // 2^64 mod q and floor(r64 * 2^64 / q)
  uint64_t one52, r52, r52s;  // the same for 2^52; q < 2^50 only
  uint64_t mu;                // floor(2^(50 + bits) / q); q < 2^50 only
  double qd, qinv;            // q and 1/q as doubles
  uint64_t pow64[RING_MAX_WORDS + 1];               // 2^(64 k) mod q
  uint64_t pow48[(64 * RING_MAX_WORDS) / 48 + 2];   // 2^(48 k) mod q
  uint64_t pow52[(64 * RING_MAX_WORDS) / 52 + 2];   // 2^(52 k) mod q
} ring_modulus;

struct ring_table {
  ring_modulus m;
  unsigned log_n;
  int level;
  uint64_t ninv, ninvs, nw, nws;    // 1/n, z^-1[1]/n and their Shoup factors in the word size of the level
  // Powers z[k] = psi^rev(k) and Shoup factors floor(z * 2^B / q), B = 64 (portable) or 52 (IFMA); w: forward, v: inverse.
  uint64_t *w, *ws, *v, *vs;
  // AVX2: z and z/q as doubles.
  double *dw, *dws, *dv, *dvs;
  double dninv, dninvs, dnw, dnws;
};

// All ones if a < b, else 0; any 64-bit values.
static inline uint64_t mask_less(uint64_t a, uint64_t b) {
  return 0 - (uint64_t)(((u128)a - b) >> 127);
}

// x in [0, 2m) -> [0, m); m < 2^63. Written with a mask: `x < m ? x : x - m` may become a branch.
static inline uint64_t reduce_once(uint64_t x, uint64_t m) {
  uint64_t d = x - m;
  return d + (m & (0 - (d >> 63)));
}

static inline uint64_t mulhi64(uint64_t a, uint64_t b) { return (uint64_t)(((u128)a * b) >> 64); }

// Shoup: any y < 2^64, w in [0, q), ws = floor(w * 2^64 / q): y * w mod q in [0, 2q).
static inline uint64_t shoup_lazy(uint64_t y, uint64_t w, uint64_t ws, uint64_t q) {
  return y * w - mulhi64(y, ws) * q;
}

// x < 2^128 -> [0, q), q < 2^62: both halves come out below 2q, their sum below 4q < 2^64.
static inline uint64_t reduce128(const ring_modulus *m, u128 x) {
  uint64_t hi = (uint64_t)(x >> 64), lo = (uint64_t)x, q = m->q;
  uint64_t r = shoup_lazy(hi, m->r64, m->r64s, q) + (lo - mulhi64(lo, m->one64) * q);
  r = reduce_once(r, 2 * q);
  return reduce_once(r, q);
}

void ring_modulus_init(ring_modulus *m, uint64_t q);
uint64_t mod_power(const ring_modulus *m, uint64_t base, uint64_t exponent);
static inline uint64_t mod_multiply(const ring_modulus *m, uint64_t a, uint64_t b) { return reduce128(m, (u128)a * b); }
static inline uint64_t half_mod(const ring_modulus *m, uint64_t a) { return (a + (m->q & (0 - (a & 1)))) >> 1; }
static inline uint64_t shoup_factor(uint64_t w, uint64_t q, unsigned b) { return (uint64_t)(((u128)w << b) / q); }
static inline unsigned reverse_bits(unsigned i, unsigned bits) {
  unsigned r = 0;
  for (unsigned k = 0; k < bits; k++) r |= ((i >> k) & 1) << (bits - 1 - k);
  return r;
}
void explicit_bzero(void *, size_t);
void *aligned_words(size_t count);  // count 64-bit words, 64-byte aligned, zeroed; NULL if out of memory

// p = 2^61 - FOLD61.
#define FOLD61 2031615u
#define P61 (((uint64_t)1 << 61) - FOLD61)

// p = 2^127 - FOLD.
#define FOLD 851967u
#define P127_HIGH 0x7fffffffffffffffull
#define P127_LOW (0ull - FOLD)
static inline u128 p127(void) { return ((u128)P127_HIGH << 64) | P127_LOW; }
static inline int is_p127(uint64_t low, uint64_t high) { return low == P127_LOW && high == P127_HIGH; }

// x in [0, 2p) as a 128-bit value -> [0, p).
static inline u128 p127_reduce_once(u128 x) {
  u128 d = x - p127();
  return d + (p127() & (0 - (d >> 127)));
}
// high * 2^128 + low -> [0, p), high < 2^127 (so that the first fold fits).
static inline u128 p127_fold(u128 high, u128 low) {
  const u128 mask = ((u128)1 << 127) - 1;
  // x = h 2^127 + l with h < 2^128; h * FOLD = (h1 2^64 + h0) FOLD < 2^148.
  u128 h = (high << 1) | (low >> 127), l = low & mask;
  u128 t0 = (u128)(uint64_t)h * FOLD;                                  // < 2^84
  u128 t1 = (u128)(uint64_t)(h >> 64) * FOLD + (uint64_t)(t0 >> 64);   // < 2^84 + 2^20
  // h FOLD = t1 2^64 + (t0 mod 2^64); its part above 2^127 is t1 >> 63 < 2^22.
  u128 r = (((u128)((uint64_t)t1 & P127_HIGH)) << 64) | (uint64_t)t0;  // < 2^127
  r += l;                                                              // < 2^128
  u128 top = (u128)(uint64_t)(t1 >> 63) + (r >> 127);
  r = (r & mask) + top * FOLD;                                         // < 2^127 + 2^43 < 2p
  return p127_reduce_once(r);
}
static inline u128 p127_multiply(u128 a, u128 b) {  // a, b < 2^127
  uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
  u128 ll = (u128)a0 * b0, lh = (u128)a0 * b1, hl = (u128)a1 * b0, hh = (u128)a1 * b1;
  u128 mid = lh + (uint64_t)(ll >> 64);               // < 2^127 + 2^64
  u128 mid2 = hl + (uint64_t)mid;
  u128 high = hh + (uint64_t)(mid >> 64) + (uint64_t)(mid2 >> 64);
  u128 low = (mid2 << 64) | (uint64_t)ll;
  return p127_fold(high, low);
}
