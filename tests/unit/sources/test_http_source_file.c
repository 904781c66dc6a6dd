/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of registers elsewhere: what is taken, and what is named as wrong.
 */
#include "unit/unit.h"

#include "core/json.h"
#include "sources/http_source_inner.h"

#define FRAME(members) \
	"{\"title\":{\"en\":\"Office\"},\"url\":\"https://office.example/ask\"," members "}"

static int
read_text(struct task *task, const char *text, struct http_source **ret_source)
{
	json_t *json = json_keep(task, json_loads(text, 0, NULL));

	assert_non_null(json);
	return http_source_read(task, "/nowhere", "office", json, ret_source);
}

static void
test_whole(void **state)
{
	struct http_source *source;

	assert_int_equal(read_text(*state,
			     FRAME("\"asked_by\":\"register_key\",\"max_age_s\":60,"
				   "\"claims\":{\"name\":\"n\",\"birthdate\":{\"field\":\"dob\","
				   "\"type\":\"date\"}},"
				   "\"matches\":{\"email\":\"e\",\"phone_number\":"
				   "{\"field\":\"p\",\"threshold\":0.5}},"
				   "\"life\":{\"field\":\"s\",\"values\":{\"y\":\"active\"}}"),
			     &source),
	    0);
	assert_string_equal(source->name, "office");
	assert_null(source->asked_by);
	assert_int_equal(source->n_claims, 2);
	assert_int_equal(source->claims[1].type, HTTP_DATE);
	assert_int_equal(source->n_matches, 2);
	assert_true(source->matches[0].threshold == 0);
	assert_true(source->matches[1].threshold == 0.5);
	assert_string_equal(source->life_field, "s");
	assert_int_equal(source->timeout_ms, 2000);
	assert_int_equal(source->max_age_s, 60);
	http_source_free(source);
}

static void
test_wrong(void **state)
{
	static const char *const wrong[] = {
	    FRAME("\"claims\":{}"),
	    FRAME("\"clams\":{\"name\":\"n\"}"),
	    FRAME("\"claims\":{\"name\":1}"),
	    FRAME("\"claims\":{\"sub\":\"n\"}"),
	    FRAME("\"claims\":{\"name\":{\"field\":\"n\",\"type\":\"day\"}}"),
	    FRAME("\"claims\":{\"name\":{\"field\":\"n\",\"kind\":\"text\"}}"),
	    FRAME("\"claims\":{\"name\":\"n\"},\"timeout_ms\":5001"),
	    FRAME("\"claims\":{\"name\":\"n\"},\"timeout_ms\":\"1s\""),
	    FRAME("\"claims\":{\"name\":\"n\"},\"max_age_s\":0"),
	    FRAME("\"claims\":{\"name\":\"n\"},\"asked_by\":7"),
	    FRAME("\"claims\":{\"name\":\"n\"},\"key_file\":\"none.pem\""),
	    FRAME("\"matches\":{\"email\":{\"field\":\"e\",\"threshold\":1.5}}"),
	    FRAME("\"life\":{\"field\":\"s\",\"values\":{}}"),
	    FRAME("\"life\":{\"field\":\"s\",\"values\":{\"y\":\"well\"}}"),
	    "{\"title\":{\"fr\":\"O\"},\"url\":\"https://o.example\",\"claims\":{\"name\":\"n\"}}",
	    "{\"title\":{\"en\":\"O\",\"de\":\"O\"},\"url\":\"https://o.example\","
	    "\"claims\":{\"name\":\"n\"}}",
	    "{\"title\":{\"en\":\"O\"},\"url\":\"http://o.example\",\"claims\":{\"name\":\"n\"}}",
	    "{\"title\":{\"en\":\"O\"},\"url\":\"https://"
	    "a@o.example\",\"claims\":{\"name\":\"n\"}}",
	};
	struct task *task = *state;
	struct http_source *source;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (read_text(task, wrong[i], &source) != MISCONFIGURED)
			fail_msg("taken: %s", wrong[i]);
		assert_non_null(strstr(task->fault.text, "/nowhere/"));
		fault_clear(task);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(test_whole),
	    task_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
