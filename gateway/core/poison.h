/* SPDX-License-Identifier: Apache-2.0
 *
 * Marks memory of our own pools as out of bounds, for AddressSanitizer and (in builds for tests)
 * valgrind; nothing in a release.
 */
#ifndef CORE_POISON_H
#define CORE_POISON_H

#include <stddef.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define POISON_ASAN 1
#include <sanitizer/asan_interface.h>
#elif defined(DVARA_TESTING) && defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#define POISON_VALGRIND 1
#include <valgrind/memcheck.h>
#endif
#endif

/* Bytes between two allocations that nobody may touch. */
#if defined(POISON_ASAN) || defined(POISON_VALGRIND)
#define POISON_GAP ((size_t)16)
#else
#define POISON_GAP ((size_t)0)
#endif

static inline void
poison_lay(void *at, size_t bytes)
{
#if defined(POISON_ASAN)
	__asan_poison_memory_region(at, bytes);
#elif defined(POISON_VALGRIND)
	VALGRIND_MAKE_MEM_NOACCESS(at, bytes);
#endif
	(void)at, (void)bytes;
}

static inline void
poison_lift(void *at, size_t bytes)
{
#if defined(POISON_ASAN)
	__asan_unpoison_memory_region(at, bytes);
#elif defined(POISON_VALGRIND)
	VALGRIND_MAKE_MEM_DEFINED(at, bytes);
#endif
	(void)at, (void)bytes;
}

#endif
