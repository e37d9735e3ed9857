#include "spdz_tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "spdz_pem.h"
#include "spdz_socket.h"
#include "spdz_system.h"

// The kill-matrix build (see SecurityCheck) runs without the one check that the environment names.
#ifdef KILL_MATRIX
#ifndef DEBUG
#error "KILL_MATRIX disables security checks: it builds in the debug configuration only"
#endif
#include <stdlib.h>
static int is_kept(const char *check) {
  const char *disabled = getenv("SPDZ_DISABLED_CHECK");
  return disabled == NULL || strcmp(disabled, check) != 0;
}
#else
#define is_kept(check) 1
#endif

// OpenSSL would free its locks when the process exits, while threads that set up or close connections still use them: a
// party that is told to stop would crash instead. The memory goes with the process anyway.
__attribute__((constructor)) static void keep_until_the_end(void) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

struct spdz_tls_context {
  SSL_CTX *context;
  BIO_METHOD *buffered;
  uint8_t *fingerprints;
  size_t count;
};

// Records are collected here and sent in few system calls.
enum { OUT_CAPACITY = 1 << 18 };

struct spdz_tls {
  SSL *ssl;
  spdz_tls_context *context;
  int socket;
  int peer;
  int predecessor;
  int failure;
  int alert;
  uint8_t fingerprint[32];
  size_t out_start, out_end;
  int out_failed;
  uint8_t out[OUT_CAPACITY];
};

static int send_out(spdz_tls *tls) {
  while (tls->out_start < tls->out_end) {
    long sent = spdz_send(tls->socket, tls->out + tls->out_start, tls->out_end - tls->out_start);
    if (sent <= 0) {
      if (sent < 0) tls->out_failed = (int)sent;
      return (int)sent;
    }
    tls->out_start += (size_t)sent;
  }
  tls->out_start = tls->out_end = 0;
  return 1;
}

static int out_write(BIO *bio, const char *bytes, int count) {
  spdz_tls *tls = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (count <= 0) return 0;
  if (OUT_CAPACITY - tls->out_end < (size_t)count) {
    int status = send_out(tls);
    if (status < 0) return -1;
    if (tls->out_start > 0) {
      memmove(tls->out, tls->out + tls->out_start, tls->out_end - tls->out_start);
      tls->out_end -= tls->out_start;
      tls->out_start = 0;
    }
  }
  size_t room = OUT_CAPACITY - tls->out_end;
  if (room == 0) {
    BIO_set_retry_write(bio);
    return -1;
  }
  if ((size_t)count > room) count = (int)room;
  memcpy(tls->out + tls->out_end, bytes, (size_t)count);
  tls->out_end += (size_t)count;
  return count;
}

static long out_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

// Replaces chain building: a certificate counts if and only if its fingerprint is pinned and it is valid now.
static int verify(X509_STORE_CTX *store, void *argument) {
  (void)argument;
  SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  spdz_tls *tls = ssl == NULL ? NULL : SSL_get_app_data(ssl);
  X509 *certificate = X509_STORE_CTX_get0_cert(store);
  unsigned int length = 0;
  if (tls == NULL) return 0;
  if (certificate == NULL || X509_digest(certificate, EVP_sha256(), tls->fingerprint, &length) != 1 || length != 32) {
    tls->failure = SPDZ_TLS_NO_CERTIFICATE;
    X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
    return 0;
  }
  int found = -1;
  for (size_t i = 0; i < tls->context->count; i++) {
    if (CRYPTO_memcmp(tls->fingerprint, tls->context->fingerprints + 32 * i, 32) == 0 && found < 0) found = (int)i;
  }
  if (found < 0 && !is_kept("certificatePinned")) found = 0;
  if (found < 0) {
    uint8_t replaced[32];
    if (spdz_predecessor(certificate, replaced)) {
      for (size_t i = 0; i < tls->context->count; i++) {
        if (memcmp(replaced, tls->context->fingerprints + 32 * i, 32) == 0) tls->predecessor = (int)i;
      }
    }
    tls->failure = SPDZ_TLS_UNKNOWN_CERTIFICATE;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
  }
  tls->peer = found;
  // X509_cmp_time returns 0 when it cannot read the time: refused like a certificate that is out of its time.
  if (X509_cmp_time(X509_get0_notBefore(certificate), NULL) >= 0 && is_kept("certificateAlreadyValid")) {
    tls->failure = SPDZ_TLS_NOT_YET_VALID;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_NOT_YET_VALID);
    return 0;
  }
  if (X509_cmp_time(X509_get0_notAfter(certificate), NULL) <= 0 && is_kept("certificateNotExpired")) {
    tls->failure = SPDZ_TLS_EXPIRED;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_HAS_EXPIRED);
    return 0;
  }
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

