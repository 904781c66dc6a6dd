/* SPDX-License-Identifier: Apache-2.0
 *
 * The states of the signing keys (see key.h): staged → active → retired, never back.
 */
#include "records/key.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/reply.h"
#include "records/audit.h"
#include "store/sql.h"

#define CLOCKS_APART_S 60
/* How long clients keep /jwks, and what a loop takes to show a new key there. */
#define SEEN_S         (REPLY_STATIC_MAX_AGE_S + 5)

struct change {
	const char *kid, *operator_name;
	enum alg alg;
	bool is_forced;
	const char *active_kid; /* that it is to follow, or NULL */
	int64_t before_s;
	const char **kids;
};

static struct key_record record_of(const struct sql_rows *rows, size_t i);
static enum key_state state_of(const char *name);
static sql_step stage_step, activate_step, retire_step, forget_step;
static int next_check(struct sql_tx *tx, const struct change *change);
static int seen_check(struct sql_tx *tx, const struct key_record *record);
static int key_state(struct sql_tx *tx, const char *kid, struct key_record *ret_record);
static int key_change(struct sql_tx *tx, const char *kid, enum key_state state);
static int64_t last_exp_s(const struct task *task, enum key_state state);
static int key_audit(struct sql_tx *tx, const char *event, const struct change *change);

int
key_list(struct task *task, struct key_record **ret_records, size_t *ret_n)
{
	struct key_record *records;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT kid, alg, state, since_s, last_exp_s FROM signing_key"
		" WHERE state <> 'retired' OR last_exp_s > ?1 ORDER BY since_s, kid",
		SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	records = task_new_n(task, struct key_record, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++)
		records[i] = record_of(&rows, i);
	*ret_records = records;
	*ret_n = rows.n_rows;
	return 0;
}

static struct key_record
record_of(const struct sql_rows *rows, size_t i)
{
	return (struct key_record){
	    .kid = sql_text(rows, i, 0),
	    .alg = alg_of(sql_text(rows, i, 1)),
	    .state = state_of(sql_text(rows, i, 2)),
	    .since_s = sql_int(rows, i, 3),
	    .last_exp_s = sql_int(rows, i, 4),
	};
}

static enum key_state
state_of(const char *name)
{
	if (str_equal(name, key_state_name(KEY_STAGED)))
		return KEY_STAGED;
	return str_equal(name, key_state_name(KEY_ACTIVE)) ? KEY_ACTIVE : KEY_RETIRED;
}

int
key_stage(struct task *task, const char *kid, enum alg alg, const char *operator_name)
{
	struct change change = {.kid = kid, .operator_name = operator_name, .alg = alg};

	return sql_write(task, stage_step, &change);
}

int
key_stage_after(struct task *task, const char *kid, enum alg alg, const char *active_kid)
{
	struct change change = {.kid = kid, .alg = alg, .active_kid = active_kid};

	return sql_write(task, stage_step, &change);
}

static int
stage_step(struct sql_tx *tx, void *arg)
{
	const struct change *change = arg;
	int r;

	/* First the audit, whose head is what makes processes take turns (schema.c). */
	r = key_audit(tx, "key.staged", change);
	if (r == 0 && change->active_kid != NULL)
		r = next_check(tx, change);
	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("INSERT INTO signing_key (kid, alg, state, since_s, last_exp_s)"
		" VALUES (?1, ?2, 'staged', ?3, 0)",
		SQL_TEXT(change->kid), SQL_TEXT(alg_name(change->alg)), SQL_INT(clock_now_s())),
	    NULL);
}

static int
next_check(struct sql_tx *tx, const struct change *change)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT kid FROM signing_key WHERE alg = ?1 AND state <> 'retired'",
		SQL_TEXT(alg_name(change->alg))),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 1 && str_equal(sql_text(&rows, 0, 0), change->active_kid))
		return 0;
	return fail(sql_task(tx), CONFLICT, "another key is the next one");
}

int
key_activate(struct task *task, const char *kid, const char *operator_name, bool is_forced)
{
	struct change change = {.kid = kid, .operator_name = operator_name, .is_forced = is_forced};

	return sql_write(task, activate_step, &change);
}

