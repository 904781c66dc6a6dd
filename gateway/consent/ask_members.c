/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a consent request's body, each read and cut to what the purpose allows (see
 * ask.h).
 */
#include "consent/ask_reading.h"

#include "core/clock.h"
#include "core/period.h"
#include "core/rfc3339.h"
#include "core/task.h"
#include "records/client_metadata.h"

#include <string.h>

#define REFERENCE_MAX_BYTES 64
#define TEXT_MAX_BYTES      255

static member_read purpose_read, access_read, until_read, data_life_read;
static member_read subject_read, return_read, reference_read, locales_read, capped_read;

/* In the order in which they are read: limits are the purpose's.  A member that is null is not
 * there. */
static const struct member {
	const char *name;
	member_read *read;
	enum { MAY_BE, MUST_BE, IS_OURS } kind;
} members[] = {
    {"purpose", purpose_read, MUST_BE},
    {"access", access_read, MAY_BE},
    {"valid_until", until_read, MAY_BE},
    {"data_life", data_life_read, MAY_BE},
    {"attributes", ask_attributes_read, MUST_BE},
    {"subject_hint", subject_read, MAY_BE},
    {"return_url", return_read, MAY_BE},
    {"client_reference", reference_read, MAY_BE},
    {"ui_locales", locales_read, MAY_BE},
    {"capped", capped_read, IS_OURS},
};
#define N_MEMBERS (sizeof(members) / sizeof(members[0]))

static int text_read(
    struct reading *reading, const json_t *value, const char *pointer, const char **ret_text);

int
ask_members_check(struct reading *reading, const json_t *body)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)body, name, value) {
		size_t i = 0;

		while (i < N_MEMBERS &&
		       (members[i].kind == IS_OURS || strcmp(members[i].name, name) != 0))
			i++;
		if (i == N_MEMBERS)
			return fail_at(reading->task,
			    task_printf(
				reading->task, "/%s", fault_pointer_part(reading->task, name)),
			    INVALID_REQUEST, "a member that is not known");
	}
	return 0;
}

int
ask_members_read(struct reading *reading, const json_t *body)
{
	for (size_t i = 0; i < N_MEMBERS; i++) {
		const json_t *value = json_object_get(body, members[i].name);
		int r;

		if (json_is_null(value))
			value = NULL;
		if (value == NULL && members[i].kind == MUST_BE)
			return fail_at(reading->task,
			    task_printf(reading->task, "/%s", members[i].name), INVALID_REQUEST,
			    "%s is missing", members[i].name);
		r = members[i].read(reading, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
purpose_read(struct reading *reading, const json_t *value)
{
	struct task *task = reading->task;
	const struct purpose *purpose =
	    ask_purpose(task, reading->client, json_string_value(value));

	if (purpose == NULL)
		return fail_at(task, "/purpose", PURPOSE_NOT_REGISTERED,
		    "purpose is none of the client's, or not the version in force");
	if (!purpose_stands(purpose, clock_now_s()))
		return fail_at(task, "/purpose", CERTIFICATE_EXPIRED,
		    "the purpose is suspended, or its certificate is over its time");
	reading->ask.purpose = purpose;
	return 0;
}

/* Once is what is asked where nothing is said: it tells the least. */
static int
access_read(struct reading *reading, const json_t *value)
{
	struct ask *ask = &reading->ask;
	const char *mode = json_get_text(value, "mode");

	if (value != NULL &&
	    (!json_is_object(value) || json_object_size(value) != 1 || purpose_mode_of(mode) == 0))
		return fail_at(reading->task, "/access", INVALID_REQUEST,
		    "access is not {\"mode\": \"once\" or \"until\"}");
	ask->is_once = value == NULL || purpose_mode_of(mode) == ACCESS_ONCE;
	if (!ask->is_once && ask->purpose->mode == ACCESS_ONCE) {
		ask->is_once = true;
		ask_cap(reading, "access");
	}
	return 0;
}

static int
until_read(struct reading *reading, const json_t *value)
{
	const int64_t now_s = clock_now_s();
	struct ask *ask = &reading->ask;
	const int64_t most_s = now_s + ask->purpose->valid_s;

	ask->until_s = most_s;
	if (value == NULL)
		return 0;
	if (!rfc3339_parse(json_string_value(value), &ask->until_s))
		return fail_at(reading->task, "/valid_until", INVALID_REQUEST,
		    "valid_until is not a time, as in 2026-12-21T00:00:00Z");
	if (ask->until_s <= now_s)
		return fail_at(
		    reading->task, "/valid_until", INVALID_REQUEST, "valid_until has passed");
	if (ask->until_s > most_s && !reading->is_stored) {
		ask->until_s = most_s;
		ask_cap(reading, "valid_until");
	}
	return 0;
}

static int
data_life_read(struct reading *reading, const json_t *value)
{
	struct ask *ask = &reading->ask;
	const int64_t most_s = ask->purpose->data_life_s;

	ask->data_life_s = most_s;
	if (value == NULL)
		return 0;
	if (!period_parse(json_string_value(value), &ask->data_life_s))
		return fail_at(reading->task, "/data_life", INVALID_REQUEST,
		    "data_life is not a period, as in P90D");
	if (ask->data_life_s > most_s) {
		ask->data_life_s = most_s;
		ask_cap(reading, "data_life");
	}
	return 0;
}

void
ask_cap(struct reading *reading, const char *name)
{
	json_array_append_new(reading->ask.capped, json_string(name));
}

static int
subject_read(struct reading *reading, const json_t *value)
{
	return text_read(reading, value, "/subject_hint", &reading->ask.subject_hint);
}

static int
text_read(struct reading *reading, const json_t *value, const char *pointer, const char **ret_text)
{
	if (value == NULL)
		return 0;
	if (!client_text_is_plain(value, TEXT_MAX_BYTES))
		return fail_at(reading->task, pointer, INVALID_REQUEST, "not a short text");
	*ret_text = json_string_value(value);
	return 0;
}

static int
return_read(struct reading *reading, const json_t *value)
{
	const char *url = json_string_value(value);

	if (value == NULL)
		return 0;
	if (url == NULL || !client_may_redirect(reading->client, url))
		return fail_at(reading->task, "/return_url", INVALID_REDIRECT_URI,
		    "return_url is none of the client's redirect_uris");
	reading->ask.return_url = url;
	return 0;
}

static int
reference_read(struct reading *reading, const json_t *value)
{
	int r;

	r = text_read(reading, value, "/client_reference", &reading->ask.client_reference);
	if (r == 0 && value != NULL && strlen(json_string_value(value)) > REFERENCE_MAX_BYTES)
		return fail_at(reading->task, "/client_reference", INVALID_REQUEST,
		    "client_reference is over %d bytes", REFERENCE_MAX_BYTES);
	return r;
}

static int
locales_read(struct reading *reading, const json_t *value)
{
	return text_read(reading, value, "/ui_locales", &reading->ask.ui_locales);
}

/* Of what was in force: it was cut then. */
static int
capped_read(struct reading *reading, const json_t *value)
{
	if (reading->is_stored)
		json_array_extend(reading->ask.capped, (json_t *)(uintptr_t)value);
	return 0;
}
