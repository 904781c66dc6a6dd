/* SPDX-License-Identifier: Apache-2.0
 *
 * What `dvara audit verify` costs: a trail of so many rows is written by the gateway's own code, as
 * logins leave it, and walked from its first row.  Built with the tests, never run by them.
 *
 *   audit_bench [ROWS]   100,000 without
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "records/audit.h"
#include "store/sql.h"

#define ROWS      100000
#define STEP_ROWS 1000
#define ROUNDS    3
#define RUN_MS    600000

static struct stand stand;
static int n_rows;

/* Three rows a login: who came, what was given, what left. */
static int
step(struct sql_tx *tx, void *arg)
{
	static const char *const events[] = {"login", "code", "token"};
	json_auto_t *detail = json_pack("{s:s, s:s, s:s}", "method", "wallet", "acr",
	    "urn:dvara:loa:high", "session", "N0tASessionButAsLongAs1");
	int r = 0;

	(void)arg;
	for (int i = 0; r == 0 && i < STEP_ROWS; i++)
		r = audit_add(tx, &(struct audit_event){.event = events[i % 3],
				      .actor = i % 3 == 2 ? "client:portal" : "person",
				      .person_id = "aPersonIdOfTwentyTwoLe",
				      .client_id = "portal",
				      .detail = detail});
	return r;
}

static void
measure(struct stand *s, struct task *task, unsigned index)
{
	struct audit_check check;
	int64_t begun_ms;

	(void)s, (void)index;
	for (int i = 0; i < n_rows; i += STEP_ROWS) {
		struct task one;

		task_open(&one, task->loop, task->rooms, RUN_MS);
		expect_ok(&one, sql_write(&one, step, NULL));
		task_close(&one);
	}
	for (int i = 0; i < ROUNDS; i++) {
		begun_ms = clock_mono_ms();
		expect_ok(task, audit_verify(task, &check));
		begun_ms = clock_mono_ms() - begun_ms;
		assert_int_equal(check.first_broken, 0);
		printf("%lld rows in %lld ms: %.0f ms per 100,000\n", (long long)check.n_rows,
		    (long long)begun_ms, (double)begun_ms * 1e5 / (double)check.n_rows);
	}
}

int
main(int argc, char **argv)
{
	n_rows = argc > 1 ? atoi(argv[1]) : ROWS;
	records_open(&stand);
	stand_run(&stand, &(struct stand_run){.fn = measure, .n = 1, .ttl_ms = RUN_MS});
	records_close(&stand);
	return 0;
}
