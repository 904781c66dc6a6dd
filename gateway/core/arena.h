/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that lives as long as one piece of work.
 *
 * Nothing is freed by hand: the whole arena is wiped and handed back at the end.  Allocation never
 * returns NULL: inputs are bounded before they are read, so that the cap cannot be reached by any
 * of them (a test sends the largest legal request); reaching it, or real exhaustion, aborts.
 * Unused bytes are poisoned under AddressSanitizer and valgrind.  Not thread-safe: an arena belongs
 * to the fiber that runs.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *block; /* newest */
	size_t used_bytes;         /* in all blocks */
	size_t max_bytes;
};

#define ARENA_MAX_BYTES (8u << 20)

void arena_open(struct arena *arena, size_t max_bytes);
void arena_close(struct arena *arena); /* wipes, keeps first blocks for reuse by this thread */

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t bytes) __attribute__((malloc, returns_nonnull));

/* Bytes until the cap. */
size_t arena_left(const struct arena *arena);

#endif
