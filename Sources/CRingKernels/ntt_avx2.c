// Negacyclic transform, AVX2 + FMA level: two layers a pass on vectors of four doubles, depth first below 4096
// coefficients, the last two layers inside pairs of vectors. Between passes the buffer holds doubles.
//
// Bounds in units of q. Lazy, q < 2^48: a layer maps the bound B to B + 1/2 + B/16, so 15 layers lead from 1 to less
// than 15 < 2^52/q and nothing is reduced on the way. Otherwise (q < 2^50) the X side of a pass is reduced first, and a
// pass maps B = 3 to less than 2.7.
#if defined(__x86_64__)
#include "avx2.h"

#define BLOCK_LOG 12

AVX2_INLINE void butterfly(dvec *x, dvec *y, dvec w, dvec wq, const dmod *m, int reducing) {
  dvec u = reducing ? dreduce(*x, m) : *x, t = dmultiply(*y, w, wq, m);
  *x = _mm256_add_pd(u, t), *y = _mm256_sub_pd(u, t);
}

// `first`: the buffer holds integers.
AVX2_INLINE dvec fetch(const uint64_t *p, int first) { return first ? from_integer(iload(p)) : dload(p); }

AVX2_INLINE void pass4(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count, int first, int reducing) {
  const dmod m = dmod_of(&t->m);
  const double *w = t->dw, *s = t->dws;
  for (size_t i = 0; i < count; i++, k++, a += 4 * h) {
    const dvec w1 = dsplat(w[k]), s1 = dsplat(s[k]), w2 = dsplat(w[2 * k]), s2 = dsplat(s[2 * k]),
               w3 = dsplat(w[2 * k + 1]), s3 = dsplat(s[2 * k + 1]);
    for (size_t j = 0; j < h; j += 4) {
      dvec x0 = fetch(a + j, first), x1 = fetch(a + j + h, first), x2 = fetch(a + j + 2 * h, first),
           x3 = fetch(a + j + 3 * h, first);
      butterfly(&x0, &x2, w1, s1, &m, reducing);
      butterfly(&x1, &x3, w1, s1, &m, reducing);
      butterfly(&x0, &x1, w2, s2, &m, 0);
      butterfly(&x2, &x3, w3, s3, &m, 0);
      dstore(a + j, x0), dstore(a + j + h, x1), dstore(a + j + 2 * h, x2), dstore(a + j + 3 * h, x3);
    }
  }
}

AVX2_INLINE void pass2(const ring_table *t, uint64_t *a, size_t h, int first) {  // the first layer, whole vector
  const dmod m = dmod_of(&t->m);
  const dvec w = dsplat(t->dw[1]), s = dsplat(t->dws[1]);
  for (size_t j = 0; j < h; j += 4) {
    dvec x = fetch(a + j, first), y = fetch(a + j + h, first);
    butterfly(&x, &y, w, s, &m, 0);
    dstore(a + j, x), dstore(a + j + h, y);
  }
}

// 0 0 1 1 of two doubles.
AVX2_INLINE dvec pair_lanes(const double *p) {
  return _mm256_permute4x64_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p)), 0x50);
}

// The last two layers of n coefficients; k is the index of the first power among n/4. Leaves canonical integers.
AVX2_INLINE void tail(const ring_table *t, uint64_t *a, size_t n, size_t k, int reducing) {
  const dmod m = dmod_of(&t->m);
  for (size_t i = 0; i < n; i += 8, k += 2) {
    dvec x = dload(a + i), y = dload(a + i + 4);  // x0 x1 x2 x3, y0 y1 y2 y3
    dvec u = _mm256_permute2f128_pd(x, y, 0x20), v = _mm256_permute2f128_pd(x, y, 0x31);
    butterfly(&u, &v, pair_lanes(t->dw + k), pair_lanes(t->dws + k), &m, reducing);
    dvec e = _mm256_unpacklo_pd(u, v), o = _mm256_unpackhi_pd(u, v);  // x0 x2 y0 y2, x1 x3 y1 y3
    butterfly(&e, &o, _mm256_loadu_pd(t->dw + 2 * k), _mm256_loadu_pd(t->dws + 2 * k), &m, 0);
    e = positive(dreduce(e, &m), &m), o = positive(dreduce(o, &m), &m);
    u = _mm256_unpacklo_pd(e, o), v = _mm256_unpackhi_pd(e, o);
    istore(a + i, to_integer(_mm256_permute2f128_pd(u, v, 0x20)));
    istore(a + i + 4, to_integer(_mm256_permute2f128_pd(u, v, 0x31)));
  }
}

