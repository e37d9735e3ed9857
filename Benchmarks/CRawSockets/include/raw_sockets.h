// Two threads over loopback TCP with nothing of ours in between: what the library's channels are measured against.
#ifndef RAW_SOCKETS_H
#define RAW_SOCKETS_H

#include <stdint.h>

// `count` round trips of `bytes` bytes each way; writes the time of each in microseconds. With `tls` through OpenSSL, TLS
// 1.3 with AES-256-GCM. With `polls` both threads read without blocking until something comes. 1 for success.
int raw_round_trips(int tls, int polls, int count, int bytes, double *microseconds);

// `total` bytes one way, one byte back; writes the seconds. From one chunk that stays in the cache into another, or, with
// `in_memory`, from a message that lies in memory into another, as a program has them. 1 for success.
int raw_bulk(int tls, int64_t total, int in_memory, double *seconds);

#endif
