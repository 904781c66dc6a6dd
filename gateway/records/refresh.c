/* SPDX-License-Identifier: Apache-2.0
 *
 * Refresh tokens (see refresh.h).
 */
#include "records/refresh.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/credential_type.h"
#include "records/revocation.h"
#include "store/sql.h"

#include <string.h>

#define NAME_BYTES    16
#define NAME_LENGTH   22 /* in base64url */
#define SECRET_LENGTH 43 /* of RANDOM_ID bytes */

static const char *name_hash(struct task *task, const char *token);
static const char *secret_hash(struct task *task, const char *token);
static bool is_one(struct task *task, const char *token);
static int64_t until_s(const struct task *task, const struct refresh *refresh);
static int refresh_read(struct task *task, const struct sql_rows *rows, const char *token,
    const struct refresh **ret_refresh);
static int end_all(struct sql_tx *tx, struct sql_statement some, const char *why);
static int end_some(struct sql_tx *tx, struct sql_statement some, const char *why, size_t *ret_n);
static sql_step client_some_step;

void
refresh_new(struct task *task, const struct grant *grant, struct refresh *ret_refresh)
{
	struct refresh refresh = {
	    .token =
		task_printf(task, "%s%s", random_id(task, NAME_BYTES), random_id(task, RANDOM_ID)),
	    .grant = *grant,
	    .is_offline = str_has_word(grant->scope, "offline_access"),
	    .is_current = true,
	    .issued_s = clock_now_s(),
	};

	if (credential_type_is_granted(task, grant)) {
		refresh.idle_s = task->rooms->settings->issue_renew;
		refresh.is_offline = true;
	}
	refresh.grant.redirect_uri = refresh.grant.code_challenge = refresh.grant.nonce = NULL;
	refresh.until_s = until_s(task, &refresh);
	*ret_refresh = refresh;
}

static int64_t
until_s(const struct task *task, const struct refresh *refresh)
{
	const struct settings *settings = task->rooms->settings;
	int64_t life_s = refresh->idle_s > 0 ? refresh->idle_s : settings->tokens_refresh;
	int64_t end_s = refresh->issued_s + life_s;
	int64_t session_end_s = refresh->grant.auth_time_s + settings->session_absolute;

	return refresh->is_offline || end_s < session_end_s ? end_s : session_end_s;
}

const char *
refresh_renew(struct task *task, const struct refresh *refresh)
{
	return task_printf(task, "%.*s%s", NAME_LENGTH, refresh->token, random_id(task, RANDOM_ID));
}

int
refresh_find(struct task *task, const char *token, const struct refresh **ret_refresh)
{
	int64_t now_s = clock_now_s();
	struct sql_rows rows;
	int r;

	if (!is_one(task, token)) {
		*ret_refresh = NULL;
		return 0;
	}
	r = sql_read(task,
	    SQL("SELECT kept, secret, is_offline, issued_s, until_s FROM refresh"
		" WHERE id = ?1 AND until_s > ?2"
		" AND used_s + CASE WHEN idle_s > 0 THEN idle_s ELSE ?3 END > ?2",
		SQL_TEXT(name_hash(task, token)), SQL_INT(now_s),
		SQL_INT(task->rooms->settings->tokens_refresh_idle)),
	    &rows);
	if (r < 0)
		return r;
	return refresh_read(task, &rows, token, ret_refresh);
}

/* The shape of ours: two times base64url. */
static bool
is_one(struct task *task, const char *token)
{
	struct bytes decoded;

	return token != NULL && strlen(token) == NAME_LENGTH + SECRET_LENGTH &&
	       b64u_decode(task, token, NAME_LENGTH, &decoded) &&
	       b64u_decode(task, token + NAME_LENGTH, SECRET_LENGTH, &decoded);
}

static int
refresh_read(struct task *task, const struct sql_rows *rows, const char *token,
    const struct refresh **ret_refresh)
{
	struct refresh *refresh = NULL;
	int r;

	if (rows->n_rows > 0) {
		refresh = task_new(task, struct refresh);
		r = grant_unpack(task, sql_text(rows, 0, 0), &refresh->grant);
		if (r < 0)
			return r;
		refresh->token = token;
		refresh->is_current = bytes_equal_secretly(
		    BYTES_OF(secret_hash(task, token)), BYTES_OF(sql_text(rows, 0, 1)));
		refresh->is_offline = sql_int(rows, 0, 2) != 0;
		refresh->issued_s = sql_int(rows, 0, 3);
		refresh->until_s = sql_int(rows, 0, 4);
	}
	*ret_refresh = refresh;
	return 0;
}

static const char *
name_hash(struct task *task, const char *token)
{
	return digest_b64u(task, task_dup_n(task, token, NAME_LENGTH));
}

static const char *
secret_hash(struct task *task, const char *token)
{
	return digest_b64u(task, token + NAME_LENGTH);
}