spdz_tls_context *spdz_tls_context_create(
    const char *certificate, size_t certificate_count, const char *key, size_t key_count, const uint8_t *fingerprints,
    size_t count) {
  spdz_tls_context *context = OPENSSL_zalloc(sizeof *context);
  X509 *x509 = spdz_read_certificate(certificate, certificate_count);
  EVP_PKEY *pair = spdz_read_key(key, key_count);
  int done = 0;
  if (context == NULL || x509 == NULL || pair == NULL) goto end;
  context->context = SSL_CTX_new(TLS_method());
  context->fingerprints = OPENSSL_memdup(fingerprints, 32 * count);
  context->count = count;
  context->buffered = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "spdz out");
  if (context->context == NULL || context->fingerprints == NULL || context->buffered == NULL) goto end;
  BIO_meth_set_write(context->buffered, out_write);
  BIO_meth_set_ctrl(context->buffered, out_control);
  SSL_CTX *ssl = context->context;
  int required = is_kept("certificateRequired") ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | required, NULL);
  SSL_CTX_set_cert_verify_callback(ssl, verify, NULL);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(ssl, 1);
  SSL_CTX_set_default_read_buffer_len(ssl, 1 << 17);
  int oldest = is_kept("tlsVersion") ? TLS1_3_VERSION : TLS1_2_VERSION;
  done = SSL_CTX_set_min_proto_version(ssl, oldest) == 1 && SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256") == 1 && SSL_CTX_set1_groups_list(ssl, "X25519:P-256") == 1 &&
         SSL_CTX_set_num_tickets(ssl, 0) == 1 && SSL_CTX_set_max_early_data(ssl, 0) == 1 &&
         SSL_CTX_use_certificate(ssl, x509) == 1 && SSL_CTX_use_PrivateKey(ssl, pair) == 1 &&
         SSL_CTX_check_private_key(ssl) == 1;
end:
  X509_free(x509);
  EVP_PKEY_free(pair);
  ERR_clear_error();
  if (done) return context;
  spdz_tls_context_destroy(context);
  return NULL;
}

void spdz_tls_context_destroy(spdz_tls_context *context) {
  if (context == NULL) return;
  SSL_CTX_free(context->context);
  BIO_meth_free(context->buffered);
  OPENSSL_free(context->fingerprints);
  OPENSSL_free(context);
}

spdz_tls *spdz_tls_open(spdz_tls_context *context, int socket, int is_server) {
  spdz_tls *tls = OPENSSL_zalloc(sizeof *tls);
  if (tls == NULL) return NULL;
  tls->ssl = SSL_new(context->context);
  BIO *in = BIO_new_socket(socket, BIO_NOCLOSE), *out = BIO_new(context->buffered);
  if (tls->ssl == NULL || in == NULL || out == NULL) {
    BIO_free(in);
    BIO_free(out);
    SSL_free(tls->ssl);
    OPENSSL_free(tls);
    ERR_clear_error();
    return NULL;
  }
  tls->context = context;
  tls->socket = socket;
  tls->peer = tls->predecessor = -1;
  BIO_set_data(out, tls);
  BIO_set_init(out, 1);
  SSL_set_bio(tls->ssl, in, out);
  SSL_set_app_data(tls->ssl, tls);
  if (is_server) {
    SSL_set_accept_state(tls->ssl);
  } else {
    SSL_set_connect_state(tls->ssl);
  }
  return tls;
}

void spdz_tls_destroy(spdz_tls *tls) {
  if (tls == NULL) return;
  SSL_free(tls->ssl);
  spdz_close(tls->socket);
  OPENSSL_clear_free(tls, sizeof *tls);
}

