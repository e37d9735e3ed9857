// Client requests to valgrind's memcheck, for constant-time checks: memory marked undefined is treated like memory that
// was never initialised, so that memcheck reports each branch and each address that depends on it. Without valgrind's
// header at build time, or without valgrind at run time, nothing happens.
#pragma once
#include <stddef.h>

/// Whether the program runs under valgrind and the marks have an effect.
int memcheck_is_active(void);
/// From here on the bytes count as secret.
void memcheck_mark_secret(const void *bytes, size_t count);
/// From here on the bytes count as public.
void memcheck_mark_public(const void *bytes, size_t count);
/// Errors memcheck has reported so far.
unsigned memcheck_error_count(void);
