/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a person's attributes goes to themselves: onto a page, into their own wallet (see
 * release.h).
 */
#include "consent/release.h"

#include "consent/release_person.h"
#include "core/task.h"
#include "records/ledger.h"
#include "records/person.h"
#include "sources/source.h"

static json_t *
known_of(const struct source_entry *entry, const char *const *names, const json_t *values)
{
	json_t *claims = json_object();

	for (; names && *names; names++) {
		json_t *value = source_answer(entry->claims, *names, values);

		if (value)
			json_object_set_new(claims, *names, value);
	}
	return claims;
}

static int
entry_of(struct task *task, const struct release_shown *shown, struct source_entry **ret_entry)
{
	struct source_asking asking = {.names = shown->names, .values = shown->values};
	struct person person;
	int r;

	r = person_find(task, shown->person_id, &person);
	if (r < 0)
		return r;
	asking.register_key = person.register_key;
	return source_find(task, &asking, ret_entry);
}

int
release_known(struct task *task, const struct release_shown *shown, struct release_known *ret_known)
{
	struct source_entry *entry = NULL;
	int r;

	r = entry_of(task, shown, &entry);
	if (r < 0)
		return r;
	*ret_known = (struct release_known){
	    .claims = entry ? known_of(entry, shown->names, shown->values) : json_object()};
	if (entry) {
		ret_known->from = entry->from;
		ret_known->away = entry->away;
	}
	return 0;
}

int
release_preview(
    struct task *task, const char *person_id, const char *const *names, json_t **ret_claims)
{
	const struct release_shown shown = {.person_id = person_id, .names = names};
	struct release_known known;
	int r;

	r = release_known(task, &shown, &known);
	if (r < 0)
		return r;
	r = release_away_check(task, known.away);
	if (r < 0) {
		json_decref(known.claims);
		return r;
	}
	*ret_claims = known.claims;
	return 0;
}

static int
known_check(struct task *task, const json_t *known, const json_t *must)
{
	json_t *name;
	size_t i;

	json_array_foreach(must, i, name)
		if (json_object_get(known, json_string_value(name)) == NULL)
			return fail(task, ACCESS_DENIED, "%s of this person is not known",
			    json_string_value(name));
	return 0;
}

int
release_to_wallet(struct task *task, const char *person_id, const json_t *names, const json_t *must,
    json_t **ret_claims)
{
	const struct release_shown shown = {
	    .person_id = person_id, .names = names_of_json(task, names)};
	struct source_entry *entry = NULL;
	struct ledger_row row;
	json_t *claims;
	int r;

	r = entry_of(task, &shown, &entry);
	if (r < 0)
		return r;
	r = release_entry_check(task, entry);
	if (r < 0)
		return r;
	claims = json_keep(task, known_of(entry, shown.names, NULL));
	r = known_check(task, claims, must);
	if (r < 0)
		return r;
	row = (struct ledger_row){.person_id = person_id,
	    .basis = "own",
	    .channel = "credential",
	    .claims = names_of_members(task, claims)};
	r = ledger_write(task, &row);
	if (r < 0)
		return r;
	*ret_claims = json_incref(claims);
	return 0;
}
