/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of Redis on a real server.
 */
#include "unit/store/fixture.h"

#include "core/fiber.h"
#include "store/redis.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define MINUTE 60000

static struct stand stand;

static int
setup(void **state)
{
	(void)state;
	stand_open(&stand);
	stand_redis_start(&stand, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	stand_close(&stand);
	return 0;
}

static void
verbs(struct stand *s, struct task *task, unsigned index)
{
	const char *value = "untouched";
	bool is_new = false;

	(void)index;
	assert_non_null(s->rooms.redis);
	expect_ok(task, redis_get(task, "a", &value));
	assert_null(value);
	expect_ok(task, redis_put(task, "a", "one", MINUTE));
	expect_ok(task, redis_get(task, "a", &value));
	assert_string_equal(value, "one");
	assert_true(redis_is_ready(s->rooms.redis));

	expect_ok(task, redis_put_new(task, "a", "two", MINUTE, &is_new));
	assert_false(is_new);
	expect_ok(task, redis_put_new(task, "b", "two", MINUTE, &is_new));
	assert_true(is_new);

	expect_ok(task, redis_take(task, "a", &value));
	assert_string_equal(value, "one");
	expect_ok(task, redis_take(task, "a", &value));
	assert_null(value);
	expect_ok(task, redis_drop(task, "b"));
	expect_ok(task, redis_drop(task, "b"));
	expect_ok(task, redis_get(task, "b", &value));
	assert_null(value);
}

static void
test_verbs(void **state)
{
	(void)state;
	stand_redis(&stand, verbs);
}

static void
lives(struct stand *s, struct task *task, unsigned index)
{
	const char *value;

	(void)s, (void)index;
	expect_ok(task, redis_put(task, "short", "x", 30));
	expect_ok(task, redis_put(task, "long", "x", MINUTE));
	expect_ok(task, fiber_sleep(task, 60));
	expect_ok(task, redis_get(task, "short", &value));
	assert_null(value);
	expect_ok(task, redis_get(task, "long", &value));
	assert_non_null(value);
}

static void
test_values_end(void **state)
{
	(void)state;
	stand_redis(&stand, lives);
}

/* Case F01, F03: whatever an id holds, it is one argument. */
static void
odd_texts(struct stand *s, struct task *task, unsigned index)
{
	static const char *const texts[] = {"a\r\nFLUSHALL\r\n", "x EX 1", "%s%n%b", "",
	    "\")redis.call(\"FLUSHALL",
	    "\xe1\x9e\x91\xe1\x9f\x92\xe1\x9e\x9c\xe1\x9e\xb6\xe1\x9e\x9a"};
	static struct redis_script echo = {"return {KEYS[1], ARGV[1]}", ""};
	struct redis_answer answer;
	const char *value;
	char *large;

	(void)s, (void)index;
	expect_ok(task, redis_put(task, "stays", "here", MINUTE));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *keys[] = {texts[i], NULL};

		expect_ok(task, redis_put(task, texts[i], texts[i], MINUTE));
		expect_ok(task, redis_get(task, texts[i], &value));
		assert_string_equal(value, texts[i]);
		expect_ok(task, redis_run(task, &echo, &(struct redis_call){keys, keys}, &answer));
		assert_int_equal(answer.is, REDIS_LIST);
		assert_string_equal(answer.list[0], task_printf(task, "dv:%s", texts[i]));
		assert_string_equal(answer.list[1], texts[i]);
	}
	large = task_alloc(task, (256u << 10) + 2);
	memset(large, 'x', (256u << 10) + 1);
	expect_fault(task, redis_put(task, "large", large, MINUTE), BROKEN);
	expect_fault(task, redis_put(task, "ended", "x", 0), BROKEN);
	large[256u << 10] = '\0';
	expect_ok(task, redis_put(task, "large", large, MINUTE));
	expect_ok(task, redis_get(task, "large", &value));
	assert_string_equal(value, large);
	expect_ok(task, redis_get(task, "stays", &value));
	assert_string_equal(value, "here");
}

static void
test_odd_texts_are_arguments(void **state)
{
	(void)state;
	stand_redis(&stand, odd_texts);
}

