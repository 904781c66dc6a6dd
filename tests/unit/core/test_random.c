/* SPDX-License-Identifier: Apache-2.0
 *
 * Random bytes: there, different, and even.
 */
#include "unit/unit.h"

#include "core/random.h"
#include "core/str.h"

static void
ids_differ_and_have_their_length(void **state)
{
	char *a = random_id(*state, RANDOM_ID), *b = random_id(*state, RANDOM_ID);
	struct bytes bytes;

	assert_int_equal(strlen(a), 43);
	assert_string_not_equal(a, b);
	assert_true(b64u_decode(*state, a, 43, &bytes));
	assert_int_equal(strlen(random_id(*state, 8)), 11);
}

static void
every_byte_is_written(void **state)
{
	uint8_t seen[1000] = {0};

	(void)state;
	for (int round = 0; round < 8; round++) {
		uint8_t bytes[1000] = {0};

		random_bytes(bytes, sizeof(bytes));
		for (size_t i = 0; i < sizeof(bytes); i++)
			seen[i] |= bytes[i];
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_int_not_equal(seen[i], 0);
}

static void
below_a_limit_it_is_even(void **state)
{
	unsigned n_of[6] = {0};

	(void)state;
	for (int i = 0; i < 6000; i++) {
		uint32_t number = random_below(6);

		assert_true(number < 6);
		n_of[number]++;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(n_of[i], 800, 1200);
	assert_int_equal(random_below(1), 0);
	for (int i = 0; i < 100; i++)
		assert_true(random_below(UINT32_MAX) < UINT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(ids_differ_and_have_their_length),
	    task_test(every_byte_is_written),
	    task_test(below_a_limit_it_is_even),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
