/* SPDX-License-Identifier: Apache-2.0
 *
 * The built-in register: people in SQL, for a demonstration or a small country (see source.h).
 */
#include "sources/source.h"

#include "core/clock.h"
#include "core/task.h"
#include "sources/date.h"
#include "store/sql.h"

#include <string.h>

#define CLAIMS_MAX_BYTES   (32u << 10)
#define KEY_MAX_LENGTH     128
#define SHORT_MAX_LENGTH   32
#define SHORT_NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

#define N_ATTRIBUTES 3 /* of SOURCE_ATTRIBUTES */

/* What a step writes. */
struct applied {
	const char *register_key, *short_name, *life, *origin;
	const json_t *claims;
};

static int register_find(
    struct task *task, const struct source_asking *asking, struct source_entry **entry);
static int register_life(struct task *task, const char *register_key, enum life *ret_life);
static int entry_read(
    struct task *task, const struct sql_rows *rows, struct source_entry **ret_entry);
static sql_step apply_step, enroll_step;
static int attributes_write(struct sql_tx *tx, const struct applied *applied);
static int entry_check(
    struct task *task, const char *register_key, const char *short_name, const json_t *claims);

const struct source source_register = {
    .name = "register",
    .find = register_find,
    .life = register_life,
};

static int
register_find(struct task *task, const struct source_asking *asking, struct source_entry **entry)
{
	const struct sql_rows *row = asking->row;
	struct sql_rows own;
	int r;

	if (row == NULL) {
		r = source_register_row(task, asking->register_key, &own);
		if (r < 0)
			return r;
		row = &own;
	}
	return row->n_rows == 0 ? 0 : entry_read(task, row, entry);
}

int
source_register_row(struct task *task, const char *register_key, struct sql_rows *ret_row)
{
	return sql_read(task,
	    SQL("SELECT register_key, life, claims, origin FROM register WHERE register_key = ?1",
		SQL_TEXT(register_key)),
	    ret_row);
}

static int
entry_read(struct task *task, const struct sql_rows *rows, struct source_entry **ret_entry)
{
	struct source_entry *entry = task_new(task, struct source_entry);
	const char *text = sql_text(rows, 0, 2);
	json_t *claims;

	if (json_parse_object(task, text, strlen(text), &claims) < 0) {
		fault_clear(task);
		return fail(task, BROKEN, "an entry of the register cannot be read");
	}
	entry->claims = json_keep(task, claims);
	entry->register_key = sql_text(rows, 0, 0);
	entry->life = source_life_of(sql_text(rows, 0, 1));
	entry->origin = sql_text(rows, 0, 3);
	*ret_entry = entry;
	return 0;
}

static int
register_life(struct task *task, const char *register_key, enum life *ret_life)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT life FROM register WHERE register_key = ?1", SQL_TEXT(register_key)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows > 0)
		*ret_life = source_life_of(sql_text(&rows, 0, 0));
	return 0;
}

int
source_register_apply(struct task *task, const char *register_key, const char *short_name,
    enum life life, const json_t *claims)
{
	int r;

	r = entry_check(task, register_key, short_name, claims);
	if (r < 0)
		return r;
	return sql_write(task, apply_step,
	    &(struct applied){
		.register_key = register_key,
		.short_name = short_name,
		.life = source_life_name(life),
		.claims = claims,
	    });
}

/* A register's own word goes before another provider's. */
static int
apply_step(struct sql_tx *tx, void *arg)
{
	const struct applied *applied = arg;
	int r;

	r = sql_run(tx,
	    SQL("INSERT INTO register (register_key, short_name, name, life, claims, changed_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		" ON CONFLICT (register_key) DO UPDATE SET short_name = excluded.short_name,"
		" name = excluded.name, life = excluded.life, claims = excluded.claims,"
		" changed_s = excluded.changed_s, origin = NULL",
		SQL_TEXT(applied->register_key), SQL_TEXT(applied->short_name),
		SQL_TEXT(json_get_text(applied->claims, "name")), SQL_TEXT(applied->life),
		SQL_TEXT(json_text(sql_task(tx), applied->claims)), SQL_INT(clock_now_s())),
	    NULL);
	return r < 0 ? r : attributes_write(tx, applied);
}

/* Beside the claims, to be found by. */
static int
attributes_write(struct sql_tx *tx, const struct applied *applied)
{
	struct task *task = sql_task(tx);
	const char **name;
	int r;

	r = sql_run(tx,
	    SQL("DELETE FROM register_attribute WHERE register_key = ?1",
		SQL_TEXT(applied->register_key)),
	    NULL);
	for (name = str_words(task, SOURCE_ATTRIBUTES, N_ATTRIBUTES); r == 0 && *name; name++) {
		const char *value = json_get_text(applied->claims, *name);

		if (str_is_empty(value))
			continue;
		r = sql_run(tx,
		    SQL("INSERT INTO register_attribute (register_key, name, value)"
			" VALUES (?1, ?2, ?3)",
			SQL_TEXT(applied->register_key), SQL_TEXT(*name), SQL_TEXT(value)),
		    NULL);
	}
	return r;
}

