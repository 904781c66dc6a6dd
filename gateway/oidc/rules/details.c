/* SPDX-License-Identifier: Apache-2.0
 *
 * authorization_details.  Called by authorization.c, decision.c, standing.c and token.c.
 */
#include "oidc/rules/details.h"

#include "consent/purpose.h"
#include "core/clock.h"
#include "core/task.h"
#include "issue/details.h"
#include "oidc/rules/scope.h"

#include <string.h>

#define DETAILS_MAX_BYTES 1024 /* they stand in access tokens */

#define REFUSE(task, ...) fail((task), INVALID_AUTHORIZATION_DETAILS, __VA_ARGS__)

static int details_parse(struct task *task, const char *text, json_t **ret_details);
static int attributes_check(struct task *task, const struct client *client, const json_t *details);
static int members_check(struct task *task, const json_t *detail);
static int purpose_check(struct task *task, const struct client *client, const json_t *detail);
static int until_check(struct task *task, const json_t *detail);
static int within_check(struct task *task, const json_t *granted, const json_t *details);
static bool is_within(struct task *task, const json_t *granted, const json_t *detail);
static const json_t *rest_of(struct task *task, const json_t *detail);
static const char *const *claims_left(
    struct task *task, const struct grant *grant, const json_t *details);

int
details_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *text = parameters_get(parameters, "authorization_details");
	json_t *details = NULL;
	int r;

	if (text == NULL)
		return 0;
	r = details_parse(task, text, &details);
	if (r < 0)
		return r;
	if (issue_details_are_ours(details))
		r = issue_details_check(task, details);
	else
		r = attributes_check(task, authorization->client, details);
	if (r < 0)
		return r;
	authorization->details = details;
	return 0;
}

static int
details_parse(struct task *task, const char *text, json_t **ret_details)
{
	json_t *details;
	int r;

	if (strlen(text) > DETAILS_MAX_BYTES)
		return REFUSE(task, "authorization_details is over %d bytes", DETAILS_MAX_BYTES);
	r = json_parse(task, text, strlen(text), &details);
	if (r < 0)
		return fault_as(task, INVALID_AUTHORIZATION_DETAILS);
	*ret_details = json_keep(task, details);
	return 0;
}

static int
attributes_check(struct task *task, const struct client *client, const json_t *details)
{
	const json_t *detail = json_array_get(details, 0);
	int r;

	if (json_array_size(details) != 1)
		return REFUSE(task, "authorization_details is not an array of one object");
	r = members_check(task, detail);
	if (r < 0)
		return r;
	r = purpose_check(task, client, detail);
	if (r < 0)
		return r;
	return until_check(task, detail);
}

/* RFC 9396 section 5: an unknown type, an unknown member, a member of the wrong kind. */
static int
members_check(struct task *task, const json_t *detail)
{
	const char *name;
	json_t *value;

	if (!str_equal(json_get_text(detail, "type"), DETAILS_TYPE))
		return REFUSE(task, "authorization_details: type is not " DETAILS_TYPE);
	json_object_foreach((json_t *)(uintptr_t)detail, name, value)
		if (!str_has_word("type purpose attributes until", name))
			return REFUSE(task, "authorization_details: a member that is not known");
	return 0;
}

static int
purpose_check(struct task *task, const struct client *client, const json_t *detail)
{
	const char *id = json_get_text(detail, "purpose");
	const struct purpose *purpose = id == NULL ? NULL : client_purpose(client, id);
	const json_t *attributes = json_object_get(detail, "attributes"), *attribute;
	size_t i;

	if (purpose == NULL)
		return REFUSE(task, "authorization_details: purpose is none of the client's");
	if (json_array_size(attributes) == 0)
		return REFUSE(task, "authorization_details: attributes is not an array of names");
	json_array_foreach(attributes, i, attribute)
		if (purpose_claim(purpose, json_string_value(attribute)) == NULL)
			return REFUSE(
			    task, "authorization_details: attributes are not all of the purpose");
	return 0;
}

