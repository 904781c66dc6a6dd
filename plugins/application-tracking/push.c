/* SPDX-License-Identifier: Apache-2.0
 *
 * What an agency says of an application, by a token of its own: where it stands, and what happens
 * next.  Said again, or late, it changes nothing.  It names the person as it knows them itself; the
 * gateway knows whom it means.
 */
#include "tracking.h"

#include <stdlib.h>
#include <string.h>

#define NEXT_STEP_MAX 4000
#define AHEAD_S       DAY_S /* time zones, and clocks that are not ours */

struct push {
	const char *agency, *reference, *subject, *status, *updated, *next_step;
	int64_t updated_s, leaves_s;
	const char *stored; /* new, changed, same, older, taken */
};

static bool is_agency(const struct tracking *tracking, const struct dvara_request *request);
static const char *push_read(
    const struct tracking *tracking, struct kit_call *call, json_t *body, struct push *push);
static bool is_status(const char *status);
static int apply_step(struct dvara_tx *tx, void *arg);
static const char *compared(const struct push *push, const struct dvara_rows *rows);
static int push_tell(struct dvara_tx *tx, const struct push *push);
static int push_write(struct dvara_tx *tx, const struct push *push);
static int remove_step(struct dvara_tx *tx, void *arg);

/* {"sub", "reference", "status", "updated", "next_step"}; 201 the first time, then 200, with what
 * became of it: {"reference", "stored": new | changed | same | older}. */
int
push_apply(void *self, struct kit_call *call)
{
	static const char *const members[] = {
	    "sub", "reference", "status", "updated", "next_step", NULL};
	struct push push = {.agency = dvara_client(call->request)};
	json_auto_t *body = NULL;
	const char *fault;
	int r;

	if (!is_agency(self, call->request))
		return DVARA_EDENIED;
	r = kit_body(call, members, &body);
	if (r < 0 || body == NULL)
		return r;
	fault = push_read(self, call, body, &push);
	if (fault != NULL)
		return kit_refuse(call, 400, "application-malformed", fault);
	r = dvara_subject_of(call->request, kit_member(body, "sub", 255), &push.subject);
	if (r == DVARA_ENOTFOUND)
		return kit_refuse(
		    call, 404, "person-unknown", "nobody whom this agency has signed in");
	if (r == DVARA_OK)
		r = dvara_write(call->request, apply_step, &push);
	if (r < 0)
		return r;
	if (strcmp(push.stored, "taken") == 0)
		return kit_refuse(call, 409, "reference-taken",
		    "this reference is of another person's application");
	return kit_answer(call, strcmp(push.stored, "new") == 0 ? 201 : 200,
	    json_pack("{s:s, s:s}", "reference", push.reference, "stored", push.stored));
}

static bool
is_agency(const struct tracking *tracking, const struct dvara_request *request)
{
	return *dvara_subject(request) == '\0' &&
	       json_object_get(tracking->agencies, dvara_client(request)) != NULL;
}

/* What is wrong with it, or NULL. */
static const char *
push_read(const struct tracking *tracking, struct kit_call *call, json_t *body, struct push *push)
{
	json_t *next_step = json_object_get(body, "next_step");
	char *text;

	push->reference = kit_member(body, "reference", 32);
	push->status = kit_member(body, "status", 32);
	push->updated = kit_member(body, "updated", 32);
	if (kit_member(body, "sub", 255) == NULL)
		return "sub is no text";
	if (!tracking_is_reference(push->reference))
		return "reference is not like CR-1042 or CR-2026-1042: letters, then one to three "
		       "groups of at most seven letters and digits with a digit in each";
	if (!is_status(push->status))
		return "status is not a word like in_review";
	if (!tracking_time_read(push->updated, &push->updated_s) ||
	    push->updated_s > dvara_now_s() + AHEAD_S)
		return "updated is not a day, or a time like 2026-11-18T10:00:00Z, or has not come";
	push->leaves_s = tracking_leaves_s(tracking, push->status, push->updated_s);
	if (next_step == NULL)
		return NULL;
	if (!kit_is_texts(next_step, false))
		return "next_step is not {language: text}";
	text = json_dumps(next_step, JSON_COMPACT | JSON_SORT_KEYS);
	if (text != NULL && strlen(text) <= NEXT_STEP_MAX)
		push->next_step = dvara_printf(call->request, "%s", text);
	free(text);
	return push->next_step == NULL ? "next_step is too long" : NULL;
}