static int
activate_step(struct sql_tx *tx, void *arg)
{
	const struct change *change = arg;
	struct key_record record;
	struct sql_rows rows;
	int r;

	r = key_state(tx, change->kid, &record);
	if (r < 0)
		return r;
	if (record.state != KEY_STAGED)
		return fail(sql_task(tx), CONFLICT, "the key is %s, not staged",
		    key_state_name(record.state));
	if (!change->is_forced) {
		r = seen_check(tx, &record);
		if (r < 0)
			return r;
	}
	r = sql_run(tx,
	    SQL("SELECT kid FROM signing_key WHERE alg = ?1 AND state = 'active'",
		SQL_TEXT(alg_name(record.alg))),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows > 0) {
		r = key_change(tx, sql_text(&rows, 0, 0), KEY_RETIRED);
		if (r < 0)
			return r;
	}
	r = key_change(tx, change->kid, KEY_ACTIVE);
	if (r < 0)
		return r;
	return key_audit(tx, "key.activated", change);
}

/* Whoever read /jwks before the key was staged may go on with that for so long. */
static int
seen_check(struct sql_tx *tx, const struct key_record *record)
{
	int64_t left_s = record->since_s + SEEN_S - clock_now_s();
	struct sql_rows rows;
	int r;

	if (left_s <= 0)
		return 0;
	r = sql_run(tx, SQL("SELECT 1 FROM signing_key WHERE state <> 'staged' LIMIT 1"), &rows);
	if (r < 0 || rows.n_rows == 0)
		return r;
	return fail(sql_task(tx), CONFLICT,
	    "clients may not know the key yet: try again in %lld s, or --force", (long long)left_s);
}

static int
key_state(struct sql_tx *tx, const char *kid, struct key_record *ret_record)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT kid, alg, state, since_s, last_exp_s FROM signing_key WHERE kid = ?1",
		SQL_TEXT(kid)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), NOT_FOUND, "no key has that kid");
	*ret_record = record_of(&rows, 0);
	return 0;
}

static int
key_change(struct sql_tx *tx, const char *kid, enum key_state state)
{
	return sql_run(tx,
	    SQL("UPDATE signing_key SET state = ?2, since_s = ?3, last_exp_s = ?4 WHERE kid = ?1",
		SQL_TEXT(kid), SQL_TEXT(key_state_name(state)), SQL_INT(clock_now_s()),
		SQL_INT(last_exp_s(sql_task(tx), state))),
	    NULL);
}

/* When the last token that a key signed up to now has expired. */
static int64_t
last_exp_s(const struct task *task, enum key_state state)
{
	const struct settings *settings = task->rooms->settings;
	int64_t life_s = settings->tokens_id > settings->tokens_access ? settings->tokens_id
								       : settings->tokens_access;

	return state == KEY_RETIRED ? clock_now_s() + life_s + CLOCKS_APART_S : 0;
}

int
key_retire(struct task *task, const char *kid, const char *operator_name)
{
	struct change change = {.kid = kid, .operator_name = operator_name};

	return sql_write(task, retire_step, &change);
}

static int
retire_step(struct sql_tx *tx, void *arg)
{
	const struct change *change = arg;
	struct key_record record;
	int r;

	r = key_state(tx, change->kid, &record);
	if (r < 0)
		return r;
	if (record.state == KEY_ACTIVE)
		return fail(sql_task(tx), CONFLICT,
		    "the key is the only active one for %s: activate another, which retires it",
		    alg_name(record.alg));
	if (record.state == KEY_RETIRED)
		return 0;
	r = key_change(tx, change->kid, KEY_RETIRED);
	if (r < 0)
		return r;
	return key_audit(tx, "key.retired", change);
}

int
key_forget(struct task *task, int64_t before_s, const char ***ret_kids)
{
	struct change change = {.before_s = before_s};
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT 1 FROM signing_key WHERE state = 'retired' AND last_exp_s < ?1 LIMIT 1",
		SQL_INT(before_s)),
	    &rows);
	if (r < 0)
		return r;
	change.kids = task_new_n(task, const char *, 1);
	r = rows.n_rows == 0 ? 0 : sql_write(task, forget_step, &change);
	if (r < 0)
		return r;
	*ret_kids = change.kids;
	return 0;
}

static int
forget_step(struct sql_tx *tx, void *arg)
{
	struct change *change = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("DELETE FROM signing_key WHERE state = 'retired' AND last_exp_s < ?1 RETURNING kid",
		SQL_INT(change->before_s)),
	    &rows);
	if (r < 0)
		return r;
	change->kids = task_new_n(sql_task(tx), const char *, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows && r == 0; i++) {
		change->kid = change->kids[i] = sql_text(&rows, i, 0);
		r = key_audit(tx, "key.deleted", change);
	}
	return r;
}

static int
key_audit(struct sql_tx *tx, const char *event, const struct change *change)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "kid", change->kid);
	return audit_add(
	    tx, &(struct audit_event){
		    .event = event,
		    .actor = change->operator_name == NULL
				 ? "gateway"
				 : task_printf(sql_task(tx), "operator:%s", change->operator_name),
		    .detail = detail,
		});
}
