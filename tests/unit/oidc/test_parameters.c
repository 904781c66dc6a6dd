/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters read the same whatever the way they came.
 */
#include "asked.h"

#include "http/form.h"
#include "oidc/rules/parameters.h"

static struct parameters
parameters_of(struct task *task, const char *json)
{
	struct parameters parameters;
	json_t *object;

	assert_int_equal(json_parse_object(task, json, strlen(json), &object), 0);
	parameters_of_json(task, json_keep(task, object), &parameters);
	return parameters;
}

static void
members_become_texts(void **state)
{
	struct task *task = *state;
	struct parameters parameters = parameters_of(task,
	    "{\"scope\":\"openid\",\"max_age\":300,\"claims\":{\"id_token\":{\"acr\":null}},"
	    "\"nonce\":null,\"state\":\"\",\"prompt\":true,\"list\":[1,\"a\"],\"none\":[]}");

	assert_string_equal(parameters_get(&parameters, "scope"), "openid");
	assert_string_equal(parameters_get(&parameters, "max_age"), "300");
	assert_string_equal(parameters_get(&parameters, "claims"), "{\"id_token\":{\"acr\":null}}");
	assert_null(parameters_find(&parameters, "nonce"));
	assert_string_equal(parameters_find(&parameters, "state"), "");
	assert_null(parameters_get(&parameters, "state"));
	assert_string_equal(parameters_get(&parameters, "prompt"), "true");
	assert_string_equal(parameters_get(&parameters, "list"), "[1,\"a\"]");
	assert_string_equal(parameters_get(&parameters, "none"), "[]");
	assert_null(parameters.duplicate);
}

static void
a_list_is_a_parameter_several_times(void **state)
{
	struct task *task = *state;
	struct parameters parameters =
	    parameters_of(task, "{\"resource\":[\"a\",\"b\",\"c\"],\"scope\":\"openid\"}");
	json_t *back = parameters_json(task, &parameters);

	const char *const *all = parameters_all(task, &parameters, "resource");

	assert_null(parameters.duplicate);
	assert_string_equal(all[1], "b");
	assert_null(all[3]);
	assert_int_equal(parameters.pairs.n, 4);
	assert_int_equal(json_array_size(json_object_get(back, "resource")), 3);
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(back, "resource"), 2)), "c");
	assert_string_equal(json_get_text(back, "scope"), "openid");
}

static void
a_form_and_its_record_are_the_same(void **state)
{
	struct task *task = *state;
	const struct pair pairs[] = {
	    {"scope", "openid"}, {"state", ""}, {"claims", "{\"a\": 1}"}, {"max_age", "5"}};
	const struct request request = {.method = "POST", .form = {pairs, 4}};
	struct parameters sent, kept;

	parameters_of_request(&request, &sent);
	parameters_of_json(task, parameters_json(task, &sent), &kept);
	assert_int_equal(kept.pairs.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(
		    parameters_find(&kept, pairs[i].name), parameters_find(&sent, pairs[i].name));
}

static void
too_many_are_said(void **state)
{
	struct task *task = *state;
	json_t *object = json_keep(task, json_object());
	struct parameters parameters;

	for (int i = 0; i <= FORM_MAX_PARAMS; i++)
		json_set_text(object, task_printf(task, "p%d", i), "x");
	parameters_of_json(task, object, &parameters);
	assert_true(parameters.too_many);
	assert_int_equal(parameters.pairs.n, FORM_MAX_PARAMS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(members_become_texts),
	    task_test(a_list_is_a_parameter_several_times),
	    task_test(a_form_and_its_record_are_the_same),
	    task_test(too_many_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
