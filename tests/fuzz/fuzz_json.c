/* SPDX-License-Identifier: Apache-2.0
 *
 * json_parse(): what it accepts is within the bounds of json.h, and comes out and in again the
 * same; and json_plain() reads nothing otherwise than jansson does.
 */
#include "fuzz.h"

#include "core/json.h"
#include "core/json_plain.h"
#include "core/task.h"

static void
bounds_check(const json_t *json, unsigned depth)
{
	const char *name;
	json_t *value;
	size_t i;

	FUZZ_MUST(depth <= JSON_MAX_DEPTH + 1);
	FUZZ_MUST(!json_is_object(json) || json_object_size(json) <= JSON_MAX_NAMES);
	if (json_is_string(json))
		FUZZ_MUST(strlen(json_string_value(json)) == json_string_length(json));
	json_array_foreach(json, i, value)
		bounds_check(value, depth + 1);
	json_object_foreach((json_t *)(uintptr_t)json, name, value)
		bounds_check(value, depth + 1);
}

static void
plain_check(const char *at, size_t len)
{
	json_auto_t *plain = json_plain(at, len), *theirs = NULL;

	if (plain == NULL)
		return;
	theirs = json_loadb(at, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	FUZZ_MUST(json_equal(plain, theirs));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	json_auto_t *json = NULL, *again = NULL;
	struct task task;

	plain_check((const char *)at, len);
	task_open(&task, NULL, NULL, 0);
	if (json_parse(&task, (const char *)at, len, &json) == 0) {
		char *text = json_text(&task, json);

		bounds_check(json, 1);
		/* a number may grow when it is written: 1e9 is 1000000000.0 */
		if (strlen(text) <= JSON_MAX_BYTES) {
			FUZZ_MUST(json_parse(&task, text, strlen(text), &again) == 0);
			FUZZ_MUST(json_equal(json, again));
		}
	} else {
		FUZZ_MUST(json == NULL && task.fault.code == INVALID_REQUEST);
	}
	task_close(&task);
	return 0;
}
