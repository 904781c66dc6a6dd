/* SPDX-License-Identifier: Apache-2.0
 *
 * People (see person.h).
 */
#include "records/person.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "records/pairwise.h"
#include "store/sql.h"

#include <string.h>

#define ID_BYTES 16

static sql_step make_step, everywhere_step;

int
person_of(struct task *task, const char *register_key, struct person *ret_person)
{
	struct person person = {.register_key = register_key};
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, since_s FROM person WHERE register_key = ?1", SQL_TEXT(register_key)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 1) {
		person.id = sql_text(&rows, 0, 0);
		person.since_s = sql_int(&rows, 0, 1);
	} else {
		r = sql_write(task, make_step, &person);
		if (r < 0)
			return r;
	}
	*ret_person = person;
	return 0;
}

/* Two who see the person first at once both get the one row. */
static int
make_step(struct sql_tx *tx, void *arg)
{
	struct person *person = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("INSERT INTO person (id, register_key, since_s) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (register_key) DO NOTHING",
		SQL_TEXT(random_id(sql_task(tx), ID_BYTES)), SQL_TEXT(person->register_key),
		SQL_INT(clock_now_s())),
	    NULL);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("SELECT id, since_s FROM person WHERE register_key = ?1",
		SQL_TEXT(person->register_key)),
	    &rows);
	if (r < 0)
		return r;
	person->id = sql_text(&rows, 0, 0);
	person->since_s = sql_int(&rows, 0, 1);
	return 0;
}

int
person_by_key(struct task *task, const char *register_key, const char **ret_id)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT id FROM person WHERE register_key = ?1", SQL_TEXT(register_key)), &rows);
	if (r < 0)
		return r;
	*ret_id = rows.n_rows == 0 ? NULL : sql_text(&rows, 0, 0);
	return 0;
}

int
person_find(struct task *task, const char *id, struct person *ret_person)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, register_key, since_s FROM person WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, NOT_FOUND, "no person has that id");
	*ret_person = (struct person){
	    .id = sql_text(&rows, 0, 0),
	    .register_key = sql_text(&rows, 0, 1),
	    .since_s = sql_int(&rows, 0, 2),
	};
	return 0;
}

const char *
person_subject(struct task *task, const char *person_id, const char *sector)
{
	size_t sector_len = strlen(sector), id_len = strlen(person_id);
	uint8_t *input = task_alloc(task, sector_len + 1 + id_len);
	uint8_t mac[DIGEST_BYTES];

	memcpy(input, sector, sector_len + 1);
	memcpy(input + sector_len + 1, person_id, id_len);
	pairwise_mac((struct bytes){input, sector_len + 1 + id_len}, mac);
	return b64u_encode(task, (struct bytes){mac, sizeof(mac)});
}

const char *
person_service_subject(struct task *task, const char *person_id, const char *service_id)
{
	return person_subject(task, person_id, task_printf(task, "service:%s", service_id));
}

struct everywhere {
	const char *person_id, *id;
};

int
person_everywhere(struct task *task, const char *person_id, const char **ret_id)
{
	struct everywhere everywhere = {.person_id = person_id};
	struct sql_rows rows;
	int r;

	r = sql_read(
	    task, SQL("SELECT everywhere FROM person WHERE id = ?1", SQL_TEXT(person_id)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, BROKEN, "a grant is of nobody");
	everywhere.id = sql_text(&rows, 0, 0);
	if (everywhere.id == NULL) {
		r = sql_write(task, everywhere_step, &everywhere);
		if (r < 0)
			return r;
	}
	*ret_id = everywhere.id;
	return 0;
}

/* Two at once both get the one that is kept. */
static int
everywhere_step(struct sql_tx *tx, void *arg)
{
	struct everywhere *everywhere = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE person SET everywhere = COALESCE(everywhere, ?2) WHERE id = ?1"
		" RETURNING everywhere",
		SQL_TEXT(everywhere->person_id), SQL_TEXT(random_id(sql_task(tx), ID_BYTES))),
	    &rows);
	if (r < 0)
		return r;
	everywhere->id = sql_text(&rows, 0, 0);
	return 0;
}

int
person_everywhere_end(struct sql_tx *tx, const char *person_id, const char **ret_id)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT everywhere FROM person WHERE id = ?1 AND everywhere IS NOT NULL",
		SQL_TEXT(person_id)),
	    &rows);
	if (r < 0)
		return r;
	*ret_id = rows.n_rows == 0 ? NULL : sql_text(&rows, 0, 0);
	return sql_run(tx,
	    SQL("UPDATE person SET everywhere = NULL WHERE id = ?1", SQL_TEXT(person_id)), NULL);
}

int
person_by_subject(struct task *task, const char *subject, const char **ret_person_id)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT person_id FROM subject WHERE subject = ?1", SQL_TEXT(subject)), &rows);
	if (r < 0)
		return r;
	*ret_person_id = rows.n_rows == 0 ? NULL : sql_text(&rows, 0, 0);
	return 0;
}

int
person_subject_keep(struct sql_tx *tx, const char *subject, const char *person_id)
{
	return sql_run(tx,
	    SQL("INSERT INTO subject (subject, person_id) VALUES (?1, ?2)"
		" ON CONFLICT (subject) DO NOTHING",
		SQL_TEXT(subject), SQL_TEXT(person_id)),
	    NULL);
}

struct keeping {
	const char *subject, *person_id;
};

static int
keep_step(struct sql_tx *tx, void *arg)
{
	const struct keeping *keeping = arg;

	return person_subject_keep(tx, keeping->subject, keeping->person_id);
}

int
person_service_subject_keep(
    struct task *task, const char *person_id, const char *service_id, const char **ret_subject)
{
	struct keeping keeping = {person_service_subject(task, person_id, service_id), person_id};
	const char *kept;
	int r;

	r = person_by_subject(task, keeping.subject, &kept);
	if (r == 0 && kept == NULL)
		r = sql_write(task, keep_step, &keeping);
	if (r == 0)
		*ret_subject = keeping.subject;
	return r;
}
