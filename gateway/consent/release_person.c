/* SPDX-License-Identifier: Apache-2.0
 *
 * May a person be represented here now (see release.h, release_person.h)?
 */
#include "consent/release_person.h"

#include "consent/release.h"
#include "core/task.h"
#include "records/lifecycle.h"
#include "records/person.h"
#include "sources/source.h"
#include "store/sql.h"

static sql_reading person_check;
static int is_active_check(struct task *task, enum life life);

int
release_person_check(struct task *task, const char *person_id)
{
	return release_settle(task, person_id, release_person_read(task, person_id));
}

int
release_person_read(struct task *task, const char *person_id)
{
	return sql_read_together(task, person_check, (void *)(uintptr_t)person_id);
}

static int
person_check(struct task *task, void *person_id)
{
	struct person person;
	int r;

	r = person_find(task, person_id, &person);
	return r < 0 ? r : release_life_check(task, &person);
}

int
release_life_check(struct task *task, const struct person *person)
{
	enum life life;
	int r;

	r = source_life(task, person->register_key, &life);
	return r < 0 ? r : is_active_check(task, life);
}

static int
is_active_check(struct task *task, enum life life)
{
	if (life != LIFE_ACTIVE)
		return fail(task, ACCESS_DENIED, "the person may no longer be represented here");
	return 0;
}

int
release_settle(struct task *task, const char *person_id, int r)
{
	const struct fault denied = task->fault;
	struct person person;
	enum life life = LIFE_ACTIVE;

	if (r != ACCESS_DENIED)
		return r;
	fault_clear(task);
	r = person_find(task, person_id, &person);
	if (r == 0)
		r = source_life(task, person.register_key, &life);
	if (r == 0 && (life == LIFE_DEAD || life == LIFE_BLOCKED))
		r = lifecycle_person_gone(task, person.register_key);
	if (r < 0)
		return r;
	task->fault = denied;
	return ACCESS_DENIED;
}

int
release_entry_check(struct task *task, const struct source_entry *entry)
{
	int r;

	r = is_active_check(task, entry == NULL ? LIFE_BLOCKED : entry->life);
	return r < 0 ? r : release_away_check(task, entry->away);
}

int
release_away_check(struct task *task, const json_t *away)
{
	if (away != NULL)
		return fail(
		    task, SOURCE_AWAY, "an office that is to be asked cannot be reached now");
	return 0;
}
