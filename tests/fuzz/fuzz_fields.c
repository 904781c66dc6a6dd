/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as Redis gives them back: nothing that stands there breaks the reader, and what it read
 * it writes so that it reads the same.
 */
#include "fuzz.h"

#include "core/json.h"
#include "core/task.h"
#include "records/fields.h"

struct record {
	const char *text, *other;
	int64_t number;
	bool truth;
	const json_t *json;
	const char *const *words;
};
static const struct field fields[] = {
    {"t", FIELD_TEXT, offsetof(struct record, text)},
    {"to", FIELD_TEXT, offsetof(struct record, other)},
    {"n", FIELD_NUMBER, offsetof(struct record, number)},
    {"b", FIELD_BOOL, offsetof(struct record, truth)},
    {"j", FIELD_JSON, offsetof(struct record, json)},
    {"w", FIELD_WORDS, offsetof(struct record, words)},
    {0},
};

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct record record = {0}, again = {0};
	struct task task;
	const char *text, *twin;

	if (len >= FIELDS_MAX_BYTES)
		return 0;
	task_open(&task, NULL, NULL, 0);
	text = task_dup_n(&task, (const char *)at, len);
	if (fields_read(&task, fields, text, &record) == 0) {
		if (fields_text(&task, fields, &record, &text) == 0) {
			FUZZ_MUST(fields_read(&task, fields, text, &again) == 0);
			FUZZ_MUST(again.number == record.number && again.truth == record.truth);
			FUZZ_MUST(fields_text(&task, fields, &again, &twin) == 0);
			FUZZ_MUST(strcmp(twin, text) == 0);
		}
	} else {
		FUZZ_MUST(task.fault.code == BROKEN);
	}
	task_close(&task);
	return 0;
}