int
source_register_by(
    struct task *task, const char *attribute, const char *value, const char **ret_register_key)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT register_key FROM register_attribute WHERE name = ?1 AND value = ?2"
		" LIMIT 2",
		SQL_TEXT(attribute), SQL_TEXT(value)),
	    &rows);
	if (r == 0 && rows.n_rows == 1)
		*ret_register_key = sql_text(&rows, 0, 0);
	return r;
}

int
source_register_enroll(
    struct task *task, const char *register_key, const char *origin, const json_t *claims)
{
	struct applied applied = {.register_key = register_key, .origin = origin, .claims = claims};
	int r;

	r = entry_check(task, register_key, NULL, claims);
	if (r < 0)
		return r;
	return sql_write(task, enroll_step, &applied);
}

static int
enroll_step(struct sql_tx *tx, void *arg)
{
	const struct applied *applied = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("INSERT INTO register (register_key, name, life, claims, changed_s, origin)"
		" VALUES (?1, ?2, 'active', ?3, ?4, ?5)"
		" ON CONFLICT (register_key) DO UPDATE SET name = excluded.name,"
		" claims = excluded.claims, changed_s = excluded.changed_s"
		" WHERE register.origin = excluded.origin",
		SQL_TEXT(applied->register_key), SQL_TEXT(json_get_text(applied->claims, "name")),
		SQL_TEXT(json_text(sql_task(tx), applied->claims)), SQL_INT(clock_now_s()),
		SQL_TEXT(applied->origin)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "the key is of somebody else");
	return 0;
}

static int
entry_check(
    struct task *task, const char *register_key, const char *short_name, const json_t *claims)
{
	const json_t *birthdate = json_object_get(claims, "birthdate");
	struct date date;

	if (str_is_empty(register_key) || strlen(register_key) > KEY_MAX_LENGTH ||
	    !str_is_printable_ascii(register_key))
		return fail(task, INVALID_REQUEST, "register_key is not 1 to %d ASCII letters",
		    KEY_MAX_LENGTH);
	if (short_name != NULL && (*short_name == '\0' || strlen(short_name) > SHORT_MAX_LENGTH ||
				      strspn(short_name, SHORT_NAME_LETTERS) != strlen(short_name)))
		return fail(task, INVALID_REQUEST, "short_name is not 1 to %d of a-z 0-9 -",
		    SHORT_MAX_LENGTH);
	if (!json_is_object(claims) || json_dumpb(claims, NULL, 0, JSON_COMPACT) > CLAIMS_MAX_BYTES)
		return fail(task, INVALID_REQUEST, "claims is not an object of up to %u bytes",
		    CLAIMS_MAX_BYTES);
	if (birthdate != NULL && !date_parse_birth(json_string_value(birthdate), &date))
		return fail(task, INVALID_REQUEST, "birthdate is not YYYY-MM-DD or YYYY");
	return 0;
}

int
source_register_key(struct task *task, const char *short_name_or_key, const char **ret_register_key)
{
	struct sql_rows rows;
	int r;

	/* a short name goes first */
	r = sql_read(task,
	    SQL("SELECT register_key FROM register WHERE short_name = ?1 OR register_key = ?1"
		" ORDER BY CASE WHEN short_name = ?1 THEN 0 ELSE 1 END LIMIT 1",
		SQL_TEXT(short_name_or_key)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, NOT_FOUND, "the register knows nobody of that name or key");
	*ret_register_key = sql_text(&rows, 0, 0);
	return 0;
}

int
source_register_list(struct task *task, json_t **ret_people)
{
	struct sql_rows rows;
	json_t *people;
	int r;

	r = sql_read(task,
	    SQL("SELECT short_name, name, life, register_key FROM register"
		" ORDER BY CASE WHEN short_name IS NULL THEN 1 ELSE 0 END, short_name,"
		" register_key LIMIT 1000"),
	    &rows);
	if (r < 0)
		return r;
	people = json_array();
	for (size_t i = 0; i < rows.n_rows; i++) {
		json_t *person = json_object();

		json_set_text(person, "short_name", sql_text(&rows, i, 0));
		json_set_text(person, "name", sql_text(&rows, i, 1));
		json_set_text(person, "life", sql_text(&rows, i, 2));
		if (sql_text(&rows, i, 0) == NULL)
			json_set_text(person, "register_key", sql_text(&rows, i, 3));
		json_array_append_new(people, person);
	}
	*ret_people = people;
	return 0;
}
