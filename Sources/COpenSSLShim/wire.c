// Apart from socket.c: the kernel's header has the counters, glibc's <netinet/tcp.h> has not, and they do not mix.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "spdz_socket.h"

int spdz_wire_counts_of(int socket, spdz_wire_counts *counts) {
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  if (length < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof info.tcpi_bytes_retrans) return 0;
  counts->bytes_sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
  counts->bytes_repeated = info.tcpi_bytes_retrans;
  counts->bytes_received = info.tcpi_bytes_received;
  counts->segments_sent = info.tcpi_segs_out;
  counts->segments_received = info.tcpi_segs_in;
  return 1;
}
