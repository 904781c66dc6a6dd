/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of sessions (see signout.h).
 */
#include "records/signout.h"

#include "core/task.h"
#include "records/audit.h"
#include "records/outbox.h"
#include "records/person.h"
#include "records/refresh.h"
#include "records/revocation.h"
#include "records/session.h"
#include "records/visit.h"
#include "store/sql.h"

/* Of the task's memory: with that much used no more letters are written. */
#define LETTERS_BYTES (ARENA_MAX_BYTES / 2)

struct ending {
	const struct signout *signout;
	const char **session_ids;
	size_t n;
	bool is_all;
	const char *everywhere_id; /* made by the step; NULL: there is none */
};

static int end(struct task *task, struct ending *ending);
static int live_sessions(
    struct task *task, const char *person_id, const char *device, struct ending *ending);
static sql_step end_step;
static int everywhere_step(struct sql_tx *tx, struct ending *ending);
static int session_step(struct sql_tx *tx, const struct signout *signout, const char *session_id);
static int tell(struct sql_tx *tx, const struct signout *signout, const struct visit *of);

int
signout_session(struct task *task, const struct signout *signout)
{
	const char *session_id = signout->session_id;
	int r;

	r = end(task, &(struct ending){.signout = signout, .session_ids = &session_id, .n = 1});
	if (r < 0)
		return r;
	return session_forget(task, signout->person_id, session_id);
}

int
signout_person(struct task *task, const struct signout *signout)
{
	struct ending ending = {.signout = signout, .is_all = true};
	int r;

	r = live_sessions(task, signout->person_id, NULL, &ending);
	if (r < 0)
		return r;
	r = end(task, &ending);
	if (r < 0)
		return r;
	return session_end_person(task, signout->person_id);
}

int
signout_device(struct task *task, const struct signout *signout)
{
	struct ending ending = {.signout = signout};
	int r;

	r = live_sessions(task, signout->person_id, signout->device, &ending);
	if (r < 0)
		return r;
	r = end(task, &ending);
	for (size_t i = 0; r == 0 && i < ending.n; i++)
		r = session_forget(task, signout->person_id, ending.session_ids[i]);
	return r;
}

/* device NULL: all of them. */
static int
live_sessions(struct task *task, const char *person_id, const char *device, struct ending *ending)
{
	json_t *all = json_keep(task, json_array()), *sessions, *session;
	int64_t from = 0;
	size_t i;
	int r;

	do {
		r = session_list(task, person_id, &from, &sessions);
		if (r < 0)
			return r;
		json_array_extend(all, json_keep(task, sessions));
	} while (from > 0);
	ending->session_ids = task_new_n(task, const char *, json_array_size(all) + 1);
	json_array_foreach(all, i, session)
		if (device == NULL || str_equal(json_get_text(session, "device"), device))
			ending->session_ids[ending->n++] = json_get_text(session, "id");
	return 0;
}

static int
end(struct task *task, struct ending *ending)
{
	int r;

	r = sql_write(task, end_step, ending);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ending->n; i++)
		revocation_tell(task, ending->session_ids[i]);
	if (ending->everywhere_id != NULL)
		revocation_tell(task, ending->everywhere_id);
	return 0;
}

static int
end_step(struct sql_tx *tx, void *arg)
{
	struct ending *ending = arg;
	const struct signout *signout = ending->signout;
	struct visit of = {.person_id = signout->person_id};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ending->n; i++)
		r = session_step(tx, signout, ending->session_ids[i]);
	if (r < 0 || !ending->is_all)
		return r;
	r = everywhere_step(tx, ending);
	if (r < 0)
		return r;
	/* And what is left of sessions that Redis knows no more. */
	r = signout->is_for_good ? refresh_end_person(tx, signout->person_id)
				 : refresh_end_sessions(tx, signout->person_id);
	if (r < 0)
		return r;
	return tell(tx, signout, &of);
}

/* What was granted to devices, used or not. */
static int
everywhere_step(struct sql_tx *tx, struct ending *ending)
{
	bool is_new;
	int r;

	r = person_everywhere_end(tx, ending->signout->person_id, &ending->everywhere_id);
	if (r < 0 || ending->everywhere_id == NULL)
		return r;
	return revocation_add(tx, ending->everywhere_id, ending->signout->why, &is_new);
}

static int
session_step(struct sql_tx *tx, const struct signout *signout, const char *session_id)
{
	const struct visit of = {.session_id = session_id};
	json_auto_t *detail = NULL;
	bool is_new;
	int r;

	r = revocation_add(tx, session_id, signout->why, &is_new);
	if (r < 0 || !is_new)
		return r;
	r = refresh_end_session(tx, session_id);
	if (r < 0)
		return r;
	r = tell(tx, signout, &of);
	if (r < 0)
		return r;
	detail = json_object();
	json_set_text(detail, "session", session_id);
	json_set_text(detail, "why", signout->why);
	return audit_add(tx, &(struct audit_event){.event = "session.ended",
				 .actor = signout->actor,
				 .person_id = signout->person_id,
				 .client_id = signout->client_id,
				 .detail = detail});
}

/* One letter to each client that was visited and takes them, in the same step.  Of thousands of
 * visits not all are told: that everything ends is worth more. */
static int
tell(struct sql_tx *tx, const struct signout *signout, const struct visit *of)
{
	const struct arena *arena = &sql_task(tx)->arena;
	const struct visit *visits;
	size_t n = 1;
	int r = 0;

	while (r == 0 && n > 0 && arena->used_bytes < LETTERS_BYTES) {
		r = visit_take(tx, of, &visits, &n);
		for (size_t i = 0; r == 0 && i < n; i++) {
			json_auto_t *body = json_pack("{s:s}", "session", visits[i].session_id);
			struct letter letter = {
			    .kind = "logout",
			    .person_id = signout->person_id,
			    .client_id = visits[i].client_id,
			    .body = body,
			};

			if (visits[i].is_told)
				r = outbox_add(tx, &letter);
		}
	}
	return r;
}

int
signout_client_step(struct sql_tx *tx, const char *person_id, const char *client_id)
{
	const struct signout signout = {.person_id = person_id};

	return tell(tx, &signout, &(struct visit){.person_id = person_id, .client_id = client_id});
}
