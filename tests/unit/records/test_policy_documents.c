/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be registered as a purpose or an attribute: purposes.json and attributes.json, one case
 * a line; check_schema.py holds the same cases against conf/schema.
 */
#include "unit/unit.h"

#include "core/json.h"
#include "core/str.h"
#include "records/attribute.h"
#include "records/purpose_document.h"

#include <string.h>

typedef int check_fn(struct task *task, const json_t *document);

/* "error" is a part of what is said: the member that is wrong stands in it. */
static void
case_check(check_fn *check, const json_t *one)
{
	const char *name = json_get_text(one, "name"), *expected = json_get_text(one, "error");
	struct task task;
	int r;

	task_open(&task, NULL, NULL, 1000);
	r = check(&task, json_object_get(one, "document"));
	if (expected == NULL && r != 0)
		fail_msg("%s: %s", name, task.fault.text);
	if (expected != NULL && (r != INVALID_REQUEST || strstr(task.fault.text, expected) == NULL))
		fail_msg("%s: %s, not %s", name, r == 0 ? "taken" : task.fault.text, expected);
	task_close(&task);
}

static void
cases_check(const char *path, size_t n_min, check_fn *check)
{
	json_error_t error;
	json_t *cases = json_load_file(path, 0, &error), *one;
	size_t i;

	assert_non_null(cases);
	assert_true(json_array_size(cases) >= n_min);
	json_array_foreach(cases, i, one)
		case_check(check, one);
	json_decref(cases);
}

static int
purpose_check(struct task *task, const json_t *document)
{
	json_t *registered = json_keep(
	    task, json_pack("{s:{s:s, s:s, s:[s]}, s:{s:s, s:s}, s:{s:s, s:s, s:b}}", "is_voter",
		      "name", "is_voter", "kind", "predicate", "of", "voter_roll", "voter_roll",
		      "name", "voter_roll", "kind", "value", "blood_group", "name", "blood_group",
		      "kind", "value", "special", 1));

	return purpose_document_check(task, document, registered);
}

static void
test_purposes(void **state)
{
	(void)state;
	cases_check(PURPOSES_JSON, 60, purpose_check);
}

static void
test_attributes(void **state)
{
	(void)state;
	cases_check(ATTRIBUTES_JSON, 20, attribute_document_check);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_purposes),
	    cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
