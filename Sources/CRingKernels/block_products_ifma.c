// Sums of products with block-constant factors, AVX-512 IFMA level; q < 2^50.
//
// For one block this is a matrix product, outputs x count times count x block. A strip of at most STRIP columns of the
// block is copied together first, so that all outputs read it from the cache and its many sources are visited once.
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

// 16 columns of `rows` outputs: out[j][0..16) += sum over k of strip[16 k ..] * scalar[j * count + k].
IFMA_INLINE void tile(const vmod *v, vec r52, vec r52s, uint64_t *const *out, size_t at, const uint64_t *strip,
                      size_t width, const uint64_t *scalar, size_t count, const int rows) {
  vec lo[ROWS][2], hi[ROWS][2];
  for (int j = 0; j < rows; j++) {
    for (int h = 0; h < 2; h++) lo[j][h] = load(out[j] + at + 8 * h), hi[j][h] = v->zero;
  }
  for (size_t k = 0; k < count; k++) {
    const vec x0 = load(strip + k * width), x1 = load(strip + k * width + 8);
    for (int j = 0; j < rows; j++) {
      const vec s = splat(scalar[j * count + k]);
      lo[j][0] = lo52(lo[j][0], x0, s), hi[j][0] = hi52(hi[j][0], x0, s);
      lo[j][1] = lo52(lo[j][1], x1, s), hi[j][1] = hi52(hi[j][1], x1, s);
    }
  }
  for (int j = 0; j < rows; j++) {
    for (int h = 0; h < 2; h++) store(out[j] + at + 8 * h, fold_long(hi[j][h], lo[j][h], r52, r52s, v));
  }
}

IFMA_TARGET int ring_block_products_ifma(const ring_modulus *m, uint64_t *const *out, size_t outputs,
                                         const uint64_t *const *a, const uint64_t *const *x, size_t count, size_t n,
                                         size_t block) {
  uint64_t *strip = aligned_words(count * STRIP + outputs * count);
  if (!strip) return RING_NO_MEMORY;
  uint64_t *scalar = strip + count * STRIP;
  const vmod v = vmod_of(m);
  const vec r52 = splat(m->r52), r52s = splat(m->r52s);
  for (size_t t = 0; t < n / block; t++) {
    for (size_t j = 0; j < outputs * count; j++) scalar[j] = x[j][t];
    for (size_t first = 0; first < block; first += STRIP) {
      const size_t width = block - first < STRIP ? block - first : STRIP, start = t * block + first;
      for (size_t k = 0; k < count; k++) memcpy(strip + k * width, a[k] + start, 8 * width);
      for (size_t i = 0; i < width; i += 16) {
        size_t j = 0;
        for (; j + ROWS <= outputs; j += ROWS)
          tile(&v, r52, r52s, out + j, start + i, strip + i, width, scalar + j * count, count, ROWS);
        for (; j < outputs; j++)
          tile(&v, r52, r52s, out + j, start + i, strip + i, width, scalar + j * count, count, 1);
      }
    }
  }
  explicit_bzero(scalar, 8 * outputs * count);  // secret; the strip holds ciphertexts
  free(strip);
  return RING_OK;
}
#endif
