/* SPDX-License-Identifier: Apache-2.0
 *
 * States of signing keys (case R14).
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "http/reply.h"
#include "records/key.h"

RECORDS_STAND

/* as long as clients keep /jwks, and a moment for the loops */
#define SEEN_S (REPLY_STATIC_MAX_AGE_S + 5)

static const struct key_record *
record(struct task *task, const char *kid)
{
	struct key_record *records;
	size_t n;

	expect_ok(task, key_list(task, &records, &n));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(records[i].kid, kid) == 0)
			return &records[i];
	}
	return NULL;
}

/* one and three have retired */
static void
forgotten(struct stand *s, struct task *task)
{
	int64_t ended_s = record(task, "three")->last_exp_s;
	const char **kids;

	expect_ok(task, key_forget(task, clock_now_s(), &kids));
	assert_null(kids[0]);
	clock_move(s, s->settings.tokens_access + 600);
	assert_null(record(task, "three"));
	expect_ok(task, key_forget(task, ended_s + 1, &kids));
	assert_string_equal(kids[0], "three");
	assert_null(kids[1]);
	expect_ok(task, key_forget(task, ended_s + 1, &kids));
	assert_null(kids[0]);
	assert_non_null(record(task, "two"));
	assert_non_null(record(task, "four"));
}

static void
life(struct stand *s, struct task *task, unsigned index)
{
	(void)index;
	assert_null(record(task, "one"));
	expect_ok(task, key_stage(task, "one", ALG_ES256, "alice"));
	expect_fault(task, key_stage(task, "one", ALG_ES256, "alice"), CONFLICT);
	assert_int_equal(record(task, "one")->state, KEY_STAGED);
	assert_int_equal(record(task, "one")->alg, ALG_ES256);
	expect_ok(task, key_activate(task, "one", "alice", false));
	assert_int_equal(record(task, "one")->state, KEY_ACTIVE);
	expect_fault(task, key_activate(task, "one", "alice", false), CONFLICT);
	expect_fault(task, key_activate(task, "none", "alice", false), NOT_FOUND);
	expect_fault(task, key_retire(task, "one", "alice"), CONFLICT);
	assert_int_equal(record(task, "one")->state, KEY_ACTIVE);

	/* another algorithm is another matter */
	expect_ok(task, key_stage(task, "rsa", ALG_RS256, "alice"));
	expect_fault(task, key_activate(task, "rsa", "alice", false), CONFLICT);
	expect_ok(task, key_activate(task, "rsa", "alice", true));
	assert_int_equal(record(task, "one")->state, KEY_ACTIVE);

	/* not before whoever keeps /jwks has read it anew */
	expect_ok(task, key_stage(task, "two", ALG_ES256, "alice"));
	clock_move(s, SEEN_S - 20);
	expect_fault(task, key_activate(task, "two", "alice", false), CONFLICT);
	assert_int_equal(record(task, "two")->state, KEY_STAGED);
	assert_int_equal(record(task, "one")->state, KEY_ACTIVE);
	clock_move(s, SEEN_S);
	expect_ok(task, key_activate(task, "two", "alice", false));
	assert_int_equal(record(task, "two")->state, KEY_ACTIVE);
	assert_int_equal(record(task, "one")->state, KEY_RETIRED);
	assert_true(record(task, "one")->last_exp_s >= clock_now_s() + s->settings.tokens_access);
	expect_fault(task, key_activate(task, "one", "alice", false), CONFLICT);
	clock_move(s, SEEN_S + s->settings.tokens_access - 5);
	assert_non_null(record(task, "one")); /* its last token may live */
	clock_move(s, SEEN_S + s->settings.tokens_access + 120);
	assert_null(record(task, "one"));
	clock_move(s, 0);

	expect_ok(task, key_stage(task, "three", ALG_ES256, "alice"));
	expect_fault(task, key_stage_after(task, "four", ALG_ES256, "two"), CONFLICT);
	expect_ok(task, key_retire(task, "three", "alice"));
	expect_ok(task, key_retire(task, "three", "alice"));
	expect_fault(task, key_stage_after(task, "four", ALG_ES256, "one"), CONFLICT);
	expect_ok(task, key_stage_after(task, "four", ALG_ES256, "two"));
	assert_int_equal(record(task, "four")->state, KEY_STAGED);
	forgotten(s, task);
}
RECORDS_TEST(life)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
