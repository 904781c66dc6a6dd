/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be registered: clients.json, one case a line (cases R02, R03, R04, R05, R08, S04, T19).
 * check_schema.py holds the same cases against conf/schema/client.json.
 */
#include "unit/unit.h"

#include "core/json.h"
#include "core/str.h"
#include "records/client_metadata.h"

static void
stored_check(const char *name, const json_t *stored, const json_t *metadata)
{
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)stored, member, value) {
		const json_t *is = json_object_get(metadata, member);

		if (json_is_null(value) ? is != NULL : !json_equal(is, value))
			fail_msg("%s: %s is %s", name, member,
			    is == NULL ? "absent" : json_dumps(is, JSON_ENCODE_ANY));
	}
}

static void
test_cases(void **state)
{
	json_error_t error;
	json_t *cases = json_load_file(CLIENTS_JSON, 0, &error), *one;
	size_t i;

	(void)state;
	assert_non_null(cases);
	assert_true(json_array_size(cases) > 100);
	json_array_foreach(cases, i, one) {
		const char *name = json_get_text(one, "name");
		const char *expected = json_get_text(one, "error");
		json_t *metadata = NULL;
		struct task task;
		int r;

		task_open(&task, NULL, NULL, 1000);
		r = client_metadata_check(&task, json_object_get(one, "metadata"), &metadata);
		/* client_id is client_apply()'s own matter: test_client.c */
		if (expected == NULL && r != 0)
			fail_msg("%s: %s", name, task.fault.text);
		if (expected != NULL && !str_equal(fault_name(r), expected) &&
		    strncmp(name, "client_id", 9) != 0)
			fail_msg(
			    "%s: %s (%s), not %s", name, fault_name(r), task.fault.text, expected);
		if (r == 0)
			stored_check(name, json_object_get(one, "stored"), metadata);
		task_close(&task);
	}
	json_decref(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
