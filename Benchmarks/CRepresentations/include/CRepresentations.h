// Two representations of p127 = 2^127 - 851967, to be compared: plain values with folding (as the kernels have it) and
// Montgomery's form, whose reduction is as cheap as it gets for this p. Not used by the library.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { REPRESENTATION_FOLDING = 0, REPRESENTATION_MONTGOMERY = 1 };

// Montgomery's R: 2^128 (portable) or 2^156 (IFMA). `ifma` needs a CPU with AVX-512 IFMA; n a multiple of 8 there.
void representation_multiply(int which, int ifma, uint64_t *y, const uint64_t *x, size_t n);   // y = x y (/ R)
// Radix-2 butterflies of a packing transform: (a, b) = (a + w b, a - w b), canonical; one twiddle per element.
void representation_butterfly(int which, int ifma, uint64_t *a, uint64_t *b, const uint64_t *w, size_t n);
// The exponentiation of a square root: 110 squarings and 27 products in windows of 4 bits, of all n elements (n <= 128).
void representation_root(int which, int ifma, uint64_t *y, size_t n);
