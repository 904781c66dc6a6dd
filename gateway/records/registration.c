/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that register themselves (see registration.h).
 */
#include "records/registration.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/audit.h"
#include "store/sql.h"

#include <string.h>

#define TOKEN_MAX_LENGTH 128

struct inviting {
	const char *id, *operator_name;
	int64_t uses, until_s;
};

static sql_step invite_step;
static const char *hash_of(struct task *task, const char *token);
static int invite_spend(struct sql_tx *tx, const char *invite);
static int registration_add(
    struct sql_tx *tx, const struct registering *registering, const char *client_id);
static int token_check(struct sql_tx *tx, const struct registering *registering);
static int kept_read(struct task *task, const char *text, json_t **ret_json);

int
registration_invite(struct task *task, int64_t uses, const char *operator_name,
    const char **ret_token, int64_t *ret_until_s)
{
	const char *token = random_id(task, RANDOM_ID);
	struct inviting inviting = {
	    .id = hash_of(task, token),
	    .operator_name = operator_name,
	    .uses = uses,
	    .until_s = clock_now_s() + task->rooms->settings->registration_invite,
	};
	int r;

	r = sql_write(task, invite_step, &inviting);
	if (r < 0)
		return r;
	*ret_token = token;
	*ret_until_s = inviting.until_s;
	return 0;
}

/* The past ones go with each new one. */
static int
invite_step(struct sql_tx *tx, void *arg)
{
	const struct inviting *inviting = arg;
	json_auto_t *detail = NULL;
	int r;

	r = sql_run(
	    tx, SQL("DELETE FROM invite WHERE until_s <= ?1", SQL_INT(clock_now_s())), NULL);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO invite (id, uses_left, until_s, since_s) VALUES (?1, ?2, ?3, ?4)",
		SQL_TEXT(inviting->id), SQL_INT(inviting->uses), SQL_INT(inviting->until_s),
		SQL_INT(clock_now_s())),
	    NULL);
	if (r < 0)
		return r;
	detail = json_pack("{sI}", "uses", (json_int_t)inviting->uses);
	return audit_add(
	    tx, &(struct audit_event){
		    .event = "client.invited",
		    .actor = task_printf(sql_task(tx), "operator:%s", inviting->operator_name),
		    .detail = detail,
		});
}

static const char *
hash_of(struct task *task, const char *token)
{
	return digest_b64u(task, token);
}

int
registration_may(struct task *task, const char *invite)
{
	struct sql_rows rows;
	int r;

	if (strlen(invite) > TOKEN_MAX_LENGTH)
		return fail(task, INVALID_TOKEN, "the initial access token is too long to be one");
	r = sql_read(task,
	    SQL("SELECT uses_left FROM invite WHERE id = ?1 AND until_s > ?2 AND uses_left > 0",
		SQL_TEXT(hash_of(task, invite)), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(
		    task, INVALID_TOKEN, "the initial access token is unknown, used up or expired");
	return 0;
}

int
registration_find(struct task *task, const char *client_id, const char *token,
    struct registration *ret_registration)
{
	struct registration found = {0};
	struct sql_rows rows;
	int r;

	if (strlen(token) > TOKEN_MAX_LENGTH || strlen(client_id) > TOKEN_MAX_LENGTH)
		return fail(task, INVALID_TOKEN, "the registration access token is too long");
	r = sql_read(task,
	    SQL("SELECT c.metadata, r.statement, c.secret FROM registration r"
		" JOIN client c ON c.id = r.client_id WHERE r.client_id = ?1 AND r.token = ?2",
		SQL_TEXT(client_id), SQL_TEXT(hash_of(task, token))),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(
		    task, INVALID_TOKEN, "no client of this id has this registration access token");
	r = kept_read(task, sql_text(&rows, 0, 0), &found.metadata);
	if (r == 0)
		r = kept_read(task, sql_text(&rows, 0, 1), &found.statement);
	if (r < 0)
		return r;
	found.secret = sql_text(&rows, 0, 2);
	*ret_registration = found;
	return 0;
}

static int
kept_read(struct task *task, const char *text, json_t **ret_json)
{
	json_t *json;

	if (text == NULL)
		return 0;
	if (json_parse_object(task, text, strlen(text), &json) < 0) {
		fault_clear(task);
		return fail(task, BROKEN, "a stored registration cannot be read");
	}
	*ret_json = json_keep(task, json);
	return 0;
}

int
registration_claim(struct sql_tx *tx, const struct registering *registering, const char *client_id)
{
	int r;

	if (registering->client_id != NULL)
		return token_check(tx, registering);
	if (registering->invite != NULL) {
		r = invite_spend(tx, registering->invite);
		if (r < 0)
			return r;
	}
	return registration_add(tx, registering, client_id);
}

static int
token_check(struct sql_tx *tx, const struct registering *registering)
{
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT since_s FROM registration WHERE client_id = ?1 AND token = ?2",
		SQL_TEXT(registering->client_id), SQL_TEXT(hash_of(task, registering->token))),
	    &rows);
	if (r < 0)
		return r;
	return rows.n_rows > 0 ? 0 : fail(task, INVALID_TOKEN, "the registration has ended");
}

/* One statement: of two at a time only so many as there are uses find one. */
static int
invite_spend(struct sql_tx *tx, const char *invite)
{
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE invite SET uses_left = uses_left - 1"
		" WHERE id = ?1 AND until_s > ?2 AND uses_left > 0",
		SQL_TEXT(hash_of(task, invite)), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(task, INVALID_TOKEN, "the initial access token is used up");
	return 0;
}

static int
registration_add(struct sql_tx *tx, const struct registering *registering, const char *client_id)
{
	struct task *task = sql_task(tx);
	const char *statement =
	    registering->statement == NULL ? NULL : json_text(task, registering->statement);

	return sql_run(tx,
	    SQL("INSERT INTO registration (client_id, token, statement, since_s)"
		" VALUES (?1, ?2, ?3, ?4)",
		SQL_TEXT(client_id), SQL_TEXT(hash_of(task, registering->token)),
		SQL_TEXT(statement), SQL_INT(clock_now_s())),
	    NULL);
}

int
registration_end(struct sql_tx *tx, const char *client_id)
{
	return sql_run(
	    tx, SQL("DELETE FROM registration WHERE client_id = ?1", SQL_TEXT(client_id)), NULL);
}
