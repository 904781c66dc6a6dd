/* SPDX-License-Identifier: Apache-2.0
 *
 * The programmes of the file (conf/schema/programme.json), looked over at open: a file that is not
 * right all through decides nothing.
 */
#include "welfare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RULES_MAX 32
#define DAYS_MAX  3650

static const char *programme_fault(struct programme *programme);
static const char *members_fault(json_t *terms);
static const char *contact_fault(json_t *contact);
static const char *rules_fault(const json_t *rules);
static const char *rule_members_fault(json_t *rule);
static const char *asked_fault(const struct welfare *welfare, json_t *manifest);
static bool is_id(const char *id);
static bool is_days(const json_t *days);
static bool has_members(json_t *object, const char *names);
static bool day_read(const char *text, int64_t *ret_s);

int
programme_read_all(struct welfare *welfare)
{
	json_auto_t *manifest = NULL;
	const char *fault = NULL;
	size_t i;
	json_t *terms;

	if (kit_file(welfare->host, dvara_setting(welfare->host, "programmes"), JSON_ARRAY,
		&welfare->file) < 0 ||
	    kit_file(welfare->host, "manifest.json", JSON_OBJECT, &manifest) < 0)
		return DVARA_EINPUT;
	welfare->programmes =
	    calloc(json_array_size(welfare->file) + 1, sizeof(*welfare->programmes));
	if (welfare->programmes == NULL || json_array_size(welfare->file) == 0)
		fault = "no list of programmes";
	json_array_foreach(welfare->file, i, terms) {
		if (fault != NULL)
			break;
		welfare->programmes[i].terms = terms;
		welfare->n_programmes = i + 1;
		fault = programme_fault(&welfare->programmes[i]);
	}
	if (fault == NULL)
		fault = asked_fault(welfare, manifest);
	if (fault == NULL)
		return DVARA_OK;
	dvara_log(welfare->host, "programmes: the %zuth: %s", welfare->n_programmes, fault);
	return DVARA_EINPUT;
}

void
programme_free_all(struct welfare *welfare)
{
	for (size_t i = 0; i < welfare->n_programmes; i++)
		free(welfare->programmes[i].content);
	free(welfare->programmes);
	json_decref(welfare->file);
}

static const char *
programme_fault(struct programme *programme)
{
	json_t *terms = programme->terms;
	const char *fault = members_fault(terms);

	if (fault != NULL)
		return fault;
	programme->id = json_string_value(json_object_get(terms, "id"));
	programme->version = json_integer_value(json_object_get(terms, "version"));
	if (!is_id(programme->id) || programme->version < 1)
		return "id or version is not right";
	if (!day_read(json_string_value(json_object_get(terms, "from")), &programme->from_s))
		return "from is no day";
	fault = contact_fault(json_object_get(terms, "contact"));
	if (fault == NULL)
		fault = rules_fault(json_object_get(terms, "rules"));
	if (fault != NULL)
		return fault;
	programme->content = json_dumps(terms, JSON_COMPACT | JSON_SORT_KEYS);
	return programme->content == NULL ? "no memory" : NULL;
}

static const char *
members_fault(json_t *terms)
{
	if (!has_members(terms,
		"id version from name summary contact appeal_days answer_days eligible rules"))
		return "a member is missing, or not known";
	if (!kit_is_texts(json_object_get(terms, "name"), true) ||
	    !kit_is_texts(json_object_get(terms, "summary"), true) ||
	    !kit_is_texts(json_object_get(terms, "eligible"), true))
		return "name, summary or eligible is not there in five languages";
	if (!is_days(json_object_get(terms, "appeal_days")) ||
	    !is_days(json_object_get(terms, "answer_days")))
		return "appeal_days or answer_days is no number of days";
	return NULL;
}

static const char *
contact_fault(json_t *contact)
{
	if (!has_members(contact, "office hours phone") ||
	    !kit_is_texts(json_object_get(contact, "office"), true) ||
	    !kit_is_texts(json_object_get(contact, "hours"), true) ||
	    kit_member(contact, "phone", 32) == NULL)
		return "contact has not office and hours in five languages, and phone";
	return NULL;
}

