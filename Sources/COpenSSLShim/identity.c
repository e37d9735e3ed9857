#include <limits.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "spdz_pem.h"
#include "spdz_tls.h"

X509 *spdz_read_certificate(const char *pem, size_t count) {
  if (count > INT_MAX) return NULL;
  BIO *bio = BIO_new_mem_buf(pem, (int)count);
  X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
  BIO_free(bio);
  ERR_clear_error();
  return certificate;
}

// A key with a pass phrase is refused instead of asking for it on the terminal.
static int no_pass_phrase(char *buffer, int size, int writing, void *data) {
  (void)buffer, (void)size, (void)writing, (void)data;
  return -1;
}

EVP_PKEY *spdz_read_key(const char *pem, size_t count) {
  if (count > INT_MAX) return NULL;
  BIO *bio = BIO_new_mem_buf(pem, (int)count);
  EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
  BIO_free(bio);
  ERR_clear_error();
  return key;
}

static int copy_out(BIO *bio, char *text, size_t *count) {
  char *data = NULL;
  long length = BIO_get_mem_data(bio, &data);
  if (length <= 0 || (size_t)length > *count) return 0;
  memcpy(text, data, (size_t)length);
  *count = (size_t)length;
  return 1;
}

static int add_extension(X509 *certificate, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  int done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return done;
}

int spdz_identity_create(
    const char *common_name, const char *unit, int64_t start_seconds, int64_t end_seconds, char *certificate, size_t *certificate_count,
    char *key, size_t *key_count) {
  int done = 0;
  uint64_t serial = 0;
  EVP_PKEY *pair = EVP_EC_gen("P-256");
  X509 *x509 = X509_new();
  BIO *certificate_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_secmem());
  if (pair == NULL || x509 == NULL || certificate_text == NULL || key_text == NULL) goto end;
  if (RAND_bytes((unsigned char *)&serial, sizeof serial) != 1) goto end;
  X509_NAME *name = X509_get_subject_name(x509);
  if (X509_set_version(x509, 2) != 1 || ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1 | 1) != 1 ||
      X509_time_adj_ex(X509_getm_notBefore(x509), (int)(start_seconds / 86400), (long)(start_seconds % 86400), NULL) == NULL ||
      X509_time_adj_ex(X509_getm_notAfter(x509), (int)(end_seconds / 86400), (long)(end_seconds % 86400), NULL) == NULL ||
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) != 1 ||
      (unit[0] != 0 &&
       X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_UTF8, (const unsigned char *)unit, -1, -1, 0) != 1) ||
      X509_set_issuer_name(x509, name) != 1 || X509_set_pubkey(x509, pair) != 1 ||
      !add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(x509, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(x509, NID_ext_key_usage, "serverAuth,clientAuth") || X509_sign(x509, pair, EVP_sha256()) == 0)
    goto end;
  if (PEM_write_bio_X509(certificate_text, x509) != 1 ||
      PEM_write_bio_PrivateKey(key_text, pair, NULL, NULL, 0, NULL, NULL) != 1)
    goto end;
  done = copy_out(certificate_text, certificate, certificate_count) && copy_out(key_text, key, key_count);
end:
  BIO_free(certificate_text);
  BIO_free(key_text);
  X509_free(x509);
  EVP_PKEY_free(pair);
  ERR_clear_error();
  return done;
}

static int64_t seconds_of(const ASN1_TIME *time) {
  struct tm parts;
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return (int64_t)timegm(&parts);
}

int spdz_certificate_read(
    const char *certificate, size_t count, uint8_t *fingerprint, int64_t *valid_from, int64_t *valid_until, char *name,
    size_t name_capacity) {
  unsigned int length = 0;
  X509 *x509 = spdz_read_certificate(certificate, count);
  if (x509 == NULL) return 0;
  int done = X509_digest(x509, EVP_sha256(), fingerprint, &length) == 1 && length == 32;
  *valid_from = seconds_of(X509_get0_notBefore(x509));
  *valid_until = seconds_of(X509_get0_notAfter(x509));
  if (name_capacity > 0) {
    name[0] = 0;
    X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName, name, (int)name_capacity);
  }
  X509_free(x509);
  return done;
}

int spdz_identity_matches(const char *certificate, size_t certificate_count, const char *key, size_t key_count) {
  X509 *x509 = spdz_read_certificate(certificate, certificate_count);
  EVP_PKEY *pair = spdz_read_key(key, key_count);
  int done = x509 != NULL && pair != NULL && X509_check_private_key(x509, pair) == 1;
  X509_free(x509);
  EVP_PKEY_free(pair);
  ERR_clear_error();
  return done;
}

int spdz_predecessor(X509 *x509, uint8_t *fingerprint) {
  char text[96];
  int length = X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_organizationalUnitName, text, sizeof text);
  if (length != 64) return 0;
  for (size_t i = 0; i < 64; i++) {
    char c = text[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return 0;
    fingerprint[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : fingerprint[i / 2] | digit);
  }
  return 1;
}

int spdz_certificate_predecessor(const char *certificate, size_t count, uint8_t *fingerprint) {
  X509 *x509 = spdz_read_certificate(certificate, count);
  int done = x509 != NULL && spdz_predecessor(x509, fingerprint);
  X509_free(x509);
  return done;
}

struct spdz_signer {
  EVP_PKEY *key;
};

spdz_signer *spdz_signer_create(const char *key, size_t key_count) {
  spdz_signer *signer = OPENSSL_zalloc(sizeof *signer);
  if (signer == NULL) return NULL;
  signer->key = spdz_read_key(key, key_count);
  if (signer->key != NULL) return signer;
  OPENSSL_free(signer);
  return NULL;
}

void spdz_signer_destroy(spdz_signer *signer) {
  if (signer == NULL) return;
  EVP_PKEY_free(signer->key);
  OPENSSL_free(signer);
}

int spdz_signer_sign(spdz_signer *signer, const void *bytes, size_t count, uint8_t *signature, size_t *signature_count) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int done = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer->key) == 1 &&
             EVP_DigestSign(context, signature, signature_count, bytes, count) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return done;
}

int spdz_signature_verify(
    const char *certificate, size_t certificate_count, const void *bytes, size_t count, const uint8_t *signature,
    size_t signature_count) {
  X509 *x509 = spdz_read_certificate(certificate, certificate_count);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int done = x509 != NULL && context != NULL &&
             EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, X509_get0_pubkey(x509)) == 1 &&
             EVP_DigestVerify(context, signature, signature_count, bytes, count) == 1;
  EVP_MD_CTX_free(context);
  X509_free(x509);
  ERR_clear_error();
  return done;
}
