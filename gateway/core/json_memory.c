/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of jansson: every piece is wiped when it is given back, for texts may be secrets.
 *
 * Requests under way hold more small pieces than malloc() keeps at hand for a thread: here they are
 * kept by their size, up to so many bytes in all.  A piece may be given back by another thread than
 * took it.  AddressSanitizer sees nearly every piece come and go.
 */
#include "core/json_memory.h"

#include "core/poison.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_BYTES     16
#define N_SIZES        16 /* below 256 bytes */
#define KEPT_MAX_BYTES (1u << 20)
#ifdef POISON_ASAN
#define KEEPS_MANY false /* a chain of them would look lost */
#else
#define KEEPS_MANY true
#endif

struct piece {
	struct piece *next;
};

/* [n]: pieces of n units and maybe a part of one more */
static _Thread_local struct piece *shelves[N_SIZES];
static _Thread_local size_t kept_bytes;
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static void *piece_take(size_t bytes);
static void piece_give(void *at);
static bool piece_keep(void *at, size_t bytes);
static void thread_end_make(void);
static void shelves_free(void *unused);
static void process_end(void);

void
json_memory_setup(void)
{
	json_set_alloc_funcs(piece_take, piece_give);
}

static void *
piece_take(size_t bytes)
{
	size_t n_units = (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
	struct piece *piece;

	if (n_units >= N_SIZES)
		return malloc(bytes);
	piece = shelves[n_units];
	if (piece == NULL)
		return malloc(n_units * UNIT_BYTES);
	poison_lift(piece, n_units * UNIT_BYTES);
	shelves[n_units] = piece->next;
	kept_bytes -= n_units * UNIT_BYTES;
	return piece;
}

static void
piece_give(void *at)
{
	size_t bytes;

	if (at == NULL)
		return;
	bytes = malloc_usable_size(at);
	explicit_bzero(at, bytes);
	if (!piece_keep(at, bytes))
		free(at);
}

static bool
piece_keep(void *at, size_t bytes)
{
	size_t n_units = bytes / UNIT_BYTES;
	struct piece *piece = at;

	if (n_units == 0 || n_units >= N_SIZES || kept_bytes >= KEPT_MAX_BYTES ||
	    (shelves[n_units] != NULL && !KEEPS_MANY))
		return false;
	pthread_once(&thread_end_once, thread_end_make);
	if (shelves[n_units] == NULL)
		pthread_setspecific(thread_end, shelves);
	piece->next = shelves[n_units];
	shelves[n_units] = piece;
	kept_bytes += n_units * UNIT_BYTES;
	poison_lay(piece, n_units * UNIT_BYTES);
	return true;
}

static void
thread_end_make(void)
{
	pthread_key_create(&thread_end, shelves_free);
	/* The first thread ends without its keys being asked. */
	atexit(process_end);
}

static void
process_end(void)
{
	shelves_free(NULL);
}

static void
shelves_free(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < N_SIZES; i++) {
		for (struct piece *next, *piece = shelves[i]; piece != NULL; piece = next) {
			poison_lift(piece, i * UNIT_BYTES);
			next = piece->next;
			free(piece);
		}
		shelves[i] = NULL;
	}
	kept_bytes = 0;
}