static const char *
rules_fault(const json_t *rules)
{
	json_auto_t *ids = json_object();
	const char *fault;
	size_t i;
	json_t *rule;

	if (json_array_size(rules) == 0 || json_array_size(rules) > RULES_MAX)
		return "rules is no list of 1 to 32 rules";
	json_array_foreach(rules, i, rule) {
		fault = rule_members_fault(rule);
		if (fault != NULL)
			return fault;
		json_object_set_new(
		    ids, json_string_value(json_object_get(rule, "id")), json_true());
	}
	return json_object_size(ids) == json_array_size(rules) ? NULL : "two rules have one id";
}

static const char *
rule_members_fault(json_t *rule)
{
	const char *id = json_string_value(json_object_get(rule, "id"));

	if (!has_members(rule, "id when text documents"))
		return "a rule has not id, when, text, documents";
	if (!is_id(id) || strcmp(id, RULE_MET_ALL) == 0)
		return "the id of a rule is not right";
	if (!kit_is_texts(json_object_get(rule, "text"), true) ||
	    !kit_is_texts(json_object_get(rule, "documents"), true))
		return "a rule has not text and documents in five languages";
	return rule_fault(json_object_get(rule, "when"));
}

/* What is in force, or will be, must be in the manifest: else nobody could ever meet it. */
static const char *
asked_fault(const struct welfare *welfare, json_t *manifest)
{
	json_auto_t *asked = json_object();
	size_t i;
	json_t *attribute;

	json_array_foreach(json_object_get(manifest, "attributes"), i, attribute)
		json_object_set_new(
		    asked, json_string_value(json_object_get(attribute, "name")), json_true());
	for (i = 0; i < welfare->n_programmes; i++) {
		const struct programme *programme = &welfare->programmes[i];
		const struct programme *now = programme_in_force(welfare, programme->id);
		json_auto_t *predicates = programme_predicates(programme);
		const char *name;
		json_t *is_there;

		if (now != NULL && now->version > programme->version)
			continue;
		json_object_foreach(predicates, name, is_there) {
			if (json_object_get(asked, name) == NULL)
				return "a predicate is not in the manifest";
		}
	}
	return NULL;
}

const struct programme *
programme_in_force(const struct welfare *welfare, const char *id)
{
	const struct programme *newest = NULL;

	for (size_t i = 0; i < welfare->n_programmes; i++) {
		const struct programme *programme = &welfare->programmes[i];

		if (programme->id == NULL || strcmp(programme->id, id) != 0 ||
		    programme->from_s > dvara_now_s())
			continue;
		if (newest == NULL || programme->version > newest->version)
			newest = programme;
	}
	return newest;
}

json_t *
programme_predicates(const struct programme *programme)
{
	json_t *names = json_object();
	size_t i;
	json_t *rule;

	json_array_foreach(json_object_get(programme->terms, "rules"), i, rule)
		rule_names(json_object_get(rule, "when"), names);
	return names;
}

static bool
is_id(const char *id)
{
	return id != NULL && *id >= 'a' && *id <= 'z' && strlen(id) <= 64 &&
	       id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool
is_days(const json_t *days)
{
	return json_integer_value(days) >= 1 && json_integer_value(days) <= DAYS_MAX;
}

/* All of names, which have spaces between them, and nothing else. */
static bool
has_members(json_t *object, const char *names)
{
	size_t n_names = 1;
	const char *name;
	json_t *value;

	for (const char *c = names; *c != '\0'; c++)
		n_names += *c == ' ';
	json_object_foreach(object, name, value) {
		if (!kit_has_word(names, name))
			return false;
	}
	return json_object_size(object) == n_names;
}

static bool
day_read(const char *text, int64_t *ret_s)
{
	struct tm day = {0};
	const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%d", &day);

	if (end == NULL || *end != '\0')
		return false;
	*ret_s = timegm(&day);
	return true;
}
