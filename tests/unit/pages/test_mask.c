/* SPDX-License-Identifier: Apache-2.0
 *
 * Masked secrets: never the same twice (case H16), and opened again.
 */
#include "unit/unit.h"

#include "pages/mask.h"

static void
a_mask_opens(void **state)
{
	struct task *task = *state;
	const char *masked = mask_text(task, "a secret of 256 bits");

	assert_string_equal(mask_open(task, masked), "a secret of 256 bits");
	assert_null(strstr(masked, "secret"));
}

static void
no_piece_of_a_mask_comes_back(void **state)
{
	struct task *task = *state;
	const char *secret = "0123456789abcdef0123456789abcdef";
	const char *one = mask_text(task, secret), *two = mask_text(task, secret);

	/* Five letters (30 bits) in a row alike by chance: once in 2 to the 24th. */
	for (size_t i = 0; i + 5 <= strlen(one); i++) {
		char piece[6] = {0};

		memcpy(piece, one + i, 5);
		assert_null(strstr(two, piece));
	}
}

static void
what_is_no_mask_is_refused(void **state)
{
	struct task *task = *state;

	assert_null(mask_open(task, NULL));
	assert_null(mask_open(task, ""));
	assert_null(mask_open(task, "A"));
	assert_null(mask_open(task, "AAAA"));   /* three bytes */
	assert_null(mask_open(task, "AAA"));    /* two bytes, secret is a NUL */
	assert_null(mask_open(task, "AQEB==")); /* not canonical */
	assert_null(mask_open(task, "../../etc"));
	assert_string_equal(mask_open(task, "AEE"), "A");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(a_mask_opens),
	    task_test(no_piece_of_a_mask_comes_back),
	    task_test(what_is_no_mask_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
