// Shared by the translation units of the shim.
#pragma once
#include <NTL/ZZ.h>

#include <new>

#include "include/CNTLShim.h"

namespace shim {

// Non-negative integer from little-endian words. NTL reads bytes, so the words are spelt out.
inline NTL::ZZ fromWords(const uint64_t *words, size_t count) {
  NTL::ZZ r(0);
  for (size_t i = count; i-- > 0;) {
    r <<= 64;
    unsigned char bytes[8];
    for (int k = 0; k < 8; k++) bytes[k] = (unsigned char)(words[i] >> (8 * k));
    r += NTL::ZZFromBytes(bytes, 8);
  }
  return r;
}

inline void toWords(uint64_t *words, size_t count, const NTL::ZZ &value) {  // 0 <= value
  for (size_t i = 0; i < count; i++) {
    unsigned char bytes[8];
    NTL::BytesFromZZ(bytes, value >> (long)(64 * i), 8);
    words[i] = 0;
    for (int k = 0; k < 8; k++) words[i] |= (uint64_t)bytes[k] << (8 * k);
  }
}

// Runs body, which returns a status, and turns C++ exceptions into one.
template <class Body>
int guarded(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return NTL_NO_MEMORY;
  } catch (...) {
    return NTL_INTERNAL;
  }
}

}  // namespace shim
