/* SPDX-License-Identifier: Apache-2.0
 *
 * Pushed requests: of one client, until a code was given (cases P03, P04, P05).
 */
#include "unit/records/fixture.h"

#include "records/pushed.h"

RECORDS_STAND

static const char *
kept(struct task *task, const char *client_id)
{
	const struct pushed pushed = {
	    .client_id = client_id,
	    .parameters = json_of(task, "{\"scope\":\"openid\",\"state\":\"a\\\"b\"}"),
	    .is_signed = true,
	};
	const char *handle;

	expect_ok(task, pushed_keep(task, &pushed, &handle));
	return handle;
}

static struct pushed *
found(struct task *task, const char *handle, const char *client_id)
{
	struct pushed *pushed;

	expect_ok(task, pushed_find(task, handle, client_id, &pushed));
	return pushed;
}

static void
round_trip(struct stand *s, struct task *task, unsigned index)
{
	const char *handle = kept(task, "rp1");
	struct pushed *pushed = found(task, handle, "rp1");

	(void)index;
	assert_non_null(pushed);
	assert_true(pushed->is_signed);
	assert_string_equal(json_get_text(pushed->parameters, "state"), "a\"b");
	assert_non_null(found(task, handle, "rp1"));
	assert_null(found(task, handle, "rp2"));
	assert_null(found(task, handle, NULL));
	assert_null(found(task, "x", "rp1"));
	assert_null(found(task, "", "rp1"));
	assert_null(found(task, NULL, "rp1"));
	clock_move(s, s->settings.par_life - 20);
	assert_non_null(found(task, handle, "rp1"));
	clock_move(s, s->settings.par_life + 2);
	assert_null(found(task, handle, "rp1"));
	clock_move(s, 0);
}
RECORDS_TEST(round_trip)

static void
claimed_once(struct stand *s, struct task *task, unsigned index)
{
	const char *handle = kept(task, "rp1");
	const char *mark = found(task, handle, "rp1")->mark;
	bool is_first;

	(void)s, (void)index;
	expect_ok(task, pushed_claim(task, mark, &is_first));
	assert_true(is_first);
	expect_ok(task, pushed_claim(task, mark, &is_first));
	assert_false(is_first);
	assert_null(found(task, handle, "rp1"));
	/* another one stays as it is */
	assert_non_null(found(task, kept(task, "rp1"), "rp1"));
}
RECORDS_TEST(claimed_once)

static void
many_are_refused(struct stand *s, struct task *task, unsigned index)
{
	const struct pushed pushed = {.client_id = "rp1", .parameters = json_of(task, "{}")};
	const char *handle;

	(void)index;
	s->settings.par_per_minute = 2;
	kept(task, "rp1");
	kept(task, "rp1");
	expect_fault(task, pushed_keep(task, &pushed, &handle), TOO_MANY_REQUESTS);
	kept(task, "rp2");
	s->settings.par_per_minute = 0;
	kept(task, "rp1");
}
RECORDS_TEST(many_are_refused)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(round_trip),
	    RECORDS_UNIT(claimed_once),
	    RECORDS_UNIT(many_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
