#include "CMemcheck.h"

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define HAVE_MEMCHECK 1
#endif
#endif

#ifdef HAVE_MEMCHECK
int memcheck_is_active(void) { return RUNNING_ON_VALGRIND ? 1 : 0; }
void memcheck_mark_secret(const void *bytes, size_t count) { (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, count); }
void memcheck_mark_public(const void *bytes, size_t count) { (void)VALGRIND_MAKE_MEM_DEFINED(bytes, count); }
unsigned memcheck_error_count(void) { return (unsigned)VALGRIND_COUNT_ERRORS; }
#else
int memcheck_is_active(void) { return 0; }
void memcheck_mark_secret(const void *bytes, size_t count) { (void)bytes, (void)count; }
void memcheck_mark_public(const void *bytes, size_t count) { (void)bytes, (void)count; }
unsigned memcheck_error_count(void) { return 0; }
#endif
