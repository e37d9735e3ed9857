#include "test_tls_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

struct test_tls_client {
  SSL_CTX *context;
  SSL *ssl;
  int socket;
};

test_tls_client *test_tls_client_open(int socket, int version) {
  test_tls_client *client = calloc(1, sizeof *client);
  int number = version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  if (client == NULL) return NULL;
  client->socket = socket;
  client->context = SSL_CTX_new(TLS_method());
  SSL_CTX_set_min_proto_version(client->context, number);
  SSL_CTX_set_max_proto_version(client->context, number);
  client->ssl = SSL_new(client->context);
  SSL_set_fd(client->ssl, socket);
  SSL_set_connect_state(client->ssl);
  return client;
}

void test_tls_client_step(test_tls_client *client) {
  char byte;
  if (SSL_do_handshake(client->ssl) == 1) (void)SSL_read(client->ssl, &byte, 1);
  ERR_clear_error();
}

void test_tls_client_close(test_tls_client *client) {
  if (client == NULL) return;
  SSL_free(client->ssl);
  SSL_CTX_free(client->context);
  close(client->socket);
  free(client);
}
