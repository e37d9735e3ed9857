#define _GNU_SOURCE
#include <string.h>
#include <limits.h>
#include <malloc.h>
#include "spdz_system.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t spdz_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int spdz_processor_count(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

void spdz_yield(void) { sched_yield(); }

int spdz_event_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void spdz_event_signal(int event) {
  uint64_t one = 1;
  while (write(event, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void spdz_event_clear(int event) {
  uint64_t count;
  while (read(event, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

void spdz_event_wait(int event, uint64_t deadline) {
  struct pollfd entry = {.fd = event, .events = POLLIN};
  struct timespec pause, *limit = NULL;
  if (deadline != UINT64_MAX) {
    uint64_t now = spdz_monotonic_nanoseconds(), left = deadline > now ? deadline - now : 0;
    pause.tv_sec = (time_t)(left / 1000000000u);
    pause.tv_nsec = (long)(left % 1000000000u);
    limit = &pause;
  }
  ppoll(&entry, 1, limit, NULL);
}

void spdz_close(int descriptor) {
  if (descriptor >= 0) close(descriptor);
}

struct start {
  void (*body)(void *);
  void *context;
  char name[16];
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  // Named by itself: the creator could meet a thread that has ended.
  pthread_setname_np(pthread_self(), start.name);
  start.body(start.context);
  return NULL;
}

int spdz_thread_start(const char *name, void (*body)(void *), void *context) {
  struct start *start = malloc(sizeof *start);
  pthread_t thread;
  pthread_attr_t attributes;
  if (start == NULL) return 0;
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);
  start->name[sizeof start->name - 1] = 0;
  if (pthread_attr_init(&attributes) != 0) {
    free(start);
    return 0;
  }
  // Protocol code of a party runs on such a thread: as much stack as a main thread has.
  pthread_attr_setstacksize(&attributes, 8u << 20);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  int status = pthread_create(&thread, &attributes, run, start);
  pthread_attr_destroy(&attributes);
  if (status != 0) {
    free(start);
    return 0;
  }
  return 1;
}

void spdz_exact_timers(void) { prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); }

void spdz_keep_freed_memory(void) {
#if defined(__GLIBC__)
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

int spdz_forbid_core_dumps(void) {
  struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}
