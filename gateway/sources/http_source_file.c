/* SPDX-License-Identifier: Apache-2.0
 *
 * One file of settings sources.folder, member by member (conf/schema/source.json).
 */
#include "core/json_folder.h"
#include "core/task.h"
#include "sources/http_source_inner.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS     2000
#define TIMEOUT_MAX_MS 5000
#define MAX_AGE_MAX_S  (366 * 86400)
#define MATCHES_MAX    16
#define LANGUAGES      "km lo en fr ar"

/* Whose file it is, for every message. */
struct reading {
	struct task *task;
	const char *path;
	struct http_source *source;
};

static int members_check(
    struct reading *reading, const json_t *object, const char *const *members, const char *of);
static int title_read(struct reading *reading);
static int url_read(struct reading *reading);
static int claims_read(struct reading *reading);
static int claim_read(
    struct reading *reading, const char *name, const json_t *given, struct http_claim *claim);
static int matches_read(struct reading *reading);
static int match_read(
    struct reading *reading, const char *attribute, const json_t *given, struct http_match *match);
static int life_read(struct reading *reading);
static int numbers_read(struct reading *reading);

int
http_source_read(struct task *task, const char *folder, const char *name, json_t *json,
    struct http_source **ret_source)
{
	static const char *const members[] = {"$schema", "title", "url", "asked_by", "claims",
	    "matches", "life", "max_age_s", "timeout_ms", "certificate_file", "key_file", "ca_file",
	    "signing_key_file", NULL};
	static int (*const parts[])(struct reading *) = {
	    title_read, url_read, claims_read, matches_read, life_read, numbers_read};
	struct http_source *source = calloc(1, sizeof(*source));
	struct reading reading = {task, task_printf(task, "%s/%s.json", folder, name), source};
	int r;

	source->name = strdup(name);
	source->json = json_incref(json);
	r = members_check(&reading, json, members, "a source");
	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		r = parts[i](&reading);
	if (r == 0)
		r = http_source_keys_read(task, reading.path, source);
	if (r == 0 && source->n_claims + source->n_matches == 0 && source->life_field == NULL)
		r = fail(
		    task, MISCONFIGURED, "%s: it has no claims, matches or life", reading.path);
	if (r < 0) {
		http_source_free(source);
		return r;
	}
	*ret_source = source;
	return 0;
}

void
http_source_free(struct http_source *source)
{
	if (source == NULL)
		return;
	http_source_keys_free(source);
	free(source->claims);
	free(source->matches);
	json_decref(source->json);
	free(source->name);
	free(source);
}

static int
members_check(
    struct reading *reading, const json_t *object, const char *const *members, const char *of)
{
	const char *other;

	if (json_has_only(object, members, &other))
		return 0;
	return fail(
	    reading->task, MISCONFIGURED, "%s: %.40s is no member of %s", reading->path, other, of);
}

/* English at least: what nobody translated is shown in it. */
static int
title_read(struct reading *reading)
{
	const json_t *title = json_object_get(reading->source->json, "title");
	const char *language;
	json_t *text;

	if (str_is_empty(json_get_text(title, "en")))
		return fail(reading->task, MISCONFIGURED, "%s: title has no en", reading->path);
	json_object_foreach((json_t *)(uintptr_t)title, language, text)
		if (!str_has_word(LANGUAGES, language) || str_is_empty(json_string_value(text)) ||
		    !str_is_visible(json_string_value(text)))
			return fail(reading->task, MISCONFIGURED,
			    "%s: title.%.8s is no text in one of " LANGUAGES, reading->path,
			    language);
	reading->source->title = title;
	return 0;
}

/* Plain http is for a machine of one's own: fetching refuses it elsewhere (http/fetch.h). */
static int
url_read(struct reading *reading)
{
	const char *url = json_get_text(reading->source->json, "url");
	const json_t *asked_by = json_object_get(reading->source->json, "asked_by");

	if (url == NULL ||
	    (!str_starts(url, "https://") && !str_starts(url, "http://127.0.0.1:") &&
		!str_starts(url, "http://[::1]:")) ||
	    strpbrk(url, "#@") != NULL || !str_is_printable_ascii(url))
		return fail(reading->task, MISCONFIGURED,
		    "%s: url is no https address without fragment and user", reading->path);
	if (asked_by != NULL && str_is_empty(json_string_value(asked_by)))
		return fail(
		    reading->task, MISCONFIGURED, "%s: asked_by is no claim", reading->path);
	reading->source->url = url;
	if (!str_equal(json_string_value(asked_by), "register_key"))
		reading->source->asked_by = json_string_value(asked_by);
	return 0;
}

