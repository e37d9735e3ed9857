// Symmetric cryptography of OpenSSL behind plain C calls: no OpenSSL type or header reaches the caller.
// Every function that can fail returns 1 for success and 0 for failure.
#ifndef SPDZ_CRYPTO_H
#define SPDZ_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

// A running SHA-256 with value semantics: copying the struct copies the state.
typedef struct {
  uint64_t words[14];
} spdz_sha256_state;

void spdz_sha256_start(spdz_sha256_state *state);
void spdz_sha256_update(spdz_sha256_state *state, const void *bytes, size_t count);
// Writes 32 bytes and leaves `state` unusable.
void spdz_sha256_finish(spdz_sha256_state *state, uint8_t *digest);

// SHA-256 of sixteen messages that lie interleaved: message l consists of the 4-byte words l, l + 16, l + 32, … of the
// 1024·blocks bytes. Writes sixteen digests of 32 bytes. Without `allow_vectors` one message after the other. Returns
// whether vectors were used.
int spdz_sha256_lanes(const void *bytes, size_t blocks, int allow_vectors, uint8_t *digests);

// An AES-256-CTR key stream with IV 0 (EVP). NULL when OpenSSL cannot provide it.
typedef struct spdz_key_stream spdz_key_stream;
spdz_key_stream *spdz_key_stream_create(const uint8_t *key32);
void spdz_key_stream_destroy(spdz_key_stream *stream);
// Writes the next `count` bytes of the key stream.
int spdz_key_stream_fill(spdz_key_stream *stream, void *bytes, size_t count);

// AES-256-GCM under one key (EVP): 12-byte nonces, 16-byte tags. NULL when OpenSSL cannot provide it. One thread at a time.
typedef struct spdz_aead spdz_aead;
spdz_aead *spdz_aead_create(const uint8_t *key32);
void spdz_aead_destroy(spdz_aead *aead);
// Encrypts `count` bytes from `plain` to `sealed` (which may be the same) and writes the tag over them and `associated`.
int spdz_aead_seal(spdz_aead *aead, const uint8_t *nonce12, const void *associated, size_t associated_count,
                   const void *plain, void *sealed, size_t count, uint8_t *tag16);
// The inverse; 0 when the tag is not the one of these bytes, and then `plain` holds zeros.
int spdz_aead_open(spdz_aead *aead, const uint8_t *nonce12, const void *associated, size_t associated_count,
                   const void *sealed, void *plain, size_t count, const uint8_t *tag16);

// `count` bytes from the system's random generator.
int spdz_random_bytes(void *bytes, size_t count);

// 1 when the two buffers are equal; time depends on `count` only.
int spdz_equal_constant_time(const void *left, const void *right, size_t count);

// Overwrites `count` bytes with zero; the compiler may not remove it.
void spdz_wipe(void *bytes, size_t count);

#endif
