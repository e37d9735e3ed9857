// Internal to the shim: PEM texts to OpenSSL objects, NULL when unreadable.
#ifndef SPDZ_PEM_H
#define SPDZ_PEM_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

X509 *spdz_read_certificate(const char *pem, size_t count);
EVP_PKEY *spdz_read_key(const char *pem, size_t count);

#endif
