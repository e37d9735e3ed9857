// Non-blocking TCP sockets behind plain C calls. Failures are negative errno values unless said otherwise.
#ifndef SPDZ_SOCKET_H
#define SPDZ_SOCKET_H

#include <stddef.h>
#include <stdint.h>

// Results of reading and writing; positive values are byte counts.
enum {
  SPDZ_WOULD_BLOCK = 0,
  SPDZ_CLOSED = -1,
  SPDZ_FAILED = -2,
};

// errno values the callers tell apart.
int spdz_errno_address_in_use(void);
int spdz_errno_unresolved(void);  // our own code for "the host name has no address"
// Text of an errno value, copied into `text`.
void spdz_errno_text(int error, char *text, size_t capacity);

// Listens on host:port; port 0 lets the system choose, *bound tells. Returns a descriptor.
int spdz_listen(const char *host, uint16_t port, int backlog, uint16_t *bound);
// Takes an incoming connection: a descriptor, or -EAGAIN when there is none.
int spdz_accept(int listener);
// Starts connecting; the descriptor becomes writable when it is decided.
int spdz_connect(const char *host, uint16_t port);
// 0 when a started connection is up, else the negative errno.
int spdz_connect_result(int socket);

// At most `count` bytes; byte count, SPDZ_WOULD_BLOCK, SPDZ_CLOSED or SPDZ_FAILED.
long spdz_receive(int socket, void *bytes, size_t count);
long spdz_send(int socket, const void *bytes, size_t count);
// Two pieces in one call; the second may be empty.
long spdz_send_two(int socket, const void *first, size_t first_count, const void *second, size_t second_count);
// Tells the peer that nothing follows.
void spdz_shutdown_write(int socket);

// What the kernel counted on a connection. Bytes are those of the stream, TLS included, headers not; segments include
// those without data.
typedef struct {
  uint64_t bytes_sent;  // each once
  uint64_t bytes_repeated;
  uint64_t bytes_received;
  uint32_t segments_sent;
  uint32_t segments_received;
} spdz_wire_counts;
// 1 for success; 0 when the kernel does not count (before Linux 4.19) or the socket is none of TCP.
int spdz_wire_counts_of(int socket, spdz_wire_counts *counts);

typedef struct {
  int descriptor;
  uint8_t wants_read;
  uint8_t wants_write;
  uint8_t ready;  // out: anything to do, errors included
} spdz_poll_entry;

// Waits until an entry is ready or until `deadline` (monotonic nanoseconds, UINT64_MAX: for ever).
void spdz_poll(spdz_poll_entry *entries, size_t count, uint64_t deadline);

#endif
