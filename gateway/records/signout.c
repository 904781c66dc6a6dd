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
#include "records/signout_letters.h"
#include "store/sql.h"

struct ending {
	const struct signout *signout;
	const char **session_ids;
	size_t n;
	bool is_all;
	const char *everywhere_id; /* made by the step; NULL: there is none */
	size_t n_told;             /* letters of the step */
};

static int end(struct task *task, struct ending *ending);
static int live_sessions(
    struct task *task, const char *person_id, const char *device, struct ending *ending);
static sql_step end_step;
static int everywhere_step(struct sql_tx *tx, struct ending *ending);
static int session_step(struct sql_tx *tx, struct ending *ending, const char *session_id);
static int session_audit(struct sql_tx *tx, const struct signout *signout, const char *session_id);

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
	const struct visiting of = {.person_id = signout->person_id};
	int r = 0;

	ending->n_told = 0;
	for (size_t i = 0; r == 0 && i < ending->n; i++)
		r = session_step(tx, ending, ending->session_ids[i]);
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
	return signout_letters_add(tx, signout->person_id, &of, &ending->n_told);
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
session_step(struct sql_tx *tx, struct ending *ending, const char *session_id)
{
	const struct signout *signout = ending->signout;
	const struct visiting of = {.session_id = session_id};
	bool is_new;
	int r;

	r = revocation_add(tx, session_id, signout->why, &is_new);
	if (r < 0 || !is_new)
		return r;
	r = refresh_end_session(tx, session_id);
	/* Of all sessions of a person the clients are told together. */
	if (r == 0 && !ending->is_all)
		r = signout_letters_add(tx, signout->person_id, &of, &ending->n_told);
	return r < 0 ? r : session_audit(tx, signout, session_id);
}

static int
session_audit(struct sql_tx *tx, const struct signout *signout, const char *session_id)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "session", session_id);
	json_set_text(detail, "why", signout->why);
	return audit_add(tx, &(struct audit_event){.event = "session.ended",
				 .actor = signout->actor,
				 .person_id = signout->person_id,
				 .client_id = signout->client_id,
				 .detail = detail});
}

int
signout_client_step(struct sql_tx *tx, const char *person_id, const char *client_id)
{
	const struct visiting of = {.person_id = person_id, .client_id = client_id};
	size_t n_told = 0;

	return signout_letters_add(tx, person_id, &of, &n_told);
}
