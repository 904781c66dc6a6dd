/* SPDX-License-Identifier: Apache-2.0
 *
 * Client secrets at rest.
 */
#include "unit/unit.h"

#include "core/fiber.h"
#include "core/offload.h"
#include "core/str.h"
#include "jose/digest.h"

static bool
matches(struct task *task, const char *secret, const char *stored)
{
	bool matches = false;

	assert_int_equal(digest_secret_matches(task, secret, stored, &matches), 0);
	return matches;
}

static void
a_chosen_secret_is_scrypted(void **state)
{
	const char *stored, *again;

	assert_int_equal(digest_secret_store(*state, "correct horse", &stored), 0);
	assert_int_equal(digest_secret_store(*state, "correct horse", &again), 0);
	assert_true(str_starts(stored, "scrypt$32768$8$1$"));
	assert_string_not_equal(stored, again);
	assert_true(matches(*state, "correct horse", stored));
	assert_true(matches(*state, "correct horse", again));
	assert_false(matches(*state, "correct horsf", stored));
	assert_false(matches(*state, "", stored));
}

/* RFC 7914 section 12, the second vector, cut to 32 bytes. */
static void
scrypt_is_that_of_rfc_7914(void **state)
{
	static const uint8_t hash[] = {0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00, 0x78, 0x56,
	    0xe7, 0x19, 0x0d, 0x01, 0xe9, 0xfe, 0x7c, 0x6a, 0xd7, 0xcb, 0xc8, 0x23, 0x78, 0x30,
	    0xe7, 0x73, 0x76, 0x63, 0x4b, 0x37, 0x31, 0x62};
	const char *stored =
	    task_printf(*state, "scrypt$1024$8$16$%s$%s", b64u_encode(*state, BYTES_OF("NaCl")),
		b64u_encode(*state, (struct bytes){hash, sizeof(hash)}));

	assert_true(matches(*state, "password", stored));
	assert_false(matches(*state, "passwore", stored));
}

static void
a_random_secret_is_hashed(void **state)
{
	const char *stored = digest_secret_store_random(*state, "s3cret");

	assert_true(str_starts(stored, "sha256$"));
	assert_true(matches(*state, "s3cret", stored));
	assert_false(matches(*state, "s3creT", stored));
}

static void
an_odd_row_is_a_fault_of_ours(void **state)
{
	static const char *const rows[] = {"", "plain", "scrypt$", "scrypt$9999999$8$1$AAAA$AAAA",
	    "scrypt$32768$99$1$AAAA$AAAA", "scrypt$32768$8$1$AAAA$AAAA", "md5$abc"};
	bool matches;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct task *task = *state;

		assert_int_equal(digest_secret_matches(task, "x", rows[i], &matches), BROKEN);
		fault_clear(task);
	}
}

struct fiber_story {
	struct loop *loop;
	unsigned n_turns, n_turns_before;
	bool matches;
};

static void
turn_count(void *arg)
{
	struct fiber_story *story = arg;

	story->n_turns++;
	loop_wake_at(story->loop, 0);
}

static void
fiber_run(void *arg)
{
	struct fiber_story *story = arg;
	const char *stored = NULL;
	struct task task;

	task_open(&task, story->loop, NULL, 60000);
	assert_int_equal(digest_secret_store(&task, "correct horse", &stored), 0);
	story->n_turns_before = story->n_turns;
	story->matches = matches(&task, "correct horse", stored);
	task_close(&task);
	loop_stop(story->loop);
}

/* The loop turns while another thread works. */
static void
a_fiber_waits_for_the_pool(void **state)
{
	struct fiber_story story = {.loop = loop_new()};

	(void)state;
	offload_open(1);
	loop_hook(story.loop, turn_count, &story);
	fiber_start(story.loop, fiber_run, &story);
	loop_run(story.loop);
	assert_true(story.matches);
	assert_true(story.n_turns > story.n_turns_before + 1);
	loop_free(story.loop);
	offload_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(a_chosen_secret_is_scrypted),
	    task_test(scrypt_is_that_of_rfc_7914),
	    task_test(a_random_secret_is_hashed),
	    task_test(an_odd_row_is_a_fault_of_ours),
	    cmocka_unit_test(a_fiber_waits_for_the_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
