/* SPDX-License-Identifier: Apache-2.0
 *
 * A Redis that is not there, dies, hangs, restarts, or refuses (cases F07, F08, and the epoch).
 */
#include "unit/store/fixture.h"

#include "core/fiber.h"
#include "store/redis.h"

#define MINUTE 60000

static struct stand stand;
static char first_epoch[64];
static int n_refused, n_put;

static int
setup(void **state)
{
	(void)state;
	stand_open(&stand);
	stand.settings.redis_timeout = 2;
	n_put = n_refused = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	stand_close(&stand);
	return 0;
}

/* Until redis_is_ready() is what is wanted. */
static void
ready_wait(struct stand *s, struct task *task, bool wanted)
{
	int64_t start_ms = now_ms();

	while (redis_is_ready(s->rooms.redis) != wanted && now_ms() - start_ms < 30000)
		expect_ok(task, fiber_sleep(task, 10));
	assert_true(redis_is_ready(s->rooms.redis) == wanted);
	assert_true(redis_are_all_ready() == wanted); /* the one of this process */
}

static void
comes_later(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch epoch;
	const char *value;

	(void)index;
	expect_fault(task, redis_get(task, "a", &value), STORE_AWAY);
	expect_fault(task, redis_epoch(task, &epoch), STORE_AWAY);
	assert_false(redis_is_ready(s->rooms.redis));
	expect_ok(task, fiber_sleep(task, 300));
	expect_fault(task, redis_get(task, "a", &value), STORE_AWAY);
	stand_redis_start(s, NULL);
	ready_wait(s, task, true);
	expect_ok(task, redis_put(task, "a", "x", MINUTE));
}

static void
test_starts_without_redis(void **state)
{
	(void)state;
	stand_redis(&stand, comes_later);
}

static void
dies(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch before, after;
	struct redis_pending *pending;
	const char *value;

	(void)index;
	expect_ok(task, redis_epoch(task, &before));
	expect_ok(task, redis_put(task, "a", "x", MINUTE));
	kill(s->redis_pid, SIGSTOP);
	expect_ok(task, redis_put_begin(task, "b", "x", MINUTE, &pending));
	expect_ok(task, fiber_sleep(task, 50));
	stand_redis_stop(s, SIGKILL);
	expect_fault(task, redis_put_end(task, pending), STORE_AWAY);
	expect_fault(task, redis_get(task, "a", &value), STORE_AWAY);
	stand_redis_start(s, NULL);
	ready_wait(s, task, true);
	expect_ok(task, redis_get(task, "a", &value));
	assert_null(value);
	expect_ok(task, redis_epoch(task, &after));
	assert_string_not_equal(before.id, after.id);
}

static void
test_killed_and_back(void **state)
{
	(void)state;
	stand_redis_start(&stand, NULL);
	stand_redis(&stand, dies);
}

enum { N_PUTS = 64 };

/* All have put what they had to; then Redis hangs. */
static void
all_put(struct stand *s, struct task *task, unsigned index)
{
	n_put++;
	while (n_put < N_PUTS)
		expect_ok(task, fiber_sleep(task, 10));
	if (index == 0)
		kill(s->redis_pid, SIGSTOP);
	expect_ok(task, fiber_sleep(task, 20));
}

static void
hangs(struct stand *s, struct task *task, unsigned index)
{
	const char *value;
	int64_t start_ms;
	unsigned n_turns;

	expect_ok(task, redis_put(task, "a", "x", MINUTE));
	all_put(s, task, index);
	start_ms = now_ms();
	expect_fault(task, redis_get(task, "a", &value), STORE_AWAY);
	assert_in_range(now_ms() - start_ms, 1000, 30000);
	/* It is known then, and nobody waits any more. */
	n_turns = stand_turns(s);
	expect_fault(task, redis_get(task, "a", &value), STORE_AWAY);
	assert_int_equal(stand_turns(s), n_turns);
	if (index != 0)
		return;
	assert_false(redis_is_ready(s->rooms.redis));
	kill(s->redis_pid, SIGCONT);
	ready_wait(s, task, true);
	expect_ok(task, redis_get(task, "a", &value));
	assert_string_equal(value, "x");
}