static int
claims_read(struct reading *reading)
{
	struct http_source *source = reading->source;
	json_t *claims = json_object_get(source->json, "claims"), *given;
	const char *name;
	int r;

	if (json_object_size(claims) > HTTP_SOURCE_CLAIMS_MAX)
		return fail(reading->task, MISCONFIGURED, "%s: claims has more than %d",
		    reading->path, HTTP_SOURCE_CLAIMS_MAX);
	source->claims = calloc(HTTP_SOURCE_CLAIMS_MAX, sizeof(*source->claims));
	json_object_foreach(claims, name, given) {
		r = claim_read(reading, name, given, &source->claims[source->n_claims++]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A name alone is a text field of theirs. */
static int
claim_read(struct reading *reading, const char *name, const json_t *given, struct http_claim *claim)
{
	static const char *const members[] = {"field", "type", "values", NULL};
	static const char *const types[] = {[HTTP_TEXT] = "text",
	    [HTTP_DATE] = "date",
	    [HTTP_BOOLEAN] = "boolean",
	    [HTTP_NUMBER] = "number",
	    [HTTP_OBJECT] = "object"};
	const char *type = json_get_text(given, "type");
	int r;

	*claim = (struct http_claim){.name = name,
	    .field =
		json_is_string(given) ? json_string_value(given) : json_get_text(given, "field"),
	    .values = json_object_get(given, "values")};
	r = json_is_object(given) ? members_check(reading, given, members, "a claim") : 0;
	if (r < 0)
		return r;
	for (int i = HTTP_TEXT; i <= HTTP_OBJECT; i++)
		if (str_equal(types[i], type == NULL ? "text" : type))
			claim->type = (enum http_type)i;
	if (str_is_empty(name) || str_equal(name, "sub") || str_is_empty(claim->field) ||
	    claim->type == 0 || (claim->values != NULL && !json_is_object(claim->values)))
		return fail(reading->task, MISCONFIGURED,
		    "%s: claims: %.40s wants a field, and the type text, date, boolean, number or "
		    "object",
		    reading->path, name);
	return 0;
}

static int
matches_read(struct reading *reading)
{
	struct http_source *source = reading->source;
	json_t *matches = json_object_get(source->json, "matches"), *given;
	const char *attribute;
	int r;

	if (json_object_size(matches) > MATCHES_MAX)
		return fail(reading->task, MISCONFIGURED, "%s: matches has more than %d",
		    reading->path, MATCHES_MAX);
	source->matches = calloc(MATCHES_MAX, sizeof(*source->matches));
	json_object_foreach(matches, attribute, given) {
		r = match_read(reading, attribute, given, &source->matches[source->n_matches++]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
match_read(
    struct reading *reading, const char *attribute, const json_t *given, struct http_match *match)
{
	static const char *const members[] = {"field", "threshold", NULL};
	const json_t *threshold = json_object_get(given, "threshold");
	int r;

	*match = (struct http_match){.attribute = attribute,
	    .field =
		json_is_string(given) ? json_string_value(given) : json_get_text(given, "field"),
	    .threshold = json_number_value(threshold)};
	r = json_is_object(given) ? members_check(reading, given, members, "a match") : 0;
	if (r < 0)
		return r;
	if (str_is_empty(attribute) || str_is_empty(match->field) ||
	    (threshold != NULL && !(match->threshold > 0 && match->threshold <= 1)))
		return fail(reading->task, MISCONFIGURED,
		    "%s: matches: %.40s wants a field, and a threshold above 0, at most 1",
		    reading->path, attribute);
	return 0;
}

static int
life_read(struct reading *reading)
{
	static const char *const members[] = {"field", "values", NULL};
	struct http_source *source = reading->source;
	const json_t *life = json_object_get(source->json, "life");
	const char *theirs;
	json_t *ours;
	int r;

	if (life == NULL)
		return 0;
	r = members_check(reading, life, members, "life");
	if (r < 0)
		return r;
	source->life_field = json_get_text(life, "field");
	source->lives = json_object_get(life, "values");
	if (str_is_empty(source->life_field) || json_object_size(source->lives) == 0)
		return fail(reading->task, MISCONFIGURED, "%s: life wants a field and its values",
		    reading->path);
	json_object_foreach((json_t *)(uintptr_t)source->lives, theirs, ours)
		if (!json_is_string(ours) ||
		    !str_has_word("active dead blocked", json_string_value(ours)))
			return fail(reading->task, MISCONFIGURED,
			    "%s: life: %.40s is none of active, dead and blocked", reading->path,
			    theirs);
	return 0;
}

static int
numbers_read(struct reading *reading)
{
	struct http_source *source = reading->source;
	const json_t *timeout = json_object_get(source->json, "timeout_ms");
	const json_t *age = json_object_get(source->json, "max_age_s");

	source->timeout_ms = timeout == NULL ? TIMEOUT_MS : (int64_t)json_integer_value(timeout);
	source->max_age_s = (int64_t)json_integer_value(age);
	if (source->timeout_ms < 1 || source->timeout_ms > TIMEOUT_MAX_MS)
		return fail(reading->task, MISCONFIGURED, "%s: timeout_ms is not 1 to %d",
		    reading->path, TIMEOUT_MAX_MS);
	if (age != NULL && (source->max_age_s < 1 || source->max_age_s > MAX_AGE_MAX_S))
		return fail(reading->task, MISCONFIGURED, "%s: max_age_s is not 1 to %d",
		    reading->path, MAX_AGE_MAX_S);
	return 0;
}
