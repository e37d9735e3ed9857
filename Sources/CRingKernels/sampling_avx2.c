// Candidates of rejection sampling, AVX2 level; unsigned comparisons are signed ones of numbers with the top bit flipped.
#if defined(__x86_64__)
#include "avx2.h"

AVX2_INLINE ivec greater(ivec a, ivec b) {
  const ivec top = isplat((uint64_t)1 << 63);
  return _mm256_cmpgt_epi64(_mm256_xor_si256(a, top), _mm256_xor_si256(b, top));
}

// The lowest byte of each 64-bit word.
AVX2_INLINE void store_bytes(void *out, ivec x) {
  const ivec bytes = _mm256_setr_epi8(0, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 8, -1, -1,
                                      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  ivec y = _mm256_shuffle_epi8(x, bytes);
  _mm_storeu_si32(out, _mm_or_si128(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1)));
}

AVX2_TARGET void ring_shift_candidates_avx2(const ring_interval *v, uint64_t *out, size_t stride, const uint64_t *x,
                                            size_t x_stride, uint8_t *rejected, size_t n) {
  const size_t e = n & ~(size_t)3;
  for (size_t i = 0; i < e; i += 4) {
    ivec large = _mm256_setzero_si256(), borrow = large;  // all ones or 0
    for (unsigned k = 0; k < v->used; k++) {
      const ivec limit = isplat(v->limit[k]), offset = isplat(v->offset[k]);
      ivec y = iload(x + k * x_stride + i);
      if (k + 1 == v->used) y = _mm256_and_si256(y, isplat(v->top_mask));
      large = _mm256_or_si256(greater(y, limit), _mm256_and_si256(large, _mm256_cmpeq_epi64(y, limit)));
      istore(out + k * stride + i, _mm256_add_epi64(_mm256_sub_epi64(y, offset), borrow));
      borrow = _mm256_or_si256(greater(offset, y), _mm256_and_si256(borrow, _mm256_cmpeq_epi64(y, offset)));
    }
    for (unsigned k = v->used; k < v->words; k++) istore(out + k * stride + i, borrow);
    store_bytes(rejected + i, _mm256_and_si256(large, isplat(1)));
  }
  if (e < n) ring_shift_candidates_portable(v, out + e, stride, x + e, x_stride, rejected + e, n - e);
}

// Bits are counted by nibbles, then added up within each 64-bit word.
AVX2_TARGET void ring_centred_binomial_avx2(int8_t *out, const uint64_t *words, unsigned eta, size_t n) {
  const ivec mask = isplat(~(uint64_t)0 >> (64 - 2 * eta)), nibble = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
  const ivec count = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const size_t e = n & ~(size_t)3;
  for (size_t i = 0; i < e; i += 4) {
    ivec x = _mm256_and_si256(iload(words + i), mask);
    ivec low = _mm256_shuffle_epi8(count, _mm256_and_si256(x, nibble));
    ivec high = _mm256_shuffle_epi8(count, _mm256_and_si256(_mm256_srli_epi64(x, 4), nibble));
    store_bytes(out + i, _mm256_sub_epi64(_mm256_sad_epu8(_mm256_add_epi8(low, high), zero), isplat(eta)));
  }
  if (e < n) ring_centred_binomial_portable(out + e, words + e, eta, n - e);
}
#endif
