#define _GNU_SOURCE
#include "spdz_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "spdz_system.h"

enum { UNRESOLVED = 100000 };

int spdz_errno_address_in_use(void) { return EADDRINUSE; }
int spdz_errno_unresolved(void) { return UNRESOLVED; }

void spdz_errno_text(int error, char *text, size_t capacity) {
  char buffer[128];
  const char *found = error == UNRESOLVED ? "the host name cannot be resolved" : strerror_r(error, buffer, sizeof buffer);
  snprintf(text, capacity, "%s", found);
}

static struct addrinfo *resolve(const char *host, uint16_t port, int flags) {
  char service[8];
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  snprintf(service, sizeof service, "%u", (unsigned)port);
  return getaddrinfo(host, service, &hints, &found) == 0 ? found : NULL;
}

static void set_options(int socket) {
  int one = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
}

static uint16_t port_of(int socket) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(socket, (struct sockaddr *)&address, &length) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  return 0;
}

int spdz_listen(const char *host, uint16_t port, int backlog, uint16_t *bound) {
  struct addrinfo *list = resolve(host, port, AI_PASSIVE);
  int error = UNRESOLVED;
  for (struct addrinfo *each = list; each != NULL; each = each->ai_next) {
    int one = 1, fd = socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      error = errno;
      continue;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, each->ai_addr, each->ai_addrlen) == 0 && listen(fd, backlog) == 0) {
      *bound = port_of(fd);
      freeaddrinfo(list);
      return fd;
    }
    error = errno;
    close(fd);
  }
  if (list != NULL) freeaddrinfo(list);
  return -error;
}

int spdz_accept(int listener) {
  int fd;
  do fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
  set_options(fd);
  return fd;
}

int spdz_connect(const char *host, uint16_t port) {
  struct addrinfo *list = resolve(host, port, 0);
  int error = UNRESOLVED;
  for (struct addrinfo *each = list; each != NULL; each = each->ai_next) {
    int fd = socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      error = errno;
      continue;
    }
    set_options(fd);
    if (connect(fd, each->ai_addr, each->ai_addrlen) == 0 || errno == EINPROGRESS) {
      freeaddrinfo(list);
      return fd;
    }
    error = errno;
    close(fd);
  }
  if (list != NULL) freeaddrinfo(list);
  return -error;
}

int spdz_connect_result(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  return -error;
}

static long result_of(ssize_t count) {
  if (count >= 0) return (long)count;
  if (errno == EAGAIN || errno == EWOULDBLOCK) return SPDZ_WOULD_BLOCK;
  return errno == EPIPE || errno == ECONNRESET ? SPDZ_CLOSED : SPDZ_FAILED;
}

long spdz_receive(int socket, void *bytes, size_t count) {
  ssize_t got;
  do got = recv(socket, bytes, count, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  return got == 0 && count > 0 ? SPDZ_CLOSED : result_of(got);
}

long spdz_send(int socket, const void *bytes, size_t count) {
  return spdz_send_two(socket, bytes, count, NULL, 0);
}

long spdz_send_two(int socket, const void *first, size_t first_count, const void *second, size_t second_count) {
  struct iovec pieces[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = second_count > 0 ? 2 : 1};
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return result_of(sent);
}

void spdz_shutdown_write(int socket) { shutdown(socket, SHUT_WR); }

void spdz_poll(spdz_poll_entry *entries, size_t count, uint64_t deadline) {
  enum { LIMIT = 512 };
  struct pollfd polls[LIMIT];
  struct timespec pause, *limit = NULL;
  if (count > LIMIT) count = LIMIT;
  for (size_t i = 0; i < count; i++) {
    polls[i].fd = entries[i].descriptor;
    polls[i].events = (short)((entries[i].wants_read ? POLLIN : 0) | (entries[i].wants_write ? POLLOUT : 0));
    polls[i].revents = 0;
    entries[i].ready = 0;
  }
  if (deadline != UINT64_MAX) {
    uint64_t now = spdz_monotonic_nanoseconds(), left = deadline > now ? deadline - now : 0;
    pause.tv_sec = (time_t)(left / 1000000000u);
    pause.tv_nsec = (long)(left % 1000000000u);
    limit = &pause;
  }
  if (ppoll(polls, (nfds_t)count, limit, NULL) <= 0) return;
  for (size_t i = 0; i < count; i++) entries[i].ready = polls[i].revents != 0;
}
