/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of a record's test (see fixture.h).
 */
#include "unit/records/fixture.h"

#include "records/schema.h"
#include "store/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void
records_open(struct stand *stand)
{
	struct settings *settings = &stand->settings;
	char why[256];
	int from;

	stand_open(stand);
	settings->session_idle = 15 * 60;
	settings->session_absolute = 12 * 3600;
	settings->tokens_code = 60;
	settings->tokens_access = settings->tokens_id = 300;
	settings->tokens_refresh = 30 * 86400;
	settings->tokens_refresh_idle = 14 * 86400;
	settings->par_life = 60;
	settings->par_per_minute = 60000;
	settings->ciba_waiting = 5;
	settings->login_transaction = 15 * 60;
	settings->wallet_handle = 120;
	settings->wallet_transaction = 300;
	settings->wallet_cross_device = true;
	settings->issue_offer = 300;
	settings->consent_life = 365 * 86400;
	settings->consent_request_life = 86400;
	settings->account_majority = 18;
	settings->account_answer = settings->account_appeal = 30 * 86400;
	settings->account_complaints_per_day = 10;
	stand_redis_start(stand, NULL);
	stand->rooms.sql = sql_open(settings, why);
	assert_non_null(stand->rooms.sql);
	assert_int_equal(
	    sql_migrate(stand->rooms.sql, schema_migrations, schema_n_migrations, &from, why), 0);
	clock_move(stand, 0);
}

void
records_close(struct stand *stand)
{
	unsetenv("DVARA_TEST_CLOCK");
	sql_close(stand->rooms.sql);
	stand_close(stand);
}

void
clock_move(const struct stand *stand, int64_t seconds)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/clock", stand->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%lld", (long long)seconds);
	assert_int_equal(fclose(file), 0);
	setenv("DVARA_TEST_CLOCK", path, 1);
}

void
sql_tamper(const struct stand *stand, const char *statements)
{
	char path[96];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/dvara.db", stand->folder);
	pid = fork();
	if (pid == 0) {
		execlp("sqlite3", "sqlite3", "-cmd", ".timeout 5000", path, statements, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

json_t *
json_of(struct task *task, const char *text)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	return json_keep(task, json);
}