// Turns OpenSSL's error queue into one of our reasons; the first reason stays.
static void note_failure(spdz_tls *tls) {
  int reason = SPDZ_TLS_CLOSED;
  unsigned long code;
  while ((code = ERR_get_error()) != 0) {
    int found = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) != ERR_LIB_SSL) {
      if (reason == SPDZ_TLS_CLOSED) reason = SPDZ_TLS_OTHER;
    } else if (found >= SSL_AD_REASON_OFFSET) {
      reason = SPDZ_TLS_REFUSED_BY_PEER;
      tls->alert = found - SSL_AD_REASON_OFFSET;
      if (tls->alert == SSL_AD_PROTOCOL_VERSION) reason = SPDZ_TLS_VERSION;
    } else if (found == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
      reason = SPDZ_TLS_NO_CERTIFICATE;
    } else if (found == SSL_R_WRONG_VERSION_NUMBER || found == SSL_R_HTTP_REQUEST || found == SSL_R_PACKET_LENGTH_TOO_LONG ||
               found == SSL_R_BAD_RECORD_TYPE || found == SSL_R_RECORD_LENGTH_MISMATCH) {
      reason = SPDZ_TLS_NOT_TLS;
    } else if (found == SSL_R_UNSUPPORTED_PROTOCOL || found == SSL_R_VERSION_TOO_LOW) {
      reason = SPDZ_TLS_VERSION;
    } else if (reason == SPDZ_TLS_CLOSED) {
      reason = SPDZ_TLS_OTHER;
    }
  }
  if (tls->failure == SPDZ_TLS_FINE) tls->failure = reason;
}

static long status_of(spdz_tls *tls, int result) {
  int error = SSL_get_error(tls->ssl, result);
  if (tls->out_failed == 0 && (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)) return SPDZ_WOULD_BLOCK;
  if (error == SSL_ERROR_ZERO_RETURN) {
    if (tls->failure == SPDZ_TLS_FINE) tls->failure = SPDZ_TLS_CLOSED;
    return SPDZ_CLOSED;
  }
  note_failure(tls);
  return tls->failure == SPDZ_TLS_CLOSED ? SPDZ_CLOSED : SPDZ_FAILED;
}

int spdz_tls_handshake(spdz_tls *tls) {
  ERR_clear_error();
  int result = SSL_do_handshake(tls->ssl);
  long status = result == 1 ? 1 : status_of(tls, result);
  // Alerts and the last flight leave the buffer in every case.
  int flushed = send_out(tls);
  if (status == 1 && flushed < 0) {
    if (tls->failure == SPDZ_TLS_FINE) tls->failure = SPDZ_TLS_CLOSED;
    return SPDZ_FAILED;
  }
  return status == SPDZ_CLOSED ? SPDZ_FAILED : (int)status;
}

long spdz_tls_read(spdz_tls *tls, void *bytes, size_t count) {
  size_t got = 0;
  // One record a call of OpenSSL: as many as have come and fit. A record that is not full ends a message, so nothing more is
  // asked for. An end or error after some bytes is met again by the next read; why is noted now.
  for (;;) {
    size_t more = 0;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, (char *)bytes + got, count - got, &more);
    got += more;
    if (result == 1 && got < count && more == SSL3_RT_MAX_PLAIN_LENGTH) continue;
    if (result == 1) return (long)got;
    long status = status_of(tls, result);
    if (status < 0) send_out(tls);
    return got > 0 ? (long)got : status;
  }
}

long spdz_tls_write(spdz_tls *tls, const void *bytes, size_t count) {
  size_t written = 0;
  if (tls->out_failed != 0) return tls->out_failed;
  ERR_clear_error();
  int result = SSL_write_ex(tls->ssl, bytes, count, &written);
  return result == 1 ? (long)written : status_of(tls, result);
}

int spdz_tls_flush(spdz_tls *tls) { return tls->out_failed != 0 ? tls->out_failed : send_out(tls); }

int spdz_tls_wants_write(const spdz_tls *tls) { return tls->out_end > tls->out_start; }

int spdz_tls_peer(const spdz_tls *tls) { return tls->peer; }

void spdz_tls_peer_fingerprint(const spdz_tls *tls, uint8_t *fingerprint) { memcpy(fingerprint, tls->fingerprint, 32); }

int spdz_tls_failure(const spdz_tls *tls) { return tls->failure; }

void spdz_tls_alert(const spdz_tls *tls, char *text, size_t capacity) {
  snprintf(text, capacity, "%s", SSL_alert_desc_string_long(tls->alert));
}

int spdz_tls_predecessor(const spdz_tls *tls) { return tls->predecessor; }
