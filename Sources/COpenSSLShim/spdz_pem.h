// Internal to the shim: PEM texts to OpenSSL objects, NULL when unreadable.
#ifndef SPDZ_PEM_H
#define SPDZ_PEM_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

X509 *spdz_read_certificate(const char *pem, size_t count);
EVP_PKEY *spdz_read_key(const char *pem, size_t count);
// The fingerprint that the certificate's subject names as the one it replaces; 0 when it names none.
int spdz_predecessor(X509 *x509, uint8_t *fingerprint);

#endif
