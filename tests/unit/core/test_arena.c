/* SPDX-License-Identifier: Apache-2.0
 *
 * The arena: zeroed, aligned, wiped, capped.
 */
#include "unit/unit.h"

#include "core/arena.h"
#include "core/poison.h"

#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/wait.h>
#include <unistd.h>

static void
allocations_are_zero_aligned_and_apart(void **state)
{
	struct arena arena;
	uint8_t *last = NULL;

	(void)state;
	arena_open(&arena, 1 << 20);
	for (size_t bytes = 0; bytes < 3000; bytes += 7) {
		uint8_t *at = arena_alloc(&arena, bytes);

		assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
		for (size_t i = 0; i < bytes; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xA5, bytes);
		assert_ptr_not_equal(at, last);
		last = at;
	}
	arena_close(&arena);
}

static void
a_block_comes_back_wiped(void **state)
{
	struct arena arena;
	uint8_t *first, *second;

	(void)state;
	arena_open(&arena, 1 << 20);
	first = arena_alloc(&arena, 4000);
	memset(first, 0xA5, 4000);
	arena_close(&arena);

	arena_open(&arena, 1 << 20);
	second = arena_alloc(&arena, 4000);
	assert_ptr_equal(first, second);
	for (size_t i = 0; i < 4000; i++)
		assert_int_equal(second[i], 0);
	arena_close(&arena);
}

static void
a_large_allocation_has_its_own_block(void **state)
{
	struct arena arena;
	uint8_t *small, *large;

	(void)state;
	arena_open(&arena, 4 << 20);
	small = arena_alloc(&arena, 10);
	large = arena_alloc(&arena, 3 << 20);
	memset(small, 1, 10);
	memset(large, 2, 3 << 20);
	assert_int_equal(small[9], 1);
	assert_true(arena.used_bytes >= (3u << 20) + 10);
	arena_close(&arena);
	assert_int_equal(arena.used_bytes, 0);
}

static void
the_cap_is_exact_and_aborts(void **state)
{
	struct arena arena;

	(void)state;
	arena_open(&arena, 1024);
	assert_non_null(arena_alloc(&arena, 1008));
	assert_true(UNIT_ABORTS(arena_alloc(&arena, 17)));
	assert_true(UNIT_ABORTS(arena_alloc(&arena, SIZE_MAX)));
	assert_true(UNIT_ABORTS(arena_alloc(&arena, SIZE_MAX - 20)));
	assert_non_null(arena_alloc(&arena, 16));
	assert_true(UNIT_ABORTS(arena_alloc(&arena, 1)));
	arena_close(&arena);
}

static void *
thread_of_arenas(void *arg)
{
	struct arena arenas[100];

	(void)arg;
	for (int i = 0; i < 100; i++) {
		arena_open(&arenas[i], 1 << 20);
		arena_alloc(&arenas[i], 100);
	}
	for (int i = 0; i < 100; i++)
		arena_close(&arenas[i]);
	return NULL;
}

/* The leak checker is the judge. */
static void
a_thread_that_ends_frees_its_cache(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, thread_of_arenas, NULL), 0);
	pthread_join(thread, NULL);
}

static void
what_is_past_an_allocation_is_poisoned(void **state)
{
#ifdef POISON_ASAN
	struct arena arena;
	char *at;

	arena_open(&arena, 1 << 20);
	at = arena_alloc(&arena, 13);
	assert_false(__asan_address_is_poisoned(at + 12));
	assert_true(__asan_address_is_poisoned(at + 13));
	assert_true(__asan_address_is_poisoned(at + 16));
	arena_close(&arena);
	assert_true(__asan_address_is_poisoned(at));
#else
	puts("skipped: only AddressSanitizer can be asked what is poisoned");
	skip();
#endif
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(allocations_are_zero_aligned_and_apart),
	    cmocka_unit_test(a_block_comes_back_wiped),
	    cmocka_unit_test(a_large_allocation_has_its_own_block),
	    cmocka_unit_test(the_cap_is_exact_and_aborts),
	    cmocka_unit_test(a_thread_that_ends_frees_its_cache),
	    cmocka_unit_test(what_is_past_an_allocation_is_poisoned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