static int
until_check(struct task *task, const json_t *detail)
{
	const json_t *until = json_object_get(detail, "until");
	int64_t until_s;

	if (until == NULL)
		return 0;
	if (!purpose_until(json_string_value(until), &until_s))
		return REFUSE(task, "authorization_details: until is not a day, YYYY-MM-DD");
	if (until_s <= clock_now_s())
		return REFUSE(task, "authorization_details: until has passed");
	return 0;
}

int
details_granted(
    struct task *task, const json_t *asked, const char *consent_id, const json_t **ret_granted)
{
	const struct consent *consent = NULL;
	int r;

	r = asked == NULL ? 0 : consent_by_id(task, consent_id, &consent);
	if (r < 0)
		return r;
	*ret_granted = details_allowed(task, asked, consent);
	return 0;
}

const json_t *
details_allowed(struct task *task, const json_t *asked, const struct consent *consent)
{
	json_t *granted, *allowed, *name;
	size_t i;

	if (asked == NULL)
		return NULL;
	if (issue_details_are_ours(asked))
		return issue_details_granted(task, asked);
	granted = json_keep(task, json_deep_copy(asked));
	allowed = json_array();
	json_array_foreach(json_object_get(json_array_get(asked, 0), "attributes"), i, name)
		if (consent != NULL && names_have(consent->allowed, json_string_value(name)))
			json_array_append(allowed, name);
	json_object_set_new(json_array_get(granted, 0), "attributes", allowed);
	return granted;
}

int
details_narrow(struct task *task, struct grant *grant, const char *asked)
{
	const json_t *details;
	json_t *given = NULL;
	int r;

	if (str_is_empty(asked))
		return 0;
	r = details_parse(task, asked, &given);
	if (r < 0)
		return r;
	details = given;
	if (issue_details_are_ours(given)) {
		r = issue_details_check(task, given);
		if (r < 0)
			return r;
		details = issue_details_granted(task, given);
	}
	r = within_check(task, grant->authorization_details, details);
	if (r < 0)
		return r;
	grant->userinfo_claims = claims_left(task, grant, details);
	grant->authorization_details = details;
	return 0;
}

static int
within_check(struct task *task, const json_t *granted, const json_t *details)
{
	const json_t *detail;
	size_t i;

	if (json_array_size(details) == 0)
		return REFUSE(task, "authorization_details is not an array of objects");
	json_array_foreach(details, i, detail)
		if (!is_within(task, granted, detail))
			return REFUSE(task,
			    "authorization_details[%zu] is not of what was granted, or wider", i);
	return 0;
}

/* Some granted one, with no more than its attributes. */
static bool
is_within(struct task *task, const json_t *granted, const json_t *detail)
{
	const json_t *attributes = json_object_get(detail, "attributes"), *one, *name;
	size_t i, k;

	json_array_foreach(granted, i, one) {
		const json_t *allowed = json_object_get(one, "attributes");
		bool fits = json_equal(rest_of(task, one), rest_of(task, detail)) &&
			    json_is_array(allowed) == json_is_array(attributes);

		json_array_foreach(attributes, k, name)
			fits = fits && json_has_text(allowed, json_string_value(name));
		if (fits)
			return true;
	}
	return false;
}

static const json_t *
rest_of(struct task *task, const json_t *detail)
{
	json_t *rest = json_keep(task, json_copy((json_t *)(uintptr_t)detail));

	json_object_del(rest, "attributes");
	return rest;
}

/* Without the attributes that are left out, where no scope has them as well. */
static const char *const *
claims_left(struct task *task, const struct grant *grant, const json_t *details)
{
	const json_t *had =
	    json_object_get(json_array_get(grant->authorization_details, 0), "attributes");
	const json_t *has = json_object_get(json_array_get(details, 0), "attributes");
	const char *const *claim = grant->userinfo_claims;
	const char **claims = task_new_n(task, const char *, names_count(claim) + 1);

	for (size_t n = 0; claim != NULL && *claim != NULL; claim++) {
		if (!json_has_text(had, *claim) || json_has_text(has, *claim) ||
		    scope_holds_claim(task, grant->scope, *claim))
			claims[n++] = *claim;
	}
	return claims;
}
