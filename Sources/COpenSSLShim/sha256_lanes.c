// SHA-256 (FIPS 180-4) of sixteen messages of one length at a time: lane l of every vector belongs to message l.
// Written with vector extensions; the AVX-512 copy has a rotation instruction and 32 registers.
#include <string.h>

#include "spdz_crypto.h"

#if defined(__x86_64__)
#include <immintrin.h>

typedef uint32_t lanes __attribute__((vector_size(64)));

#define LANES_INLINE static inline __attribute__((always_inline, target("avx512f,avx512bw")))

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

LANES_INLINE lanes rotate(lanes x, int n) { return (x >> n) | (x << (32 - n)); }

// One block of every message; w holds its sixteen words and is overwritten.
LANES_INLINE void compress(lanes state[8], lanes w[16]) {
  lanes a = state[0], b = state[1], c = state[2], d = state[3];
  lanes e = state[4], f = state[5], g = state[6], h = state[7];
#pragma clang loop unroll_count(16)
  for (int t = 0; t < 64; t++) {
    int i = t & 15;
    if (t >= 16) {
      lanes x = w[(i + 1) & 15], y = w[(i + 14) & 15];
      w[i] += (rotate(x, 7) ^ rotate(x, 18) ^ (x >> 3)) + w[(i + 9) & 15] +
              (rotate(y, 17) ^ rotate(y, 19) ^ (y >> 10));
    }
    lanes t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + w[i] + round_constants[t];
    lanes t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

__attribute__((target("avx512f,avx512bw"))) static void hash_lanes(const uint8_t *bytes, size_t blocks,
                                                                   uint8_t *digests) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  lanes state[8], w[16];
  for (int i = 0; i < 8; i++) state[i] = (lanes){0} + start[i];
  for (size_t block = 0; block < blocks; block++) {
    for (int i = 0; i < 16; i++) {
      w[i] = (lanes)_mm512_shuffle_epi8(_mm512_loadu_si512(bytes + 1024 * block + 64 * (size_t)i), swap);
    }
    compress(state, w);
  }
  uint64_t bits = 512 * (uint64_t)blocks;
  for (int i = 0; i < 16; i++) w[i] = (lanes){0};
  w[0] += 0x80000000u;
  w[14] += (uint32_t)(bits >> 32);
  w[15] += (uint32_t)bits;
  compress(state, w);
  for (int i = 0; i < 8; i++) {
    for (int l = 0; l < 16; l++) {
      uint32_t word = __builtin_bswap32(state[i][l]);
      memcpy(digests + 32 * l + 4 * i, &word, 4);
    }
  }
}

static int has_lanes(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"); }
#else
static int has_lanes(void) { return 0; }
static void hash_lanes(const uint8_t *bytes, size_t blocks, uint8_t *digests) {
  (void)bytes, (void)blocks, (void)digests;
}
#endif

int spdz_sha256_lanes(const void *bytes, size_t blocks, int allow_vectors, uint8_t *digests) {
  if (allow_vectors && has_lanes()) {
    hash_lanes(bytes, blocks, digests);
    return 1;
  }
  // Word by word into sixteen messages, 32 blocks at a time.
  enum { most = 32 };
  static _Thread_local uint8_t messages[16][64 * most];
  spdz_sha256_state states[16];
  for (int l = 0; l < 16; l++) spdz_sha256_start(&states[l]);
  const uint8_t *next = bytes;
  for (size_t done = 0; done < blocks;) {
    size_t count = blocks - done < most ? blocks - done : most;
    for (size_t i = 0; i < 16 * count; i++) {
      for (int l = 0; l < 16; l++, next += 4) memcpy(&messages[l][4 * i], next, 4);
    }
    for (int l = 0; l < 16; l++) spdz_sha256_update(&states[l], messages[l], 64 * count);
    done += count;
  }
  for (int l = 0; l < 16; l++) spdz_sha256_finish(&states[l], digests + 32 * l);
  return 0;
}
