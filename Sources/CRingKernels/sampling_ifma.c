// Candidates of rejection sampling, AVX-512 level; borrows live in mask registers.
#if defined(__x86_64__)
#include "ifma.h"

IFMA_INLINE void shift(const ring_interval *v, unsigned used, uint64_t *out, size_t stride, const uint64_t *x,
                       size_t x_stride, uint8_t *rejected, size_t e) {
  for (size_t i = 0; i < e; i += 8) {
    __mmask8 large = 0, borrow = 0;
    for (unsigned k = 0; k < used; k++) {
      const vec limit = splat(v->limit[k]), offset = splat(v->offset[k]);
      vec y = load(x + k * x_stride + i);
      if (k + 1 == used) y = _mm512_and_si512(y, splat(v->top_mask));
      large = _kor_mask8(_mm512_cmpgt_epu64_mask(y, limit), _mm512_mask_cmpeq_epu64_mask(large, y, limit));
      vec d = sub(y, offset);
      store(out + k * stride + i, _mm512_mask_sub_epi64(d, borrow, d, splat(1)));
      borrow = _kor_mask8(_mm512_cmplt_epu64_mask(y, offset), _mm512_mask_cmpeq_epu64_mask(borrow, y, offset));
    }
    for (unsigned k = used; k < v->words; k++)
      store(out + k * stride + i, _mm512_maskz_mov_epi64(borrow, splat(~(uint64_t)0)));
    _mm_storel_epi64((__m128i *)(rejected + i), _mm512_cvtepi64_epi8(_mm512_maskz_mov_epi64(large, splat(1))));
  }
}

IFMA_TARGET void ring_shift_candidates_ifma(const ring_interval *v, uint64_t *out, size_t stride, const uint64_t *x,
                                            size_t x_stride, uint8_t *rejected, size_t n) {
  size_t e = n & ~(size_t)7;
  switch (v->used) {
    case 3: shift(v, 3, out, stride, x, x_stride, rejected, e); break;
    case 4: shift(v, 4, out, stride, x, x_stride, rejected, e); break;
    case 5: shift(v, 5, out, stride, x, x_stride, rejected, e); break;
    default: shift(v, v->used, out, stride, x, x_stride, rejected, e); break;
  }
  if (e < n) ring_shift_candidates_portable(v, out + e, stride, x + e, x_stride, rejected + e, n - e);
}

// Bits are counted by nibbles, then added up within each 64-bit word.
IFMA_TARGET void ring_centred_binomial_ifma(int8_t *out, const uint64_t *words, unsigned eta, size_t n) {
  const vec mask = splat(~(uint64_t)0 >> (64 - 2 * eta)), nibble = _mm512_set1_epi8(15), zero = _mm512_setzero_si512();
  const vec count = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const size_t e = n & ~(size_t)7;
  for (size_t i = 0; i < e; i += 8) {
    vec x = _mm512_and_si512(load(words + i), mask);
    vec low = _mm512_shuffle_epi8(count, _mm512_and_si512(x, nibble));
    vec high = _mm512_shuffle_epi8(count, _mm512_and_si512(_mm512_srli_epi64(x, 4), nibble));
    vec sum = sub(_mm512_sad_epu8(_mm512_add_epi8(low, high), zero), splat(eta));
    _mm_storel_epi64((__m128i *)(out + i), _mm512_cvtepi64_epi8(sum));
  }
  if (e < n) ring_centred_binomial_portable(out + e, words + e, eta, n - e);
}
#endif