int
refresh_begin(struct sql_tx *tx, const struct refresh *refresh)
{
	const struct grant *grant = &refresh->grant;
	struct task *task = sql_task(tx);
	const char *kept;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT 1 FROM revocation WHERE id IN (?1, ?2, ?3, ?4)", SQL_TEXT(grant->id),
		SQL_TEXT(refresh->is_offline ? NULL : grant->session_id),
		SQL_TEXT(refresh->is_offline ? NULL : grant->everywhere_id),
		SQL_TEXT(grant->device)),
	    &rows);
	if (r < 0)
		return r;
	/* The one who came first is answered all the same: what it gets is dead, as it would be had
	 * the end come a moment later. */
	if (rows.n_rows > 0)
		return 0;
	r = grant_pack(task, grant, &kept);
	if (r < 0)
		return r;
	r = sql_run(
	    tx, SQL("DELETE FROM refresh WHERE until_s < ?1", SQL_INT(refresh->issued_s)), NULL);
	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("INSERT INTO refresh (id, secret, grant_id, client_id, person_id, purpose_id,"
		" session_id, is_offline, kept, issued_s, used_s, until_s, idle_s, device)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12, ?13)",
		SQL_TEXT(name_hash(task, refresh->token)),
		SQL_TEXT(secret_hash(task, refresh->token)), SQL_TEXT(grant->id),
		SQL_TEXT(grant->client_id), SQL_TEXT(grant->person_id), SQL_TEXT(grant->purpose_id),
		SQL_TEXT(grant->session_id), SQL_INT(refresh->is_offline), SQL_TEXT(kept),
		SQL_INT(refresh->issued_s), SQL_INT(refresh->until_s), SQL_INT(refresh->idle_s),
		SQL_TEXT(grant->device)),
	    NULL);
}

int
refresh_use(struct sql_tx *tx, const struct refresh *refresh, const char *next, bool *ret_is_used)
{
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE refresh SET secret = ?3, used_s = ?4 WHERE id = ?1 AND secret = ?2",
		SQL_TEXT(name_hash(task, refresh->token)),
		SQL_TEXT(secret_hash(task, refresh->token)), SQL_TEXT(secret_hash(task, next)),
		SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	*ret_is_used = rows.n_changed > 0;
	return 0;
}

int
refresh_reused(struct task *task, const struct refresh *refresh)
{
	int r = grant_revoke(task, refresh->grant.id, "refresh token used twice");

	if (r < 0)
		return r;
	return fail(
	    task, INVALID_GRANT, "refresh_token was used before; all of its tokens are revoked");
}

int
refresh_end_grant(struct sql_tx *tx, const char *grant_id)
{
	return sql_run(tx,
	    SQL("DELETE FROM refresh WHERE grant_id = ?1 OR device = ?1", SQL_TEXT(grant_id)),
	    NULL);
}

int
refresh_end_consent(struct sql_tx *tx, const struct grant *grant)
{
	return end_all(tx,
	    SQL("DELETE FROM refresh WHERE id IN (SELECT id FROM refresh"
		" WHERE person_id = ?1 AND client_id = ?2 AND purpose_id = ?3 LIMIT 500)"
		" RETURNING grant_id",
		SQL_TEXT(grant->person_id), SQL_TEXT(grant->client_id),
		SQL_TEXT(grant->purpose_id)),
	    "consent withdrawn");
}

int
refresh_end_session(struct sql_tx *tx, const char *session_id)
{
	return end_all(tx,
	    SQL("DELETE FROM refresh WHERE id IN (SELECT id FROM refresh"
		" WHERE session_id = ?1 AND is_offline = 0 LIMIT 500)"
		" RETURNING grant_id",
		SQL_TEXT(session_id)),
	    "session ended");
}

int
refresh_end_sessions(struct sql_tx *tx, const char *person_id)
{
	return end_all(tx,
	    SQL("DELETE FROM refresh WHERE id IN (SELECT id FROM refresh"
		" WHERE person_id = ?1 AND is_offline = 0 LIMIT 500)"
		" RETURNING grant_id",
		SQL_TEXT(person_id)),
	    "sessions ended");
}

int
refresh_end_person(struct sql_tx *tx, const char *person_id)
{
	return end_all(tx,
	    SQL("DELETE FROM refresh WHERE id IN (SELECT id FROM refresh"
		" WHERE person_id = ?1 LIMIT 500) RETURNING grant_id",
		SQL_TEXT(person_id)),
	    "person gone");
}

int
refresh_end_client(struct sql_tx *tx, const char *client_id)
{
	return end_all(tx,
	    SQL("DELETE FROM refresh WHERE id IN (SELECT id FROM refresh"
		" WHERE client_id = ?1 LIMIT 500) RETURNING grant_id",
		SQL_TEXT(client_id)),
	    "client removed");
}

struct client_some {
	const char *client_id;
	size_t n;
};

int
refresh_end_client_early(struct task *task, const char *client_id)
{
	struct client_some some = {.client_id = client_id};
	struct task_aside aside;
	int r;

	do {
		task_aside_begin(task, &aside);
		r = sql_write(task, client_some_step, &some);
		task_aside_end(task, &aside);
	} while (r == 0 && some.n > 0);
	return r;
}

static int
client_some_step(struct sql_tx *tx, void *arg)
{
	struct client_some *some = arg;

	return end_some(tx,
	    SQL("DELETE FROM refresh WHERE id IN (SELECT id FROM refresh"
		" WHERE client_id = ?1 LIMIT 500) RETURNING grant_id",
		SQL_TEXT(some->client_id)),
	    "client removed", &some->n);
}

/* An answer has a thousand rows at most, and a task memory for some tens of thousands. */
static int
end_all(struct sql_tx *tx, struct sql_statement some, const char *why)
{
	struct task_aside aside;
	size_t n = 0;
	int r;

	do {
		task_aside_begin(sql_task(tx), &aside);
		r = end_some(tx, some, why, &n);
		task_aside_end(sql_task(tx), &aside);
	} while (r == 0 && n > 0);
	return r;
}

static int
end_some(struct sql_tx *tx, struct sql_statement some, const char *why, size_t *ret_n)
{
	struct sql_rows ended;
	bool is_new;
	int r;

	r = sql_run(tx, some, &ended);
	for (size_t i = 0; r == 0 && i < ended.n_rows; i++)
		r = revocation_add(tx, sql_text(&ended, i, 0), why, &is_new);
	if (r == 0)
		*ret_n = ended.n_rows;
	return r;
}
