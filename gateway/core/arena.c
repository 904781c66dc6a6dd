/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that lives as long as one piece of work (see arena.h).
 *
 * Unused bytes of a block are always zero, so that an allocation has nothing to clear: a block is
 * zero when it comes from calloc() and wiped where it was used when it goes back.
 */
#include "core/arena.h"

#include "core/log.h"
#include "core/poison.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK_BYTES (32u << 10)
#define LARGE_BLOCK_BYTES (256u << 10)
#define CACHED_BLOCKS     64

struct arena_block {
	struct arena_block *older;
	size_t size, used;
	alignas(max_align_t) uint8_t bytes[];
};

/* First blocks that wait for the next task of this thread. */
static _Thread_local struct arena_block *cached;
static _Thread_local unsigned n_cached;
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static size_t padded(size_t bytes);
static void block_add(struct arena *arena, size_t bytes);
static struct arena_block *block_new(size_t bytes);
static struct arena_block *block_of_cache(void);
static void block_end(struct arena_block *block);
static void thread_end_make(void);
static void cache_free(void *unused);
static _Noreturn void give_up(const char *why, size_t bytes);

void
arena_open(struct arena *arena, size_t max_bytes)
{
	*arena = (struct arena){.max_bytes = max_bytes};
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
	struct arena_block *block = arena->block;
	size_t size = padded(bytes);
	void *at;

	if (size < bytes || size > arena->max_bytes - arena->used_bytes)
		give_up("an arena reached its cap", arena->max_bytes);
	if (block == NULL || size + POISON_GAP > block->size - block->used) {
		block_add(arena, size + POISON_GAP);
		block = arena->block;
	}
	at = block->bytes + block->used;
	block->used += size + POISON_GAP;
	arena->used_bytes += size;
	poison_lift(at, bytes);
	return at;
}

size_t
arena_left(const struct arena *arena)
{
	return arena->max_bytes - arena->used_bytes;
}

static size_t
padded(size_t bytes)
{
	size_t unit = alignof(max_align_t);

	return bytes == 0 ? unit : (bytes + unit - 1) & ~(unit - 1);
}

static void
block_add(struct arena *arena, size_t bytes)
{
	struct arena_block *older = arena->block, *block = NULL;
	size_t room = FIRST_BLOCK_BYTES - sizeof(*block);

	if (older != NULL)
		room = older->size < LARGE_BLOCK_BYTES / 2 ? older->size * 2 : LARGE_BLOCK_BYTES;
	if (older == NULL && bytes <= room)
		block = block_of_cache();
	if (block == NULL)
		block = block_new(bytes > room ? bytes : room);
	block->older = older;
	arena->block = block;
}

static struct arena_block *
block_of_cache(void)
{
	struct arena_block *block = cached;

	if (block == NULL)
		return NULL;
	cached = block->older;
	n_cached--;
	return block;
}

static struct arena_block *
block_new(size_t bytes)
{
	struct arena_block *block = calloc(1, sizeof(*block) + bytes);

	if (block == NULL)
		give_up("no memory is left", bytes);
	block->size = bytes;
	poison_lay(block->bytes, bytes);
	return block;
}

void
arena_close(struct arena *arena)
{
	for (struct arena_block *older, *block = arena->block; block != NULL; block = older) {
		older = block->older;
		block_end(block);
	}
	arena->block = NULL;
	arena->used_bytes = 0;
}

static void
block_end(struct arena_block *block)
{
	poison_lift(block->bytes, block->used);
	explicit_bzero(block->bytes, block->used);
	block->used = 0;
	if (block->size != FIRST_BLOCK_BYTES - sizeof(*block) || n_cached >= CACHED_BLOCKS) {
		poison_lift(block->bytes, block->size);
		free(block);
		return;
	}
	poison_lay(block->bytes, block->size);
	pthread_once(&thread_end_once, thread_end_make);
	if (cached == NULL)
		pthread_setspecific(thread_end, &cached);
	block->older = cached;
	cached = block;
	n_cached++;
}

static void
thread_end_make(void)
{
	pthread_key_create(&thread_end, cache_free);
}

static void
cache_free(void *unused)
{
	(void)unused;
	for (struct arena_block *block; (block = block_of_cache()) != NULL;) {
		poison_lift(block->bytes, block->size);
		free(block);
	}
}

static void
give_up(const char *why, size_t bytes)
{
	log_line(LOG_CRIT, "memory", "%s: %zu bytes", why, bytes);
	abort();
}
