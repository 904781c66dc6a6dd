/* SPDX-License-Identifier: Apache-2.0
 *
 * Links (see link.h).
 */
#include "records/link.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/person.h"
#include "store/sql.h"

/* What a step works on. */
struct removal {
	const char *person_id, *id, *device, *actor;
};

static sql_step add_step, remove_step, remove_of_device_step;
static int device_check(struct sql_tx *tx, const struct link *link);
static int number_check(struct sql_tx *tx, const struct link *link);
static int removed_audit(
    struct sql_tx *tx, const struct removal *removal, const struct sql_rows *removed);
static int audit(struct sql_tx *tx, const char *event, const char *actor, const struct link *link);

/* Keyed, since many providers take a phone number for a sub.  No sector of a client begins so. */
const char *
link_id(struct task *task, const char *issuer, const char *subject)
{
	return person_subject(task, subject, task_printf(task, "link %s", issuer));
}

int
link_find(struct task *task, const char *id, const struct link **ret_link)
{
	struct link *link = NULL;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, issuer, person_id, upstream, acr, how, since_s, device FROM link"
		" WHERE id = ?1",
		SQL_TEXT(id)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows > 0) {
		link = task_new(task, struct link);
		*link = (struct link){
		    .id = sql_text(&rows, 0, 0),
		    .issuer = sql_text(&rows, 0, 1),
		    .person_id = sql_text(&rows, 0, 2),
		    .upstream = sql_text(&rows, 0, 3),
		    .acr = sql_text(&rows, 0, 4),
		    .how = sql_text(&rows, 0, 5),
		    .since_s = sql_int(&rows, 0, 6),
		    .device = sql_text(&rows, 0, 7),
		};
	}
	*ret_link = link;
	return 0;
}

int
link_make(struct task *task, const struct link *link)
{
	return sql_write(task, add_step, (void *)(uintptr_t)link);
}

static int
add_step(struct sql_tx *tx, void *arg)
{
	const struct link *link = arg;
	struct sql_rows rows;
	int r;

	r = device_check(tx, link);
	if (r == 0)
		r = number_check(tx, link);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO link (id, issuer, person_id, upstream, acr, how, since_s, device)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
		SQL_TEXT(link->id), SQL_TEXT(link->issuer), SQL_TEXT(link->person_id),
		SQL_TEXT(link->upstream), SQL_TEXT(link->acr), SQL_TEXT(link->how),
		SQL_INT(clock_now_s()), SQL_TEXT(link->device)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "this identity is linked already");
	return audit(tx, "link.added", "person", link);
}

/* In the step that writes: whoever ends the device finds the link afterwards. */
static int
device_check(struct sql_tx *tx, const struct link *link)
{
	struct sql_rows rows;
	int r;

	if (link->device == NULL)
		return 0;
	r = sql_run(
	    tx, SQL("SELECT 1 FROM revocation WHERE id = ?1", SQL_TEXT(link->device)), &rows);
	if (r == 0 && rows.n_rows > 0)
		return fail(sql_task(tx), CONFLICT, "the phone was blocked meanwhile");
	return r;
}

/* So that the person sees each, and a lost phone's all end in one step. */
static int
number_check(struct sql_tx *tx, const struct link *link)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT COUNT(*) FROM link WHERE person_id = ?1", SQL_TEXT(link->person_id)),
	    &rows);
	if (r == 0 && sql_int(&rows, 0, 0) >= LINKS_MAX)
		return fail(sql_task(tx), CONFLICT, "the person has %d links already", LINKS_MAX);
	return r;
}

static int
audit(struct sql_tx *tx, const char *event, const char *actor, const struct link *link)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "issuer", link->issuer);
	json_set_text(detail, "how", link->how);
	json_set_text(detail, "acr", link->acr);
	return audit_add(tx,
	    &(struct audit_event){
		.event = event, .actor = actor, .person_id = link->person_id, .detail = detail});
}

int
link_list(struct task *task, const char *person_id, json_t **ret_links)
{
	struct sql_rows rows;
	json_t *links;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, upstream, issuer, since_s FROM link WHERE person_id = ?1"
		" ORDER BY since_s DESC, id LIMIT ?2",
		SQL_TEXT(person_id), SQL_INT(LINKS_MAX)),
	    &rows);
	if (r < 0)
		return r;
	links = json_array();
	for (size_t i = 0; i < rows.n_rows; i++) {
		json_t *link = json_object();

		json_set_text(link, "id", sql_text(&rows, i, 0));
		json_set_text(link, "upstream", sql_text(&rows, i, 1));
		json_set_text(link, "issuer", sql_text(&rows, i, 2));
		json_object_set_new(link, "since", json_integer(sql_int(&rows, i, 3)));
		json_array_append_new(links, link);
	}
	*ret_links = links;
	return 0;
}

int
link_remove(struct task *task, const char *person_id, const char *id, const char *actor)
{
	struct removal removal = {.person_id = person_id, .id = id, .actor = actor};

	return sql_write(task, remove_step, &removal);
}

static int
remove_step(struct sql_tx *tx, void *arg)
{
	const struct removal *removal = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("DELETE FROM link WHERE id = ?1 AND person_id = ?2 RETURNING issuer",
		SQL_TEXT(removal->id), SQL_TEXT(removal->person_id)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), NOT_FOUND, "the person has no such link");
	return removed_audit(tx, removal, &rows);
}

static int
removed_audit(struct sql_tx *tx, const struct removal *removal, const struct sql_rows *removed)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < removed->n_rows; i++)
		r = audit(tx, "link.removed", removal->actor,
		    &(struct link){
			.issuer = sql_text(removed, i, 0), .person_id = removal->person_id});
	return r;
}

int
link_remove_of_device(
    struct task *task, const char *person_id, const char *device, const char *actor)
{
	struct removal removal = {.person_id = person_id, .device = device, .actor = actor};

	return sql_write(task, remove_of_device_step, &removal);
}

static int
remove_of_device_step(struct sql_tx *tx, void *arg)
{
	const struct removal *removal = arg;
	struct sql_rows rows;
	int r;

	if (removal->device == NULL)
		r = sql_run(tx,
		    SQL("DELETE FROM link WHERE person_id = ?1 AND device IS NOT NULL"
			" RETURNING issuer",
			SQL_TEXT(removal->person_id)),
		    &rows);
	else
		r = sql_run(tx,
		    SQL("DELETE FROM link WHERE person_id = ?1 AND device = ?2 RETURNING issuer",
			SQL_TEXT(removal->person_id), SQL_TEXT(removal->device)),
		    &rows);
	return r < 0 ? r : removed_audit(tx, removal, &rows);
}