AVX2_INLINE void forward_block(const ring_table *t, uint64_t *a, unsigned log, size_t k, int reducing) {
  size_t count = 1;
  for (unsigned below = log; below > 2;) {
    below -= 2;
    pass4(t, a, (size_t)1 << below, k, count, 0, reducing);
    count *= 4, k *= 4;
  }
  tail(t, a, (size_t)1 << log, k, reducing);
}

AVX2_INLINE void forward(const ring_table *t, uint64_t *a, int reducing) {
  // The first pass converts. One layer if log_n is odd, else two; log_n >= 6, so the tail never comes first.
  unsigned log = t->log_n, layers = log & 1 ? 1 : 2, below = log - layers;
  if (layers == 1)
    pass2(t, a, (size_t)1 << below, 1);
  else
    pass4(t, a, (size_t)1 << below, 1, 1, 1, reducing);
  size_t k = (size_t)1 << layers, count = k;
  while (below > BLOCK_LOG) {
    below -= 2;
    pass4(t, a, (size_t)1 << below, k, count, 0, reducing);
    k *= 4, count *= 4;
  }
  for (size_t i = 0; i < count; i++) forward_block(t, a + (i << below), below, k + i, reducing);
}

AVX2_TARGET static void forward_lazy(const ring_table *t, uint64_t *a) { forward(t, a, 0); }
AVX2_TARGET static void forward_reducing(const ring_table *t, uint64_t *a) { forward(t, a, 1); }
void ring_forward_avx2(const ring_table *t, uint64_t *a) {
  (t->m.bits > 48 ? forward_reducing : forward_lazy)(t, a);
}

// ---- Inverse. Lazy: only the element that was a sum in both layers (up to 4B) is reduced at the end of a pass; B stays
// below 4/3. Reducing: every sum is reduced; B stays at 1.

AVX2_INLINE void unbutterfly(dvec *x, dvec *y, dvec w, dvec wq, const dmod *m, int reducing) {
  dvec s = _mm256_add_pd(*x, *y), d = _mm256_sub_pd(*x, *y);
  *x = reducing ? dreduce(s, m) : s;
  *y = dmultiply(d, w, wq, m);
}

AVX2_INLINE void unpass4(const ring_table *t, uint64_t *a, size_t h, size_t k, size_t count, int last, int reducing) {
  const dmod m = dmod_of(&t->m);
  const double *w = t->dv, *s = t->dvs;
  for (size_t i = 0; i < count; i++, k++, a += 4 * h) {
    const dvec w1 = dsplat(last ? t->dnw : w[k]), s1 = dsplat(last ? t->dnws : s[k]), w2 = dsplat(w[2 * k]),
               s2 = dsplat(s[2 * k]), w3 = dsplat(w[2 * k + 1]), s3 = dsplat(s[2 * k + 1]);
    const dvec ni = dsplat(t->dninv), nis = dsplat(t->dninvs);
    for (size_t j = 0; j < h; j += 4) {
      dvec x0 = dload(a + j), x1 = dload(a + j + h), x2 = dload(a + j + 2 * h), x3 = dload(a + j + 3 * h);
      unbutterfly(&x0, &x1, w2, s2, &m, reducing);
      unbutterfly(&x2, &x3, w3, s3, &m, reducing);
      unbutterfly(&x0, &x2, w1, s1, &m, reducing);
      unbutterfly(&x1, &x3, w1, s1, &m, reducing);
      if (last) {
        istore(a + j, canonical_integer(dmultiply(x0, ni, nis, &m), &m));
        istore(a + j + h, canonical_integer(dmultiply(x1, ni, nis, &m), &m));
        istore(a + j + 2 * h, canonical_integer(x2, &m)), istore(a + j + 3 * h, canonical_integer(x3, &m));
      } else {
        dstore(a + j, reducing ? x0 : dreduce(x0, &m)), dstore(a + j + h, x1);
        dstore(a + j + 2 * h, x2), dstore(a + j + 3 * h, x3);
      }
    }
  }
}