static void
scripts(struct stand *s, struct task *task, unsigned index)
{
	static struct redis_script add = {"return redis.call('INCRBY', KEYS[1], ARGV[1])", ""};
	static struct redis_script nothing = {"return nil", ""};
	static struct redis_script mixed = {"return {'a', 2, false}", ""};
	static struct redis_script empty = {"return {}", ""};
	static struct redis_script wrong = {"return nonsense(1)", ""};
	static struct redis_script text = {"return 'one'", ""};
	const char *keys[] = {"n", NULL}, *args[] = {"5", NULL}, *none[] = {NULL};
	struct redis_call call = {keys, args};
	struct redis_answer answer;
	const char *value;

	(void)s, (void)index;
	expect_ok(task, redis_run(task, &add, &call, &answer));
	expect_ok(task, redis_run(task, &add, &call, &answer));
	assert_int_equal(answer.is, REDIS_INTEGER);
	assert_int_equal(answer.integer, 10);
	assert_int_equal(strlen(add.sha1), 40);
	call = (struct redis_call){none, NULL};
	expect_ok(task, redis_run(task, &nothing, &call, &answer));
	assert_int_equal(answer.is, REDIS_NIL);
	expect_ok(task, redis_run(task, &text, &call, &answer));
	assert_int_equal(answer.is, REDIS_TEXT);
	assert_string_equal(answer.text, "one");
	expect_ok(task, redis_run(task, &empty, &call, &answer));
	assert_int_equal(answer.is, REDIS_LIST);
	assert_int_equal(answer.n, 0);
	expect_ok(task, redis_run(task, &mixed, &call, &answer));
	assert_int_equal(answer.n, 3);
	assert_string_equal(answer.list[0], "a");
	assert_string_equal(answer.list[1], "2");
	assert_null(answer.list[2]);
	expect_fault(task, redis_run(task, &wrong, &call, &answer), BROKEN);
	/* The wrong type is our own mistake too. */
	expect_ok(task,
	    redis_run(task, &(struct redis_script){"return redis.call('LPUSH', KEYS[1], 'x')", ""},
		&(struct redis_call){(const char *[]){"list", NULL}, none}, &answer));
	expect_fault(task, redis_get(task, "list", &value), BROKEN);
}

static void
test_scripts(void **state)
{
	(void)state;
	stand_redis(&stand, scripts);
}

/* The second time Redis is another one, which does not know the digest of before. */
static void
loaded_script(struct stand *s, struct task *task, unsigned index)
{
	static struct redis_script script = {"return 'known'", ""};
	struct redis_answer answer;

	(void)s, (void)index;
	expect_ok(task, redis_run(task, &script, &(struct redis_call){NULL, NULL}, &answer));
	assert_string_equal(answer.text, "known");
}

static void
test_noscript_loads_again(void **state)
{
	(void)state;
	stand_redis(&stand, loaded_script);
	stand_redis_stop(&stand, SIGKILL);
	stand_redis_start(&stand, NULL);
	stand_redis(&stand, loaded_script);
}

static void
too_many_arguments(struct stand *s, struct task *task, unsigned index)
{
	static struct redis_script count = {"return #KEYS * 1000 + #ARGV", ""};
	const char *words[62] = {NULL}, *none[] = {NULL};
	struct redis_answer answer;

	(void)s, (void)index;
	for (size_t i = 0; i < 61; i++)
		words[i] = "w";
	expect_ok(task, redis_run(task, &count, &(struct redis_call){words, none}, &answer));
	assert_int_equal(answer.integer, 61000);
	expect_ok(task, redis_run(task, &count, &(struct redis_call){none, words}, &answer));
	assert_int_equal(answer.integer, 61);
	expect_fault(task,
	    redis_run(
		task, &count, &(struct redis_call){(const char *[]){"k", NULL}, words}, &answer),
	    BROKEN);
}

static void
test_arguments_have_a_maximum(void **state)
{
	(void)state;
	stand_redis(&stand, too_many_arguments);
}

/* The heartbeat's own script forgotten: loaded again, nothing is lost. */
static void
scripts_flushed(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch before, after;

	(void)index;
	expect_ok(task, redis_epoch(task, &before));
	stand_redis_cli(s, "SCRIPT", "FLUSH", NULL);
	for (int i = 0; i < 25; i++) {
		expect_ok(task, fiber_sleep(task, 100));
		assert_true(redis_is_ready(s->rooms.redis));
	}
	expect_ok(task, redis_epoch(task, &after));
	assert_string_equal(before.id, after.id);
	stand_redis_cli(s, "DEL", "dv:epoch", NULL);
	do {
		expect_ok(task, fiber_sleep(task, 50));
		expect_ok(task, redis_epoch(task, &after));
	} while (strcmp(before.id, after.id) == 0);
}

static void
test_scripts_flushed(void **state)
{
	(void)state;
	stand_redis(&stand, scripts_flushed);
}

static void
overlap(struct stand *s, struct task *task, unsigned index)
{
	struct redis_pending *first, *second;
	const char *value;

	(void)s, (void)index;
	expect_ok(task, redis_put_begin(task, "x", "1", MINUTE, &first));
	expect_ok(task, redis_put_begin(task, "y", "2", MINUTE, &second));
	expect_ok(task, redis_get(task, "x", &value));
	assert_string_equal(value, "1");
	expect_ok(task, redis_put_end(task, second));
	expect_ok(task, redis_put_end(task, first));
	expect_ok(task, redis_get(task, "y", &value));
	assert_string_equal(value, "2");
}

