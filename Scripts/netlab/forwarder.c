// Carries Ethernet frames between two interfaces as a link of a given delay and rate would: for machines without netem.
//   forwarder IF_A IF_B DELAY_MS RATE_MBIT        (rate 0: no limit; both directions alike; ends with SIGTERM)
// Each direction has one transmitter: a frame begins when the one before it has left, takes size / rate, and arrives the
// delay later. Offloads of both interfaces have to be off, or frames larger than the wire's come through.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { SLOT_COUNT = 1 << 16, FRAME_CAPACITY = 2048 };

struct slot {
  uint64_t due;
  int size;
  unsigned char frame[FRAME_CAPACITY];
};

struct direction {
  int from, to;
  struct slot *slots;
  unsigned head, tail;
  uint64_t free_at;
  unsigned long carried, dropped;
};

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int attach(const char *name) {
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
  int one = 1, room = 16 << 20;
  int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
  if (address.sll_ifindex == 0 || descriptor < 0 || bind(descriptor, (void *)&address, sizeof address) < 0) {
    perror(name);
    exit(1);
  }
  setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  return descriptor;
}

static void take(struct direction *way, uint64_t delay, double nanoseconds_per_byte) {
  for (int i = 0; i < 256; i++) {
    struct slot *slot = &way->slots[way->tail % SLOT_COUNT];
    if (way->tail - way->head == SLOT_COUNT) return;
    ssize_t size = recv(way->from, slot->frame, FRAME_CAPACITY, MSG_TRUNC);
    if (size <= 0) return;
    if (size > FRAME_CAPACITY) {
      if (way->dropped++ == 0) fprintf(stderr, "frame of %zd bytes dropped: turn offloads off\n", size);
      continue;
    }
    uint64_t start = now();
    if (way->free_at > start) start = way->free_at;
    way->free_at = start + (uint64_t)((double)size * nanoseconds_per_byte);
    slot->due = way->free_at + delay;
    slot->size = (int)size;
    way->tail++;
  }
}

static void give(struct direction *way, uint64_t time) {
  while (way->head != way->tail) {
    struct slot *slot = &way->slots[way->head % SLOT_COUNT];
    if (slot->due > time) return;
    if (send(way->to, slot->frame, (size_t)slot->size, 0) < 0 && (errno == ENOBUFS || errno == EAGAIN)) return;
    way->carried++;
    way->head++;
  }
}

int main(int count, char **words) {
  if (count != 5) {
    fprintf(stderr, "forwarder IF_A IF_B DELAY_MS RATE_MBIT\n");
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  uint64_t delay = (uint64_t)(atof(words[3]) * 1e6);
  double rate = atof(words[4]), nanoseconds_per_byte = rate > 0 ? 8e3 / rate : 0;
  int a = attach(words[1]), b = attach(words[2]);
  struct direction ways[2] = {{.from = a, .to = b}, {.from = b, .to = a}};
  for (int i = 0; i < 2; i++) {
    ways[i].slots = malloc(sizeof(struct slot) * SLOT_COUNT);
    if (ways[i].slots == NULL) return 1;
  }
  for (;;) {
    uint64_t time = now(), next = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
      give(&ways[i], time);
      if (ways[i].head != ways[i].tail) {
        uint64_t due = ways[i].slots[ways[i].head % SLOT_COUNT].due;
        if (due < next) next = due;
      }
    }
    struct pollfd entries[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    struct timespec pause, *limit = NULL;
    if (next != UINT64_MAX) {
      time = now();
      uint64_t left = next > time ? next - time : 0;
      pause = (struct timespec){(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
      limit = &pause;
    }
    if (ppoll(entries, 2, limit, NULL) < 0 && errno != EINTR) return 1;
    for (int i = 0; i < 2; i++) take(&ways[i], delay, nanoseconds_per_byte);
  }
}
