/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of what lets a person in (see lifecycle.h).
 */
#include "records/lifecycle.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/credential.h"
#include "records/lineage.h"
#include "records/link.h"
#include "records/person.h"
#include "records/session.h"
#include "records/signout.h"
#include "store/sql.h"

static int device_end(
    struct task *task, const char *person_id, const char *device, const struct ended_by *by);
static const char *actor_of(struct task *task, const struct ended_by *by);
static int has_anything(struct task *task, const char *person_id, bool *ret_has);

/* The phone first: from then on nothing new comes of it. */
int
lifecycle_device_lost(
    struct task *task, const char *person_id, const char *device, const struct ended_by *by)
{
	const char *next = device;
	int r;

	do {
		r = device_end(task, person_id, next, by);
		if (r == 0)
			r = lineage_end(task, next);
		if (r == 0)
			r = lineage_next(task, person_id, device, &next);
	} while (r == 0 && next != NULL);
	return r;
}

/* The credentials first: a session that one of them begins now, or a link that one proved, is dead
 * by its device. */
static int
device_end(struct task *task, const char *person_id, const char *device, const struct ended_by *by)
{
	int r;

	r = credential_revoke_device(task, person_id, device, by->operator_name);
	if (r == 0)
		r = link_remove_of_device(task, person_id, device, actor_of(task, by));
	if (r < 0)
		return r;
	return signout_device(task, &(struct signout){.person_id = person_id,
					.device = device,
					.actor = actor_of(task, by),
					.why = by->why});
}

static const char *
actor_of(struct task *task, const struct ended_by *by)
{
	return by->operator_name ? task_printf(task, "operator:%s", by->operator_name) : "person";
}

/* The grants twice: what a wallet fetched between the two would outlive both. */
int
lifecycle_all_lost(struct task *task, const char *person_id, const struct ended_by *by, int *ret_n)
{
	const struct signout signout = {.person_id = person_id,
	    .actor = actor_of(task, by),
	    .why = by->why,
	    .is_for_good = true};
	int r;

	r = signout_person(task, &signout);
	if (r < 0)
		return r;
	r = credential_revoke_person(task, person_id, by->operator_name, ret_n);
	if (r == 0)
		r = link_remove_of_device(task, person_id, NULL, signout.actor);
	if (r < 0)
		return r;
	return signout_person(task, &signout);
}

int
lifecycle_person_gone(struct task *task, const char *register_key)
{
	static const struct ended_by by = {.operator_name = "register", .why = "dead or blocked"};
	const char *person_id;
	bool has = false;
	int n, r;

	r = person_by_key(task, register_key, &person_id);
	if (r == 0 && person_id != NULL)
		r = has_anything(task, person_id, &has);
	if (r < 0 || !has)
		return r;
	return lifecycle_all_lost(task, person_id, &by, &n);
}

static int
has_anything(struct task *task, const char *person_id, bool *ret_has)
{
	struct sql_rows rows;
	json_t *sessions;
	int64_t from = 0;
	int r;

	r = sql_read(task,
	    SQL("SELECT 1 FROM credential WHERE person_id = ?1 AND revoked_s = 0 AND expires_s > ?2"
		" UNION ALL SELECT 1 FROM refresh WHERE person_id = ?1 LIMIT 1",
		SQL_TEXT(person_id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	*ret_has = rows.n_rows > 0;
	if (*ret_has)
		return 0;
	r = session_list(task, person_id, &from, &sessions);
	if (r < 0)
		return r;
	json_keep(task, sessions);
	*ret_has = json_array_size(sessions) > 0;
	return 0;
}
