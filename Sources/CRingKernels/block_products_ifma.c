// Sums of products with block-constant factors, AVX-512 IFMA level; q < 2^50.
//
// For one block this is a matrix product, outputs x count times count x block. A strip of at most STRIP columns of the
// block is copied together first, so that all outputs read it from the cache and its many sources are visited once; the
// factors of the block are copied as vectors, through vector registers only.
#if defined(__x86_64__)
#include "ifma.h"

enum { STRIP = 64, ROWS = 4 };

// Halves of up to 2^11 products and a residue, lo < 2^64 and hi < 2^59 -> [0, q).
IFMA_INLINE vec fold_long(vec hi, vec lo, vec r52, vec r52s, const vmod *v) {
  hi = add(hi, _mm512_srli_epi64(lo, 52));
  vec top = _mm512_srli_epi64(hi, 52);
  hi = add(barrett(clean(hi, v), v), clean(shoup52(v->zero, top, r52, r52s, v), v));  // below 4q < 2^52
  vec r = add(barrett(clean(lo, v), v), clean(shoup52(v->zero, hi, r52, r52s, v), v));
  return once(once(r, v->q2), v->q);
}

// `vectors` times 8 columns of `rows` outputs: out[j][at ...] += sum over k of strip[width k ...] * factor[8 (j count + k)].
IFMA_INLINE void tile(const vmod *v, vec r52, vec r52s, uint64_t *const *out, size_t at, const uint64_t *strip,
                      size_t width, const uint64_t *factor, size_t count, const int rows, const int vectors) {
  vec lo[ROWS][2], hi[ROWS][2];
  for (int j = 0; j < rows; j++) {
    for (int h = 0; h < vectors; h++) lo[j][h] = load(out[j] + at + 8 * h), hi[j][h] = v->zero;
  }
  for (size_t k = 0; k < count; k++) {
    const vec x0 = load(strip + k * width), x1 = vectors > 1 ? load(strip + k * width + 8) : v->zero;
    for (int j = 0; j < rows; j++) {
      const vec s = load(factor + 8 * (j * count + k));
      lo[j][0] = lo52(lo[j][0], x0, s), hi[j][0] = hi52(hi[j][0], x0, s);
      if (vectors > 1) lo[j][1] = lo52(lo[j][1], x1, s), hi[j][1] = hi52(hi[j][1], x1, s);
    }
  }
  for (int j = 0; j < rows; j++) {
    for (int h = 0; h < vectors; h++) store(out[j] + at + 8 * h, fold_long(hi[j][h], lo[j][h], r52, r52s, v));
  }
}

// All outputs of one tile.
IFMA_INLINE void tiles(const vmod *v, vec r52, vec r52s, uint64_t *const *out, size_t outputs, size_t at,
                       const uint64_t *strip, size_t width, const uint64_t *factor, size_t count, const int vectors) {
  size_t j = 0;
  for (; j + ROWS <= outputs; j += ROWS)
    tile(v, r52, r52s, out + j, at, strip, width, factor + 8 * j * count, count, ROWS, vectors);
  for (; j < outputs; j++)
    tile(v, r52, r52s, out + j, at, strip, width, factor + 8 * j * count, count, 1, vectors);
}

IFMA_TARGET int ring_block_products_ifma(const ring_modulus *m, uint64_t *const *out, size_t outputs,
                                         const uint64_t *const *a, const uint64_t *const *x, size_t count, size_t n,
                                         unsigned log_block) {
  const size_t factors = outputs * count, block = (size_t)1 << log_block, step = block < 8 ? 8 : block;
  uint64_t *strip = aligned_words(count * STRIP + 8 * factors);
  if (!strip) return RING_NO_MEMORY;
  uint64_t *factor = strip + count * STRIP;
  const vmod v = vmod_of(m);
  const vec r52 = splat(m->r52), r52s = splat(m->r52s);
  // Column c of a vector belongs to factor c >> log_block of the words that are loaded, 8 / block of them or one.
  const vec lanes = _mm512_srl_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), _mm_cvtsi32_si128((int)log_block));
  const __mmask8 words = log_block >= 3 ? 1 : (__mmask8)((1u << (8u >> log_block)) - 1);
  for (size_t begin = 0; begin < n; begin += step) {
    for (size_t j = 0; j < factors; j++)
      store(factor + 8 * j, _mm512_permutexvar_epi64(lanes, _mm512_maskz_loadu_epi64(words, x[j] + (begin >> log_block))));
    for (size_t first = 0; first < step; first += STRIP) {
      const size_t width = step - first < STRIP ? step - first : STRIP, start = begin + first;
      for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < width; i += 8) store(strip + k * width + i, load(a[k] + start + i));
      }
      if (width == 8) tiles(&v, r52, r52s, out, outputs, start, strip, width, factor, count, 1);
      for (size_t i = 0; i + 16 <= width; i += 16)
        tiles(&v, r52, r52s, out, outputs, start + i, strip + i, width, factor, count, 2);
    }
  }
  explicit_bzero(factor, 64 * factors);  // secret; the strip holds ciphertexts
  free(strip);
  return RING_OK;
}
#endif