static bool
is_status(const char *status)
{
	return status != NULL && *status >= 'a' && *status <= 'z' &&
	       status[strspn(status, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static int
apply_step(struct dvara_tx *tx, void *arg)
{
	struct push *push = arg;
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx,
	    "SELECT subject, status, updated_s, next_step FROM application"
	    " WHERE agency = ?1 AND reference = ?2",
	    DVARA_VALUES(dvara_text_value(push->agency), dvara_text_value(push->reference)), &rows);
	if (r < 0)
		return r;
	push->stored = compared(push, rows);
	if (strcmp(push->stored, "new") == 0 || strcmp(push->stored, "changed") == 0)
		r = push_tell(tx, push);
	if (r == DVARA_OK)
		r = dvara_run(tx,
		    "INSERT INTO agency (id, heard_s) VALUES (?1, ?2)"
		    " ON CONFLICT (id) DO UPDATE SET heard_s = excluded.heard_s",
		    DVARA_VALUES(dvara_text_value(push->agency), dvara_int_value(dvara_now_s())),
		    NULL);
	if (r == DVARA_OK)
		r = dvara_run(tx,
		    "DELETE FROM application WHERE agency = ?1 AND leaves_s > 0 AND leaves_s <= ?2",
		    DVARA_VALUES(dvara_text_value(push->agency), dvara_int_value(dvara_now_s())),
		    NULL);
	return r;
}

static const char *
compared(const struct push *push, const struct dvara_rows *rows)
{
	const char *next_step;

	if (dvara_n_rows(rows) == 0)
		return "new";
	if (strcmp(dvara_text(rows, 0, 0), push->subject) != 0)
		return "taken";
	if (push->updated_s < dvara_int(rows, 0, 2))
		return "older";
	next_step = dvara_text(rows, 0, 3);
	if (push->updated_s == dvara_int(rows, 0, 2) &&
	    strcmp(dvara_text(rows, 0, 1), push->status) == 0 &&
	    strcmp(next_step == NULL ? "" : next_step,
		push->next_step == NULL ? "" : push->next_step) == 0)
		return "same";
	return "changed";
}

static int
push_tell(struct dvara_tx *tx, const struct push *push)
{
	const struct dvara_news news = {
	    .subject = push->subject, .type = "application.changed", .reference = push->reference};
	int r = push_write(tx, push);

	return r < 0 ? r : dvara_tell(tx, &news);
}

static int
push_write(struct dvara_tx *tx, const struct push *push)
{
	return dvara_run(tx,
	    "INSERT INTO application (agency, reference, subject, status, updated, updated_s,"
	    " next_step, leaves_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
	    " ON CONFLICT (agency, reference) DO UPDATE SET status = excluded.status,"
	    " updated = excluded.updated, updated_s = excluded.updated_s,"
	    " next_step = excluded.next_step, leaves_s = excluded.leaves_s",
	    DVARA_VALUES(dvara_text_value(push->agency), dvara_text_value(push->reference),
		dvara_text_value(push->subject), dvara_text_value(push->status),
		dvara_text_value(push->updated), dvara_int_value(push->updated_s),
		dvara_text_value(push->next_step), dvara_int_value(push->leaves_s)),
	    NULL);
}

/* One that was told of the wrong person, or in error. */
int
push_remove(void *self, struct kit_call *call)
{
	struct push push = {.agency = dvara_client(call->request), .reference = call->id};
	int r;

	if (!is_agency(self, call->request))
		return DVARA_EDENIED;
	r = dvara_write(call->request, remove_step, &push);
	if (r < 0)
		return r;
	return kit_answer(
	    call, 200, json_pack("{s:s, s:s}", "reference", push.reference, "stored", "removed"));
}

static int
remove_step(struct dvara_tx *tx, void *arg)
{
	const struct push *push = arg;
	struct dvara_news news = {.type = "application.removed", .reference = push->reference};
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx,
	    "DELETE FROM application WHERE agency = ?1 AND reference = ?2 RETURNING subject",
	    DVARA_VALUES(dvara_text_value(push->agency), dvara_text_value(push->reference)), &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0)
		return DVARA_ENOTFOUND;
	news.subject = dvara_text(rows, 0, 0);
	return dvara_tell(tx, &news);
}