static void
test_stopped_and_back(void **state)
{
	(void)state;
	stand_redis_start(&stand, NULL);
	stand_run(&stand, &(struct stand_run){.fn = hangs, .n = N_PUTS, .use_redis = true});
}

/* A Redis that takes nothing any more: what waits to be sent has a maximum. */
static void
puts_much(struct stand *s, struct task *task, unsigned index)
{
	char *large = task_alloc(task, (200u << 10) + 1);
	unsigned n_turns;
	int r;

	memset(large, 'x', 200u << 10);
	ready_wait(s, task, true);
	if (index == 0)
		kill(s->redis_pid, SIGSTOP);
	expect_ok(task, fiber_sleep(task, 20));
	n_turns = stand_turns(s);
	expect_fault(
	    task, redis_put(task, task_printf(task, "%u", index), large, MINUTE), STORE_AWAY);
	n_refused += stand_turns(s) == n_turns;
	n_put++;
	if (index != 0)
		return;
	while (n_put < N_PUTS) /* the latest may still find room once Redis goes on */
		expect_ok(task, fiber_sleep(task, 10));
	kill(s->redis_pid, SIGCONT);
	ready_wait(s, task, true);
	/* It may be ready still with all that was unsent: that has to leave first. */
	while ((r = redis_put(task, "a", large, MINUTE)) == STORE_AWAY) {
		fault_clear(task);
		expect_ok(task, fiber_sleep(task, 10));
	}
	expect_ok(task, r);
}

static void
test_unsent_has_a_maximum(void **state)
{
	(void)state;
	stand_redis_start(&stand, NULL);
	stand_run(&stand, &(struct stand_run){.fn = puts_much, .n = N_PUTS, .use_redis = true});
	assert_in_range(n_refused, 10, 50);
}

/* The heartbeat tells what no command would. */
static void
hangs_unasked(struct stand *s, struct task *task, unsigned index)
{
	(void)index;
	ready_wait(s, task, true);
	kill(s->redis_pid, SIGSTOP);
	ready_wait(s, task, false);
	kill(s->redis_pid, SIGCONT);
	ready_wait(s, task, true);
}

static void
test_heartbeat(void **state)
{
	(void)state;
	stand_redis_start(&stand, NULL);
	stand_redis(&stand, hangs_unasked);
}

static void
epoch_note(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch epoch;
	const char *value;

	(void)s, (void)index;
	expect_ok(task, redis_epoch(task, &epoch));
	if (first_epoch[0] == '\0') {
		strcpy(first_epoch, epoch.id);
		expect_ok(task, redis_put(task, "kept", "x", MINUTE));
		return;
	}
	assert_string_not_equal(epoch.id, first_epoch);
	expect_ok(task, redis_get(task, "kept", &value));
	assert_string_equal(value, "x");
}

/* All data is there again, the last second of it perhaps not: another epoch. */
static void
test_restart_from_aof_is_an_epoch(void **state)
{
	static const char *const aof[] = {"--appendonly", "yes", NULL};

	(void)state;
	first_epoch[0] = '\0';
	stand_redis_start(&stand, aof);
	stand_redis(&stand, epoch_note);
	stand_redis_stop(&stand, SIGKILL);
	stand_redis_start(&stand, aof);
	stand_redis(&stand, epoch_note);
}

static void
password_write(const char *password)
{
	static char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/password", stand.folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", password);
	fclose(file);
	stand.settings.redis_password_file = path;
}

static void
is_away(struct stand *s, struct task *task, unsigned index)
{
	const char *value;

	(void)index;
	expect_fault(task, redis_get(task, "a", &value), STORE_AWAY);
	assert_false(redis_is_ready(s->rooms.redis));
}

static void
put_seven(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	expect_ok(task, redis_put(task, "a", "seven", MINUTE));
}

