// Mutual TLS 1.3 with pinned certificates, and the making of self-signed ones. No OpenSSL type reaches the caller.
#ifndef SPDZ_TLS_H
#define SPDZ_TLS_H

#include <stddef.h>
#include <stdint.h>

// Why a handshake or connection failed.
enum {
  SPDZ_TLS_FINE = 0,
  SPDZ_TLS_UNKNOWN_CERTIFICATE = 1,  // not one of the pinned
  SPDZ_TLS_EXPIRED = 2,
  SPDZ_TLS_NOT_YET_VALID = 3,
  SPDZ_TLS_NO_CERTIFICATE = 4,
  SPDZ_TLS_REFUSED_BY_PEER = 5,  // the peer sent an alert; see spdz_tls_alert
  SPDZ_TLS_NOT_TLS = 6,          // the bytes are not TLS at all
  SPDZ_TLS_VERSION = 7,          // TLS, but not 1.3
  SPDZ_TLS_CLOSED = 8,           // the connection ended without a word
  SPDZ_TLS_OTHER = 9,
};

typedef struct spdz_tls_context spdz_tls_context;
typedef struct spdz_tls spdz_tls;

// Own certificate and key as PEM; `fingerprints` holds `count` SHA-256 fingerprints of 32 bytes, one per party.
// NULL when certificate and key do not fit together or cannot be read.
spdz_tls_context *spdz_tls_context_create(
    const char *certificate, size_t certificate_count, const char *key, size_t key_count, const uint8_t *fingerprints,
    size_t count);
void spdz_tls_context_destroy(spdz_tls_context *context);

// Takes over the socket: spdz_tls_destroy closes it.
spdz_tls *spdz_tls_open(spdz_tls_context *context, int socket, int is_server);
void spdz_tls_destroy(spdz_tls *tls);

// 1: done; SPDZ_WOULD_BLOCK, SPDZ_FAILED.
int spdz_tls_handshake(spdz_tls *tls);
// Byte counts, SPDZ_WOULD_BLOCK, SPDZ_CLOSED, SPDZ_FAILED. A write accepts bytes into a buffer; flush sends it.
long spdz_tls_read(spdz_tls *tls, void *bytes, size_t count);
long spdz_tls_write(spdz_tls *tls, const void *bytes, size_t count);
// 1: everything is with the kernel; SPDZ_WOULD_BLOCK, SPDZ_CLOSED, SPDZ_FAILED.
int spdz_tls_flush(spdz_tls *tls);
// Whether the buffer holds bytes for which the socket must become writable.
int spdz_tls_wants_write(const spdz_tls *tls);

// Number of the pinned fingerprint the peer showed, -1 before that or when it is none.
int spdz_tls_peer(const spdz_tls *tls);
// The peer's fingerprint, all zero if it showed none.
void spdz_tls_peer_fingerprint(const spdz_tls *tls, uint8_t *fingerprint);
// The pinned fingerprint that an unknown certificate claims to replace, as its number; -1: none.
int spdz_tls_predecessor(const spdz_tls *tls);
int spdz_tls_failure(const spdz_tls *tls);
// The alert of SPDZ_TLS_REFUSED_BY_PEER, for example "certificate expired"; copied into `text`.
void spdz_tls_alert(const spdz_tls *tls, char *text, size_t capacity);

// A self-signed P-256 certificate for the common name and, unless empty, the organisational unit, valid from now + start_seconds to now + end_seconds. Writes PEM texts without a
// final zero and their lengths. 1 for success, 0 when OpenSSL fails or a buffer is too small.
int spdz_identity_create(
    const char *common_name, const char *unit, int64_t start_seconds, int64_t end_seconds, char *certificate, size_t *certificate_count,
    char *key, size_t *key_count);
// Fingerprint (32 bytes) and validity (seconds since 1970) of the first certificate in a PEM text; its subject's common
// name goes to `name`, cut to capacity. 0 when there is no readable certificate.
int spdz_certificate_read(
    const char *certificate, size_t count, uint8_t *fingerprint, int64_t *valid_from, int64_t *valid_until, char *name,
    size_t name_capacity);
// The fingerprint that the subject of the certificate names as its predecessor (its organisational unit is then the 64
// hexadecimal digits); 0 when it names none. A claim of whoever made the certificate, nothing more.
int spdz_certificate_predecessor(const char *certificate, size_t count, uint8_t *fingerprint);

// ECDSA with SHA-256 under an identity's key. One thread at a time. NULL when the key cannot be read.
typedef struct spdz_signer spdz_signer;
spdz_signer *spdz_signer_create(const char *key, size_t key_count);
void spdz_signer_destroy(spdz_signer *signer);
// Writes the DER signature and its length (at most 80 bytes). 1 for success.
int spdz_signer_sign(spdz_signer *signer, const void *bytes, size_t count, uint8_t *signature, size_t *signature_count);
// 1 when `signature` over `bytes` is right under the key of the certificate.
int spdz_signature_verify(
    const char *certificate, size_t certificate_count, const void *bytes, size_t count, const uint8_t *signature,
    size_t signature_count);

// 1 when the key belongs to the certificate.
int spdz_identity_matches(const char *certificate, size_t certificate_count, const char *key, size_t key_count);

#endif
