// The low-level SHA-256 calls are used on purpose: the state is a plain struct (a transcript is copied to read its
// digest) and a 64-byte message costs a fifth of the EVP interface. They run the same SHA-NI code.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "spdz_crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(spdz_sha256_state), "the state must hold OpenSSL's");

void spdz_sha256_start(spdz_sha256_state *state) { SHA256_Init((SHA256_CTX *)state); }

void spdz_sha256_update(spdz_sha256_state *state, const void *bytes, size_t count) {
  if (count > 0) SHA256_Update((SHA256_CTX *)state, bytes, count);
}

void spdz_sha256_finish(spdz_sha256_state *state, uint8_t *digest) { SHA256_Final(digest, (SHA256_CTX *)state); }

struct spdz_key_stream {
  EVP_CIPHER_CTX *context;
};

spdz_key_stream *spdz_key_stream_create(const uint8_t *key32) {
  static const uint8_t zero_iv[16];
  spdz_key_stream *stream = OPENSSL_malloc(sizeof *stream);
  if (stream == NULL) return NULL;
  stream->context = EVP_CIPHER_CTX_new();
  if (stream->context == NULL || EVP_EncryptInit_ex(stream->context, EVP_aes_256_ctr(), NULL, key32, zero_iv) != 1) {
    EVP_CIPHER_CTX_free(stream->context);
    OPENSSL_free(stream);
    return NULL;
  }
  return stream;
}

void spdz_key_stream_destroy(spdz_key_stream *stream) {
  if (stream == NULL) return;
  EVP_CIPHER_CTX_free(stream->context);
  OPENSSL_free(stream);
}

int spdz_key_stream_fill(spdz_key_stream *stream, void *bytes, size_t count) {
  // The stream is the encryption of zeros, made in place; a chunk stays in the first-level cache between the two passes.
  enum { CHUNK = 16384 };
  uint8_t *next = bytes;
  while (count > 0) {
    size_t step = count < CHUNK ? count : CHUNK;
    int written = 0;
    memset(next, 0, step);
    if (EVP_EncryptUpdate(stream->context, next, &written, next, (int)step) != 1 || (size_t)written != step) return 0;
    next += step;
    count -= step;
  }
  return 1;
}

struct spdz_aead {
  EVP_CIPHER_CTX *seal, *open;
};

spdz_aead *spdz_aead_create(const uint8_t *key32) {
  spdz_aead *aead = OPENSSL_zalloc(sizeof *aead);
  if (aead == NULL) return NULL;
  aead->seal = EVP_CIPHER_CTX_new();
  aead->open = EVP_CIPHER_CTX_new();
  // The default nonce length of GCM is the 12 bytes used here.
  if (aead->seal == NULL || aead->open == NULL ||
      EVP_EncryptInit_ex(aead->seal, EVP_aes_256_gcm(), NULL, key32, NULL) != 1 ||
      EVP_DecryptInit_ex(aead->open, EVP_aes_256_gcm(), NULL, key32, NULL) != 1) {
    spdz_aead_destroy(aead);
    return NULL;
  }
  return aead;
}

void spdz_aead_destroy(spdz_aead *aead) {
  if (aead == NULL) return;
  EVP_CIPHER_CTX_free(aead->seal);  // wipes the key schedule
  EVP_CIPHER_CTX_free(aead->open);
  OPENSSL_free(aead);
}

// OpenSSL counts in ints: long inputs go in steps.
static int aead_update(EVP_CIPHER_CTX *context, uint8_t *out, const uint8_t *in, size_t count) {
  while (count > 0) {
    int step = count < 1 << 30 ? (int)count : 1 << 30, written = 0;
    if (EVP_CipherUpdate(context, out, &written, in, step) != 1 || written != step) return 0;
    if (out != NULL) out += step;
    in += step;
    count -= (size_t)step;
  }
  return 1;
}

int spdz_aead_seal(spdz_aead *aead, const uint8_t *nonce12, const void *associated, size_t associated_count,
                   const void *plain, void *sealed, size_t count, uint8_t *tag16) {
  uint8_t none[16];
  int written = 0;
  return EVP_EncryptInit_ex(aead->seal, NULL, NULL, NULL, nonce12) == 1 &&
         aead_update(aead->seal, NULL, associated, associated_count) && aead_update(aead->seal, sealed, plain, count) &&
         EVP_EncryptFinal_ex(aead->seal, none, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(aead->seal, EVP_CTRL_AEAD_GET_TAG, 16, tag16) == 1;
}

int spdz_aead_open(spdz_aead *aead, const uint8_t *nonce12, const void *associated, size_t associated_count,
                   const void *sealed, void *plain, size_t count, const uint8_t *tag16) {
  uint8_t none[16], tag[16];
  int written = 0;
  memcpy(tag, tag16, sizeof tag);
  int accepted = EVP_DecryptInit_ex(aead->open, NULL, NULL, NULL, nonce12) == 1 &&
                 aead_update(aead->open, NULL, associated, associated_count) &&
                 aead_update(aead->open, plain, sealed, count) &&
                 EVP_CIPHER_CTX_ctrl(aead->open, EVP_CTRL_AEAD_SET_TAG, 16, tag) == 1 &&
                 EVP_DecryptFinal_ex(aead->open, none, &written) == 1;
  if (!accepted && count > 0) OPENSSL_cleanse(plain, count);
  return accepted;
}

int spdz_random_bytes(void *bytes, size_t count) {
  uint8_t *next = bytes;
  while (count > 0) {
    size_t step = count < 1 << 20 ? count : 1 << 20;
    if (RAND_bytes(next, (int)step) != 1) return 0;
    next += step;
    count -= step;
  }
  return 1;
}

int spdz_equal_constant_time(const void *left, const void *right, size_t count) {
  return CRYPTO_memcmp(left, right, count) == 0;
}

void spdz_wipe(void *bytes, size_t count) { OPENSSL_cleanse(bytes, count); }
