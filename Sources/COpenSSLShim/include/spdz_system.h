// The few system calls of the transport behind plain C calls. Descriptors are closed on exec; sockets do not block.
#ifndef SPDZ_SYSTEM_H
#define SPDZ_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

// CLOCK_MONOTONIC in nanoseconds.
uint64_t spdz_monotonic_nanoseconds(void);
int spdz_processor_count(void);
// Lets another thread of this core run, if one waits.
void spdz_yield(void);

// An eventfd: signalled, cleared, waited for until `deadline` (monotonic nanoseconds, UINT64_MAX: for ever).
int spdz_event_create(void);
void spdz_event_signal(int event);
void spdz_event_clear(int event);
void spdz_event_wait(int event, uint64_t deadline);

void spdz_close(int descriptor);

// Starts a detached thread that runs `body(context)`. 1 for success.
int spdz_thread_start(const char *name, void (*body)(void *), void *context);

// Timers of the calling thread fire when they are due, not up to 50 µs later.
void spdz_exact_timers(void);

// Lets the allocator keep freed memory instead of giving it back to the kernel: vectors of millions of elements are
// allocated and freed in every step, and fresh pages cost more than the arithmetic on them. For programs, not libraries.
void spdz_keep_freed_memory(void);

// No core dump of this process and no other process of this user may look into its memory. For programs. 1 for success.
int spdz_forbid_core_dumps(void);

#endif
