/* SPDX-License-Identifier: Apache-2.0
 *
 * From an identity elsewhere to a person here (see identity.h).
 */
#include "login/upstream/identity.h"

#include "core/task.h"
#include "records/link.h"
#include "records/person.h"
#include "sources/source.h"

#include <string.h>

#define VALUE_MAX_BYTES 256

/* What many people have in common, or choose for themselves. */
#define NOBODYS_KEY \
	"name given_name family_name middle_name nickname preferred_username birthdate gender" \
	" picture profile website zoneinfo locale address"

static int linked_find(struct task *task, const struct identity *identity, const struct link *link,
    struct identity_found *ret_found);
static int match_find(
    struct task *task, const struct identity *identity, const char **ret_register_key);
static const char *verified_value(const struct identity *identity, const json_t *match);
static int link_to(struct task *task, const struct identity *identity, const char *id,
    const char *register_key, const char *how);
static int enroll(struct task *task, const struct identity *identity, const char *id,
    const char **ret_register_key);
static json_t *claims_of(const struct identity *identity, const json_t *names);

int
identity_find(struct task *task, const struct identity *identity, struct identity_found *ret_found)
{
	const char *subject = json_get_text(identity->id_token, "sub"), *key = NULL;
	const char *id = link_id(task, identity->upstream->issuer, subject), *how = "attribute";
	const struct link *link;
	int r;

	r = link_find(task, id, &link);
	if (r < 0)
		return r;
	if (link)
		return linked_find(task, identity, link, ret_found);
	r = match_find(task, identity, &key);
	if (r == 0 && !key && json_object_get(identity->upstream->person, "enroll")) {
		r = enroll(task, identity, id, &key);
		how = "enrolled";
	}
	if (r == 0 && key)
		r = link_to(task, identity, id, key, how);
	if (r < 0)
		return r;
	*ret_found = (struct identity_found){.register_key = key, .acr = identity->acr};
	return 0;
}

static int
linked_find(struct task *task, const struct identity *identity, const struct link *link,
    struct identity_found *ret_found)
{
	struct person person;
	const char *key;
	int r;

	r = person_find(task, link->person_id, &person);
	if (r == 0 && str_equal(link->how, "enrolled") &&
	    json_object_get(identity->upstream->person, "enroll"))
		r = enroll(task, identity, link->id, &key);
	if (r < 0)
		return r;
	*ret_found = (struct identity_found){
	    .register_key = person.register_key,
	    .acr = login_acr_satisfies(task, link->acr, identity->acr) ? identity->acr : link->acr,
	    .device = link->device,
	};
	return 0;
}

/* One person, or nobody: a telephone that two people share names neither. */
static int
match_find(struct task *task, const struct identity *identity, const char **ret_register_key)
{
	const json_t *match = json_object_get(identity->upstream->person, "match");
	const char *to = json_get_text(match, "to"), *value = verified_value(identity, match);
	struct source_entry *entry;
	int r;

	if (!value)
		return 0;
	if (!str_equal(to, "register_key"))
		return source_register_by(task, to, value, ret_register_key);
	r = source_find(task, &(struct source_asking){.register_key = value}, &entry);
	if (r == 0 && entry && !entry->origin)
		*ret_register_key = entry->register_key;
	return r;
}

/* The claim and the word that it was verified come from the same document. */
static const char *
verified_value(const struct identity *identity, const json_t *match)
{
	const char *claim = json_get_text(match, "claim"), *by = json_get_text(match, "verified");
	const json_t *from = identity->id_token;
	const char *value;

	if (!claim)
		return NULL;
	if (!json_object_get(from, claim))
		from = identity->userinfo;
	value = json_get_text(from, claim);
	if (str_is_empty(value) || strlen(value) > VALUE_MAX_BYTES)
		return NULL;
	return str_equal(by, "always") || json_get_bool(from, by) ? value : NULL;
}

static int
link_to(struct task *task, const struct identity *identity, const char *id,
    const char *register_key, const char *how)
{
	struct link link = {
	    .id = id,
	    .issuer = identity->upstream->issuer,
	    .upstream = identity->upstream->name,
	    .acr = upstream_acr_highest(task, identity->upstream),
	    .how = how,
	};
	struct person person;
	int r;

	r = person_of(task, register_key, &person);
	if (r < 0)
		return r;
	link.person_id = person.id;
	r = link_make(task, &link);
	if (r != CONFLICT)
		return r;
	/* The same person at two windows: the other one was quicker. */
	fault_clear(task);
	return 0;
}

/* The key is nobody's number, and says so: no register of ours has it. */
static int
enroll(struct task *task, const struct identity *identity, const char *id,
    const char **ret_register_key)
{
	const json_t *enrolment = json_object_get(identity->upstream->person, "enroll");
	const char *key = task_printf(task, "upstream:%s", id);
	json_auto_t *claims = claims_of(identity, json_object_get(enrolment, "claims"));
	int r;

	r = source_register_enroll(task, key, identity->upstream->issuer, claims);
	if (r < 0)
		return fault_as(task, INVALID_TOKEN);
	*ret_register_key = key;
	return 0;
}

static json_t *
claims_of(const struct identity *identity, const json_t *names)
{
	json_t *claims = json_object(), *theirs;
	const char *ours;

	json_object_foreach((json_t *)(uintptr_t)names, ours, theirs) {
		const char *name = json_string_value(theirs);
		json_t *value = json_object_get(identity->id_token, name);

		if (!value)
			value = json_object_get(identity->userinfo, name);
		if (json_is_string(value) && json_string_length(value) <= VALUE_MAX_BYTES)
			json_object_set(claims, ours, value);
	}
	return claims;
}

bool
identity_may_link(const struct upstream *upstream)
{
	return !json_is_false(json_object_get(upstream->person, "link"));
}

int
identity_check(struct task *task, const char *path, const struct upstream *upstream)
{
	const json_t *match = json_object_get(upstream->person, "match");
	const json_t *names =
	    json_object_get(json_object_get(upstream->person, "enroll"), "claims");
	const char *name, *claim = json_get_text(match, "claim");
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)upstream->person, name, value)
		if (!(str_has_word("match enroll", name) && json_is_object(value)) &&
		    !(str_equal(name, "link") && json_is_boolean(value)))
			return fail(task, MISCONFIGURED, "%s: person cannot have %s, or not so",
			    path, name);
	if (match &&
	    (str_is_empty(claim) || str_has_word(NOBODYS_KEY, claim) ||
		!json_get_text(match, "verified") ||
		!str_has_word("register_key " SOURCE_ATTRIBUTES, json_get_text(match, "to"))))
		return fail(task, MISCONFIGURED,
		    "%s: person.match wants a claim that is one person's alone, what it leads to "
		    "(register_key " SOURCE_ATTRIBUTES "), and who verified it",
		    path);
	json_object_foreach((json_t *)(uintptr_t)names, name, value)
		if (!json_is_string(value))
			return fail(task, MISCONFIGURED,
			    "%s: person.enroll.claims is not {our claim: theirs}", path);
	return 0;
}
