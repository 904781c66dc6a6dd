/* SPDX-License-Identifier: Apache-2.0
 *
 * authorization_details for credentials (see details.h).
 */
#include "issue/details.h"

#include "core/str.h"
#include "core/task.h"
#include "records/credential_type.h"

#define CONFIGURATION "credential_configuration_id"
#define IDENTIFIERS   "credential_identifiers"

#define REFUSE(task, ...) fail((task), INVALID_AUTHORIZATION_DETAILS, __VA_ARGS__)

static int detail_check(struct task *task, const json_t *details, size_t i);

bool
issue_details_are_ours(const json_t *details)
{
	return str_equal(
	    json_get_text(json_array_get(details, 0), "type"), CREDENTIAL_DETAILS_TYPE);
}

int
issue_details_check(struct task *task, const json_t *details)
{
	size_t n = json_array_size(details);
	int r = 0;

	if (n < 1 || n > CREDENTIAL_TYPES_MAX)
		return REFUSE(task, "authorization_details is no array of 1 to %d objects",
		    CREDENTIAL_TYPES_MAX);
	for (size_t i = 0; i < n && r == 0; i++)
		r = detail_check(task, details, i);
	return r;
}

static int
detail_check(struct task *task, const json_t *details, size_t i)
{
	const json_t *detail = json_array_get(details, i);
	const char *id = json_get_text(detail, CONFIGURATION);

	if (!str_equal(json_get_text(detail, "type"), CREDENTIAL_DETAILS_TYPE))
		return REFUSE(task, "authorization_details: one object is of another type");
	if (id == NULL || credential_type_find(task, id) == NULL)
		return REFUSE(
		    task, "authorization_details: " CONFIGURATION " is none of the metadata's");
	for (size_t k = 0; k < i; k++)
		if (str_equal(json_get_text(json_array_get(details, k), CONFIGURATION), id))
			return REFUSE(
			    task, "authorization_details: " CONFIGURATION " stands twice");
	return 0;
}

/* A person has one data set of each kind: the number only shows that it is no configuration. */
const json_t *
issue_details_granted(struct task *task, const json_t *details)
{
	json_t *granted = json_keep(task, json_array()), *detail;
	size_t i;

	json_array_foreach(details, i, detail) {
		const char *id = json_get_text(detail, CONFIGURATION);

		json_array_append_new(
		    granted, json_pack("{s:s, s:s, s:[s]}", "type", CREDENTIAL_DETAILS_TYPE,
				 CONFIGURATION, id, IDENTIFIERS, task_printf(task, "%s/1", id)));
	}
	return granted;
}

bool
issue_details_hold(const json_t *details, const char *configuration)
{
	json_t *detail;
	size_t i;

	if (!issue_details_are_ours(details))
		return false;
	json_array_foreach(details, i, detail)
		if (str_equal(json_get_text(detail, CONFIGURATION), configuration))
			return true;
	return false;
}

const char *
issue_details_identified(const json_t *details, const char *identifier)
{
	json_t *detail;
	size_t i;

	if (!issue_details_are_ours(details))
		return NULL;
	json_array_foreach(details, i, detail)
		if (json_has_text(json_object_get(detail, IDENTIFIERS), identifier))
			return json_get_text(detail, CONFIGURATION);
	return NULL;
}
