/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request asks claims to be (OpenID Connect Core section 5.5.1), and brings for matches to
 * be compared with (see purpose_asking.h).
 */
#include "consent/purpose_asking.h"

#include "consent/ask.h"
#include "core/task.h"

static json_t *values_of(const json_t *claims, const char *member);

json_t *
purpose_values_asked(struct task *task, const json_t *claims)
{
	json_t *values;

	if (claims == NULL)
		return NULL;
	values = json_keep(task, json_object());
	json_object_set_new(values, "id_token", values_of(claims, "id_token"));
	json_object_set_new(values, "userinfo", values_of(claims, "userinfo"));
	if (json_object_size(json_object_get(values, "id_token")) == 0 &&
	    json_object_size(json_object_get(values, "userinfo")) == 0)
		return NULL;
	return values;
}

/* {name: [values]} of one member of claims; NULL: none has any (section 5.5.1). */
static json_t *
values_of(const json_t *claims, const char *member)
{
	json_t *values = json_object(), *asked;
	const char *name;

	json_object_foreach(json_object_get(claims, member), name, asked) {
		json_t *one = json_object_get(asked, "value");
		json_t *many = json_object_get(asked, "values");

		if (one != NULL)
			json_object_set_new(values, name, json_pack("[O]", one));
		else if (json_is_array(many))
			json_object_set(values, name, many);
	}
	return values;
}

json_t *
purpose_values_of_ask(struct task *task, const struct ask *ask)
{
	if (json_object_size(ask->values) == 0)
		return NULL;
	return json_keep(task, json_pack("{s:{}, s:O}", "id_token", "userinfo", ask->values));
}

int
purpose_values_check(struct task *task, const json_t *values)
{
	const json_t *userinfo = json_object_get(values, "userinfo"), *other;
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(values, "id_token"), name, value) {
		other = json_object_get(userinfo, name);
		if (other != NULL && !json_equal(value, other))
			return fail(task, INVALID_REQUEST,
			    "a claim is asked to be one value in id_token, another in userinfo");
	}
	return 0;
}

const json_t *
purpose_values(struct task *task, const struct asked *asked)
{
	json_t *values;

	if (asked->values == NULL)
		return NULL;
	values = json_keep(task, json_copy(json_object_get(asked->values, "id_token")));
	json_object_update_missing(values, json_object_get(asked->values, "userinfo"));
	return values;
}