AVX2_INLINE void unpass2(const ring_table *t, uint64_t *a, size_t h) {  // the last layer, whole vector
  const dmod m = dmod_of(&t->m);
  const dvec w = dsplat(t->dnw), s = dsplat(t->dnws), ni = dsplat(t->dninv), nis = dsplat(t->dninvs);
  for (size_t j = 0; j < h; j += 4) {
    dvec x = dload(a + j), y = dload(a + j + h);
    unbutterfly(&x, &y, w, s, &m, 0);
    istore(a + j, canonical_integer(dmultiply(x, ni, nis, &m), &m)), istore(a + j + h, canonical_integer(y, &m));
  }
}

AVX2_INLINE void untail(const ring_table *t, uint64_t *a, size_t n, size_t k, int reducing) {
  const dmod m = dmod_of(&t->m);
  for (size_t i = 0; i < n; i += 8, k += 2) {
    dvec x = fetch(a + i, 1), y = fetch(a + i + 4, 1);
    dvec u = _mm256_permute2f128_pd(x, y, 0x20), v = _mm256_permute2f128_pd(x, y, 0x31);
    dvec e = _mm256_unpacklo_pd(u, v), o = _mm256_unpackhi_pd(u, v);  // x0 x2 y0 y2, x1 x3 y1 y3
    unbutterfly(&e, &o, _mm256_loadu_pd(t->dv + 2 * k), _mm256_loadu_pd(t->dvs + 2 * k), &m, reducing);
    u = _mm256_unpacklo_pd(e, o), v = _mm256_unpackhi_pd(e, o);  // x0 x1 y0 y1, x2 x3 y2 y3
    unbutterfly(&u, &v, pair_lanes(t->dv + k), pair_lanes(t->dvs + k), &m, reducing);
    if (!reducing) u = dreduce(u, &m);
    dstore(a + i, _mm256_permute2f128_pd(u, v, 0x20)), dstore(a + i + 4, _mm256_permute2f128_pd(u, v, 0x31));
  }
}

AVX2_INLINE void inverse(const ring_table *t, uint64_t *a, int reducing) {
  unsigned log = t->log_n, layers = log & 1 ? 1 : 2, block = log - layers;
  while (block > BLOCK_LOG) block -= 2;
  size_t count = (size_t)1 << (log - block);
  for (size_t i = 0; i < count; i++) {
    uint64_t *b = a + (i << block);
    untail(t, b, (size_t)1 << block, (count + i) << (block - 2), reducing);
    for (unsigned done = 2; done < block; done += 2) {
      unsigned top = block - done - 2;
      unpass4(t, b, (size_t)1 << done, (count + i) << top, (size_t)1 << top, 0, reducing);
    }
  }
  unsigned done = block;
  for (; done + layers < log; done += 2) {
    unsigned top = log - done - 2;
    unpass4(t, a, (size_t)1 << done, (size_t)1 << top, (size_t)1 << top, 0, reducing);
  }
  if (layers == 1)
    unpass2(t, a, (size_t)1 << done);
  else
    unpass4(t, a, (size_t)1 << done, 1, 1, 1, reducing);
}

AVX2_TARGET static void inverse_lazy(const ring_table *t, uint64_t *a) { inverse(t, a, 0); }
AVX2_TARGET static void inverse_reducing(const ring_table *t, uint64_t *a) { inverse(t, a, 1); }
void ring_inverse_avx2(const ring_table *t, uint64_t *a) {
  (t->m.bits > 48 ? inverse_reducing : inverse_lazy)(t, a);
}

int ring_avx2_tables(ring_table *t) {
  size_t n = (size_t)1 << t->log_n;
  double **tables[] = {&t->dw, &t->dws, &t->dv, &t->dvs};
  for (int i = 0; i < 4; i++)
    if (!(*tables[i] = (double *)aligned_words(n))) return RING_NO_MEMORY;
  for (size_t i = 0; i < n; i++) {
    t->dw[i] = (double)t->w[i], t->dws[i] = (double)t->w[i] / t->m.qd;
    t->dv[i] = (double)t->v[i], t->dvs[i] = (double)t->v[i] / t->m.qd;
  }
  t->dninv = (double)t->ninv, t->dninvs = t->dninv / t->m.qd;
  t->dnw = (double)t->nw, t->dnws = t->dnw / t->m.qd;
  return RING_OK;
}
#endif