static void
sees_none(struct stand *s, struct task *task, unsigned index)
{
	const char *value;

	(void)s, (void)index;
	expect_ok(task, redis_get(task, "a", &value));
	assert_null(value);
}

static void
test_password_and_database(void **state)
{
	(void)state;
	stand_redis_start(&stand, (const char *const[]){"--requirepass", "pass word", NULL});
	stand_redis(&stand, is_away);
	password_write("wrong");
	stand_redis(&stand, is_away);
	password_write("pass word");
	stand.settings.redis_database = 7;
	stand_redis(&stand, put_seven);
	stand.settings.redis_database = 0;
	stand_redis(&stand, sees_none);
	stand.settings.redis_database = 1000;
	stand_redis(&stand, is_away);
}

/* Reading goes on, writing does not; back by itself. */
static void
out_of_memory(struct stand *s, struct task *task, unsigned index)
{
	const char *value;

	(void)index;
	expect_ok(task, redis_put(task, "a", "x", MINUTE));
	stand_redis_cli(s, "CONFIG", "SET", "maxmemory", "1", NULL);
	expect_fault(task, redis_put(task, "b", "x", MINUTE), STORE_AWAY);
	assert_false(redis_is_ready(s->rooms.redis));
	expect_ok(task, redis_get(task, "a", &value));
	assert_string_equal(value, "x");
	expect_ok(task, fiber_sleep(task, 1500));
	assert_false(redis_is_ready(s->rooms.redis));
	stand_redis_cli(s, "CONFIG", "SET", "maxmemory", "0", NULL);
	ready_wait(s, task, true);
	expect_ok(task, redis_put(task, "b", "x", MINUTE));
}

static void
test_out_of_memory(void **state)
{
	(void)state;
	stand_redis_start(&stand, NULL);
	stand_redis(&stand, out_of_memory);
}

static void
demoted(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch before, after;
	const char *value;

	(void)index;
	expect_ok(task, redis_epoch(task, &before));
	stand_redis_cli(s, "REPLICAOF", "127.0.0.1", "1", NULL);
	expect_fault(task, redis_put(task, "b", "x", MINUTE), STORE_AWAY);
	expect_ok(task, fiber_sleep(task, 200));
	expect_fault(task, redis_take(task, "b", &value), STORE_AWAY);
	stand_redis_cli(s, "REPLICAOF", "NO", "ONE", NULL);
	ready_wait(s, task, true);
	expect_ok(task, redis_put(task, "b", "x", MINUTE));
	expect_ok(task, redis_epoch(task, &after));
	assert_string_equal(before.id, after.id);
}

static void
test_demoted_to_replica(void **state)
{
	(void)state;
	stand_redis_start(&stand, NULL);
	stand_redis(&stand, demoted);
}

static void
put_and_get(struct stand *s, struct task *task, unsigned index)
{
	const char *value;

	(void)s, (void)index;
	expect_ok(task, redis_put(task, "a", "x", MINUTE));
	expect_ok(task, redis_get(task, "a", &value));
	assert_string_equal(value, "x");
}

static void
test_tcp(void **state)
{
	char port[8], address[64];

	(void)state;
	snprintf(port, sizeof(port), "%d", 10000 + (int)getpid() % 8000);
	stand_redis_start(
	    &stand, (const char *const[]){"--port", port, "--bind", "127.0.0.1", NULL});
	snprintf(address, sizeof(address), "tcp:localhost:%s", port);
	stand.settings.redis_address = address;
	stand_redis(&stand, put_and_get);
	snprintf(address, sizeof(address), "tcp:[127.0.0.1]:%s", port);
	stand_redis(&stand, put_and_get);
	stand_redis_stop(&stand, SIGKILL);
	stand_redis(&stand, is_away);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_starts_without_redis, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_killed_and_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stopped_and_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unsent_has_a_maximum, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_heartbeat, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_restart_from_aof_is_an_epoch, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_password_and_database, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_demoted_to_replica, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tcp, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