static void
test_begin_and_end_overlap(void **state)
{
	(void)state;
	stand_redis(&stand, overlap);
}

static unsigned n_winners, n_takers;

static void
claim(struct stand *s, struct task *task, unsigned index)
{
	bool is_new = false;
	const char *value;

	(void)s;
	for (unsigned round = 0; round < 50; round++) {
		const char *key = task_printf(task, "claim:%u", round);

		expect_ok(
		    task, redis_put_new(task, key, index % 2 ? "odd" : "even", MINUTE, &is_new));
		n_winners += is_new;
		expect_ok(task, redis_take(task, key, &value));
		n_takers += value != NULL;
	}
}

static void
test_one_of_many_wins(void **state)
{
	(void)state;
	n_winners = n_takers = 0;
	stand_run(&stand, &(struct stand_run){.fn = claim, .n = 64, .use_redis = true});
	/* Each value that was put is taken exactly once, however they follow each other. */
	assert_int_equal(n_winners, n_takers);
	assert_true(n_winners >= 50);
}

static unsigned n_new;

static void
claim_once(struct stand *s, struct task *task, unsigned index)
{
	bool is_new = false;

	(void)s, (void)index;
	expect_ok(task, redis_put_new(task, "once", "x", MINUTE, &is_new));
	n_new += is_new;
}

static void
test_one_key_has_one_winner(void **state)
{
	(void)state;
	n_new = 0;
	stand_run(&stand, &(struct stand_run){.fn = claim_once, .n = 64, .use_redis = true});
	assert_int_equal(n_new, 1);
}

static char first_id[64];

static void
epoch_note(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch epoch, again;

	(void)s, (void)index;
	expect_ok(task, redis_epoch(task, &epoch));
	assert_int_equal(strlen(epoch.id), 32);
	assert_true(epoch.start_s > 1700000000);
	expect_ok(task, redis_epoch(task, &again));
	assert_string_equal(epoch.id, again.id);
	if (first_id[0] == '\0')
		strcpy(first_id, epoch.id);
	assert_string_equal(epoch.id, first_id);
}

static void
test_epoch_stays(void **state)
{
	(void)state;
	first_id[0] = '\0';
	stand_redis(&stand, epoch_note);
	stand_redis(&stand, epoch_note);
}

/* FLUSHALL, or an operator's DEL: found by the heartbeat. */
static void
epoch_lost(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch before, after;

	(void)s, (void)index;
	expect_ok(task, redis_epoch(task, &before));
	expect_ok(task, redis_drop(task, "epoch"));
	do {
		expect_ok(task, fiber_sleep(task, 50));
		expect_ok(task, redis_epoch(task, &after));
	} while (strcmp(before.id, after.id) == 0);
	assert_true(after.start_s >= before.start_s);
}

static void
test_epoch_missing_is_made(void **state)
{
	(void)state;
	stand_redis(&stand, epoch_lost);
}

/* A deadline reached: the late answer meets nobody, and the next command gets its own. */
static void
impatient(struct stand *s, struct task *task, unsigned index)
{
	static struct redis_script slow = {
	    "for i = 1, tonumber(ARGV[1]) do redis.sha1hex('x') end return 'slow'", ""};
	const char *args[] = {"300000", NULL};
	struct redis_answer answer;
	struct task hasty;
	const char *value;
	int r;

	(void)index;
	expect_ok(task, redis_put(task, "mine", "my own", MINUTE));
	task_open(&hasty, s->loop, &s->rooms, 20);
	r = redis_run(&hasty, &slow, &(struct redis_call){NULL, args}, &answer);
	expect_fault(&hasty, r, TIMED_OUT);
	task_close(&hasty);
	expect_ok(task, redis_get(task, "mine", &value));
	assert_string_equal(value, "my own");
}

static void
test_a_late_answer_is_nobodys(void **state)
{
	(void)state;
	stand_redis(&stand, impatient);
}

static void
test_wrong_settings(void **state)
{
	static const char *const addresses[] = {"", "redis.sock", "tcp:", "tcp:localhost",
	    "tcp:localhost:0", "tcp:localhost:99999", "tcp:localhost:6379x",
	    "unix:" /* 108 and more: */
	    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct loop *loop = loop_new();

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		stand.settings.redis_address = addresses[i];
		assert_null(redis_new(loop, &stand.settings));
	}
	stand.settings.redis_address = stand.redis_address;
	stand.settings.redis_password_file = "/nonexistent/password";
	assert_null(redis_new(loop, &stand.settings));
	redis_free(NULL);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_verbs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_values_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_odd_texts_are_arguments, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_scripts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_noscript_loads_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_arguments_have_a_maximum, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_scripts_flushed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_begin_and_end_overlap, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_of_many_wins, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_key_has_one_winner, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_epoch_stays, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_epoch_missing_is_made, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_late_answer_is_nobodys, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_settings, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
