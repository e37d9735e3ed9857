#define _GNU_SOURCE
#include "raw_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

struct end {
  int socket;
  int polls;
  SSL *tls;
};

struct job {
  struct end end;
  int count, bytes;
  int64_t total;
  char *whole;  // where all of it goes; NULL: into one chunk again and again
  int fine;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int read_some(struct end *end, void *bytes, int count) {
  for (;;) {
    long got;
    if (end->tls != NULL) {
      got = SSL_read(end->tls, bytes, count);
      if (got > 0) return (int)got;
      int error = SSL_get_error(end->tls, (int)got);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return 0;
    } else {
      got = recv(end->socket, bytes, (size_t)count, end->polls ? MSG_DONTWAIT : 0);
      if (got > 0) return (int)got;
      if (got == 0 || (errno != EAGAIN && errno != EINTR)) return 0;
    }
    if (end->polls) sched_yield();
  }
}

static int read_all(struct end *end, char *bytes, int count) {
  for (int done = 0; done < count;) {
    int got = read_some(end, bytes + done, count - done);
    if (got == 0) return 0;
    done += got;
  }
  return 1;
}

static int write_all(struct end *end, const char *bytes, int count) {
  for (int done = 0; done < count;) {
    long sent = end->tls != NULL ? SSL_write(end->tls, bytes + done, count - done)
                                 : send(end->socket, bytes + done, (size_t)(count - done), MSG_NOSIGNAL);
    if (sent <= 0) {
      if (end->tls == NULL && (errno == EAGAIN || errno == EINTR)) continue;
      if (end->tls != NULL) {
        int error = SSL_get_error(end->tls, (int)sent);
        if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ) continue;
      }
      return 0;
    }
    done += (int)sent;
  }
  return 1;
}

// Both ends of a loopback connection.
static int connect_pair(int sockets[2]) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 1) < 0) return 0;
  getsockname(listener, (void *)&address, &length);
  sockets[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (sockets[0] < 0 || connect(sockets[0], (void *)&address, sizeof address) < 0) return 0;
  sockets[1] = accept(listener, NULL, NULL);
  close(listener);
  for (int i = 0; i < 2; i++) setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return sockets[1] >= 0;
}

static SSL_CTX *server_context(void) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = X509_new();
  if (context == NULL || key == NULL || certificate == NULL) return NULL;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  SSL_CTX_set_num_tickets(context, 0);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return context;
}

static void *accept_tls(void *argument) {
  struct job *job = argument;
  job->fine = SSL_accept(job->end.tls) == 1;
  return NULL;
}

// Both ends, with TLS handshakes done and sockets non-blocking if they are polled.
static int open_pair(int tls, int polls, struct end *near, struct end *far) {
  int sockets[2];
  if (!connect_pair(sockets)) return 0;
  *near = (struct end){.socket = sockets[0], .polls = polls};
  *far = (struct end){.socket = sockets[1], .polls = polls};
  if (tls) {
    SSL_CTX *server = server_context(), *client = SSL_CTX_new(TLS_client_method());
    if (server == NULL || client == NULL) return 0;
    SSL_CTX_set_min_proto_version(client, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(client, "TLS_AES_256_GCM_SHA384");
    near->tls = SSL_new(client);
    far->tls = SSL_new(server);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    SSL_set_fd(near->tls, near->socket);
    SSL_set_fd(far->tls, far->socket);
    struct job job = {.end = *far};
    pthread_t thread;
    if (pthread_create(&thread, NULL, accept_tls, &job) != 0) return 0;
    int fine = SSL_connect(near->tls) == 1;
    pthread_join(thread, NULL);
    if (!fine || !job.fine) return 0;
    if (polls) {
      for (int i = 0; i < 2; i++) fcntl(sockets[i], F_SETFL, fcntl(sockets[i], F_GETFL) | O_NONBLOCK);
    }
  }
  return 1;
}

static void close_pair(struct end *near, struct end *far) {
  if (near->tls != NULL) SSL_free(near->tls);
  if (far->tls != NULL) SSL_free(far->tls);
  close(near->socket);
  close(far->socket);
}

static void *echo(void *argument) {
  struct job *job = argument;
  char *bytes = malloc((size_t)job->bytes);
  job->fine = bytes != NULL;
  for (int i = 0; i < job->count && job->fine; i++)
    job->fine = read_all(&job->end, bytes, job->bytes) && write_all(&job->end, bytes, job->bytes);
  free(bytes);
  return NULL;
}

int raw_round_trips(int tls, int polls, int count, int bytes, double *microseconds) {
  struct end near;
  struct job job = {.count = count, .bytes = bytes};
  if (!open_pair(tls, polls, &near, &job.end)) return 0;
  pthread_t thread;
  char *buffer = calloc(1, (size_t)bytes);
  if (buffer == NULL || pthread_create(&thread, NULL, echo, &job) != 0) return 0;
  int fine = 1;
  for (int i = 0; i < count && fine; i++) {
    double start = now();
    fine = write_all(&near, buffer, bytes) && read_all(&near, buffer, bytes);
    microseconds[i] = (now() - start) * 1e6;
  }
  if (!fine) shutdown(near.socket, SHUT_RDWR);
  pthread_join(thread, NULL);
  free(buffer);
  close_pair(&near, &job.end);
  return fine && job.fine;
}

static void *swallow(void *argument) {
  struct job *job = argument;
  char *bytes = malloc(CHUNK);
  job->fine = bytes != NULL;
  for (int64_t done = 0; done < job->total && job->fine;) {
    int64_t left = job->total - done;
    int got = read_some(
        &job->end, job->whole != NULL ? job->whole + done : bytes, job->whole != NULL && left < CHUNK ? (int)left : CHUNK);
    job->fine = got > 0;
    done += got;
  }
  if (job->fine) job->fine = write_all(&job->end, bytes, 1);
  free(bytes);
  return NULL;
}

int raw_bulk(int tls, int64_t total, int in_memory, double *seconds) {
  struct end near;
  struct job job = {.total = total};
  if (!open_pair(tls, 0, &near, &job.end)) return 0;
  pthread_t thread;
  char *bytes = malloc(in_memory ? (size_t)total : CHUNK);
  if (in_memory) job.whole = malloc((size_t)total);
  if (bytes == NULL || (in_memory && job.whole == NULL)) return 0;
  memset(bytes, 1, in_memory ? (size_t)total : CHUNK);
  if (in_memory) memset(job.whole, 2, (size_t)total);
  if (pthread_create(&thread, NULL, swallow, &job) != 0) return 0;
  double start = now();
  int fine = 1;
  for (int64_t done = 0; done < total && fine; done += CHUNK)
    fine = write_all(&near, in_memory ? bytes + done : bytes, total - done < CHUNK ? (int)(total - done) : CHUNK);
  if (fine) fine = read_all(&near, bytes, 1);
  *seconds = now() - start;
  if (!fine) shutdown(near.socket, SHUT_RDWR);
  pthread_join(thread, NULL);
  free(bytes);
  free(job.whole);
  close_pair(&near, &job.end);
  return fine && job.fine;
}
