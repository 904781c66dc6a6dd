/* SPDX-License-Identifier: Apache-2.0
 *
 * A register's answer (conf/README.md, "To ask a register elsewhere"): about this request, about
 * this person, of now, each field of its type.  What was not asked is not looked at.
 */
#include "core/clock.h"
#include "core/task.h"
#include "sources/date.h"
#include "sources/http_source_inner.h"

#include <string.h>

#define TEXT_MAX_BYTES     1024
#define OBJECT_MAX_MEMBERS 16
#define CLOCKS_DIFFER_S    60

/* What is read before any of it counts. */
struct reading {
	struct task *task, *holder;
	const struct http_question *asked;
	json_t *answer;
	struct http_question *heard;
};

static int frame_check(struct reading *reading, const char *request_id);
static int time_check(struct reading *reading);
static int fields_read(struct reading *reading);
static int claim_read(struct reading *reading, const struct http_claim *claim, json_t *known);
static bool fits(const struct http_claim *claim, const json_t *value);
static bool is_text(const json_t *value);
static bool is_written(const char *text);
static bool is_object_of_texts(const json_t *value);
static int life_read(struct reading *reading);
static int matches_read(struct reading *reading);

int
http_source_answer(struct task *task, const char *request_id, struct bytes body,
    struct http_question *question, struct task *holder)
{
	static int (*const parts[])(struct reading *) = {fields_read, life_read, matches_read};
	struct http_question heard = *question;
	struct reading reading = {
	    .task = task, .holder = holder, .asked = question, .heard = &heard};
	int r;

	if (json_parse_object(task, (const char *)body.at, body.len, &reading.answer) < 0)
		return fault_as(task, UPSTREAM_BROKEN);
	json_keep(task, reading.answer);
	r = frame_check(&reading, request_id);
	for (size_t i = 0; r == 0 && heard.is_found && i < sizeof(parts) / sizeof(parts[0]); i++)
		r = parts[i](&reading);
	if (r < 0)
		return r;
	*question = heard;
	return 0;
}

static int
frame_check(struct reading *reading, const char *request_id)
{
	const json_t *found = json_object_get(reading->answer, "found");
	struct task *task = reading->task;

	if (!str_equal(json_get_text(reading->answer, "request"), request_id))
		return fail(task, UPSTREAM_BROKEN, "an answer to another request");
	if (!str_equal(json_get_text(reading->answer, "key"), reading->asked->key))
		return fail(task, UPSTREAM_BROKEN, "an answer about another person");
	if (!json_is_boolean(found))
		return fail(task, UPSTREAM_BROKEN, "it does not say whether the person is known");
	reading->heard->is_found = json_is_true(found);
	return time_check(reading);
}

static int
time_check(struct reading *reading)
{
	const json_t *as_of = json_object_get(reading->answer, "as_of");
	int64_t max_age_s = reading->asked->source->max_age_s, now_s = clock_now_s();
	json_int_t as_of_s = json_integer_value(as_of);

	if (as_of == NULL && max_age_s == 0)
		return 0;
	if (!json_is_integer(as_of) || as_of_s < 0 || as_of_s > now_s + CLOCKS_DIFFER_S)
		return fail(
		    reading->task, UPSTREAM_BROKEN, "as_of is missing, no time, or to come");
	if (max_age_s > 0 && as_of_s < now_s - max_age_s)
		return fail(reading->task, UPSTREAM_BROKEN, "what it knows is too old");
	return 0;
}

static int
fields_read(struct reading *reading)
{
	const struct http_source *source = reading->asked->source;
	json_t *known = json_keep(reading->holder, json_object());

	for (size_t i = 0; i < source->n_claims; i++) {
		int r =
		    reading->asked->claims[i] ? claim_read(reading, &source->claims[i], known) : 0;

		if (r < 0)
			return r;
	}
	reading->heard->known = known;
	return 0;
}

/* Absent or null: not known there.  So is what the file has no word of ours for. */
static int
claim_read(struct reading *reading, const struct http_claim *claim, json_t *known)
{
	json_t *value = json_object_get(json_object_get(reading->answer, "fields"), claim->field);

	if (value == NULL || json_is_null(value))
		return 0;
	if (claim->values != NULL)
		value = json_object_get(claim->values, json_string_value(value));
	if (value == NULL)
		return 0;
	if (!fits(claim, value))
		return fail(reading->task, UPSTREAM_BROKEN, "%s is not of its type", claim->field);
	json_object_set(known, claim->name, value);
	return 0;
}

static bool
fits(const struct http_claim *claim, const json_t *value)
{
	struct date date;

	switch (claim->type) {
	case HTTP_TEXT: return is_text(value);
	case HTTP_DATE: return date_parse_birth(json_string_value(value), &date);
	case HTTP_BOOLEAN: return json_is_boolean(value);
	case HTTP_NUMBER: return json_is_integer(value);
	case HTTP_OBJECT: return is_object_of_texts(value);
	}
	return false;
}

static bool
is_text(const json_t *value)
{
	const char *text = json_string_value(value);

	return !str_is_empty(text) && strlen(text) <= TEXT_MAX_BYTES && is_written(text);
}

/* No control characters, but for the ends of lines that addresses have. */
static bool
is_written(const char *text)
{
	size_t len = strlen(text), n;
	uint32_t code;

	for (; (n = str_char(text, len, &code)) > 0; text += n, len -= n)
		if (str_is_control(code) && code != '\n')
			return false;
	return len == 0;
}

static bool
is_object_of_texts(const json_t *value)
{
	json_t *member;
	const char *name;

	if (json_object_size(value) == 0 || json_object_size(value) > OBJECT_MAX_MEMBERS)
		return false;
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
		if (!is_text(member))
			return false;
	return true;
}

/* A word that the file does not explain may mean the worst: nothing of the answer counts. */
static int
life_read(struct reading *reading)
{
	const struct http_source *source = reading->asked->source;
	const char *theirs, *ours;

	if (source->life_field == NULL)
		return 0;
	theirs = json_get_text(json_object_get(reading->answer, "fields"), source->life_field);
	ours = theirs == NULL ? NULL : json_get_text(source->lives, theirs);
	if (ours == NULL)
		return fail(reading->task, UPSTREAM_BROKEN,
		    "%s is none of the words that the file explains", source->life_field);
	reading->heard->life = source_life_of(ours);
	return 0;
}

static double
threshold_of(const struct http_source *source, const char *field)
{
	for (size_t i = 0; i < source->n_matches; i++)
		if (str_equal(source->matches[i].field, field))
			return source->matches[i].threshold;
	return 0;
}

static int
matches_read(struct reading *reading)
{
	const json_t *answers = json_object_get(reading->answer, "matches");
	json_t *matched = json_keep(reading->holder, json_object()), *candidate;
	const char *field;

	json_object_foreach((json_t *)(uintptr_t)reading->asked->candidates, field, candidate) {
		const json_t *answer = json_object_get(answers, field);
		double threshold = threshold_of(reading->asked->source, field);

		if (answer == NULL || json_is_null(answer))
			continue;
		if (threshold > 0 ? !json_is_number(answer) : !json_is_boolean(answer))
			return fail(reading->task, UPSTREAM_BROKEN,
			    "%s is compared, and the answer is no %s", field,
			    threshold > 0 ? "score" : "true or false");
		json_object_set_new(matched, field,
		    json_boolean(threshold > 0 ? json_number_value(answer) >= threshold
					       : json_is_true(answer)));
	}
	reading->heard->matched = matched;
	return 0;
}
