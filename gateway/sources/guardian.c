/* SPDX-License-Identifier: Apache-2.0
 *
 * Guardians (see guardian.h).
 */
#include "sources/guardian.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "sources/date.h"
#include "sources/source.h"
#include "store/sql.h"

struct applied {
	const char *ward_key;
	const json_t *guardians;
};

static int ward_check(struct task *task, const char *ward_key, bool *ret_is_child);
static sql_step apply_step;

int
guardian_wards(
    struct task *task, const char *guardian_key, const char *after, const char *const **ret_keys)
{
	struct sql_rows rows;
	const char **keys;
	int r;

	r = sql_read(task,
	    SQL("SELECT ward_key FROM guardian WHERE guardian_key = ?1 AND ward_key > ?2"
		" ORDER BY ward_key LIMIT ?3",
		SQL_TEXT(guardian_key), SQL_TEXT(after), SQL_INT(GUARDIAN_WARDS)),
	    &rows);
	if (r < 0)
		return r;
	keys = task_new_n(task, const char *, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++)
		keys[i] = sql_text(&rows, i, 0);
	*ret_keys = keys;
	return 0;
}

static int
ward_check(struct task *task, const char *ward_key, bool *ret_is_child)
{
	struct date today = date_of(clock_now_s()), birth;
	struct source_entry *entry = NULL;
	enum life life = LIFE_BLOCKED;
	int r;

	r = source_register.find(task, &(struct source_asking){.register_key = ward_key}, &entry);
	if (r == 0)
		r = source_life(task, ward_key, &life);
	if (r < 0)
		return r;
	if (entry == NULL || life != LIFE_ACTIVE ||
	    !date_parse_birth_first(json_get_text(entry->claims, "birthdate"), &birth))
		return 0;
	birth.year += (int)task->rooms->settings->account_majority;
	*ret_is_child = date_compare(&today, &birth) < 0;
	return 0;
}

int
guardian_is(struct task *task, const char *guardian_key, const char *ward_key, bool *ret_is)
{
	struct sql_rows rows;
	bool is_child = false;
	int r;

	r = sql_read(task,
	    SQL("SELECT 1 FROM guardian WHERE ward_key = ?1 AND guardian_key = ?2",
		SQL_TEXT(ward_key), SQL_TEXT(guardian_key)),
	    &rows);
	if (r == 0 && rows.n_rows > 0)
		r = ward_check(task, ward_key, &is_child);
	if (r < 0)
		return r;
	*ret_is = is_child;
	return 0;
}

int
guardian_apply(struct task *task, const char *ward_key, const json_t *guardians)
{
	json_t *key;
	size_t i;

	if (guardians != NULL &&
	    (!json_is_array(guardians) || json_array_size(guardians) > GUARDIANS_MAX))
		return fail(task, INVALID_REQUEST,
		    "guardians is not an array of up to %d register keys", GUARDIANS_MAX);
	json_array_foreach((json_t *)(uintptr_t)guardians, i, key)
		if (str_is_empty(json_string_value(key)) ||
		    str_equal(json_string_value(key), ward_key))
			return fail(task, INVALID_REQUEST,
			    "a guardian is not the register key of somebody else");
	return sql_write(
	    task, apply_step, &(struct applied){.ward_key = ward_key, .guardians = guardians});
}

static int
apply_step(struct sql_tx *tx, void *arg)
{
	const struct applied *applied = arg;
	json_t *key;
	size_t i;
	int r;

	r = sql_run(
	    tx, SQL("DELETE FROM guardian WHERE ward_key = ?1", SQL_TEXT(applied->ward_key)), NULL);
	json_array_foreach((json_t *)(uintptr_t)applied->guardians, i, key) {
		if (r < 0)
			return r;
		r = sql_run(tx,
		    SQL("INSERT INTO guardian (ward_key, guardian_key) VALUES (?1, ?2)"
			" ON CONFLICT (ward_key, guardian_key) DO NOTHING",
			SQL_TEXT(applied->ward_key), SQL_TEXT(json_string_value(key))),
		    NULL);
	}
	return r;
}
