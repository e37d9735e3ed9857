// A TLS client for tests of refusals: it shows no certificate and accepts any.
#ifndef TEST_TLS_CLIENT_H
#define TEST_TLS_CLIENT_H

typedef struct test_tls_client test_tls_client;

// Takes over a connecting socket. `version` is 12 or 13: the one TLS version it speaks.
test_tls_client *test_tls_client_open(int socket, int version);
// One step of the handshake, then of reading.
void test_tls_client_step(test_tls_client *client);
void test_tls_client_close(test_tls_client *client);

#endif
