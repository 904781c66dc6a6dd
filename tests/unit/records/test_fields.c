/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as one text: there and back, and what is no record.
 */
#include "unit/unit.h"

#include "core/json.h"
#include "core/str.h"
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

static void
test_round_trip(void **state)
{
	static const char *const words[] = {"pop", "user", NULL};
	static const int64_t numbers[] = {1, -1, 1700000000, INT64_MAX, -INT64_MAX};
	struct task *task = *state;
	struct record record = {
	    .text = "a,1:\"|\xe1\x9e\x91\n", .other = "", .truth = true, .words = words};
	const char *text;
	json_t *json = json_keep(task, json_pack("{s[ss]}", "a,", "1:", "\""));

	record.json = json;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct record back = {0};

		record.number = numbers[i];
		assert_int_equal(fields_text(task, fields, &record, &text), 0);
		assert_int_equal(fields_read(task, fields, text, &back), 0);
		assert_string_equal(back.text, record.text);
		assert_string_equal(back.other, "");
		assert_true(back.number == numbers[i]);
		assert_true(back.truth);
		assert_true(json_equal(back.json, json));
		assert_string_equal(back.words[0], "pop");
		assert_string_equal(back.words[1], "user");
		assert_null(back.words[2]);
	}
}

static void
test_empty(void **state)
{
	struct task *task = *state;
	struct record record = {0}, back = {.text = "kept"};
	const char *text;

	assert_int_equal(fields_text(task, fields, &record, &text), 0);
	assert_string_equal(text, "");
	assert_int_equal(fields_read(task, fields, text, &back), 0);
	assert_string_equal(back.text, "kept");
	assert_null(back.words);
	assert_int_equal(fields_read(task, fields, "zz3:new,t1:x,", &back), 0);
	assert_string_equal(back.text, "x");
}

static void
test_broken(void **state)
{
	static const char *const texts[] = {"t", "t1", "t1:", "t1:x", "t1:xx,", "t2:x,", "t:x,",
	    "1:x,", "t-1:x,", "t+1:x,", "t 1:x,", "t99999999999999999999:x,", "t5:x,t1:y,", ",",
	    "t1:x,,", "n1:x,", "n0:,", "n20:99999999999999999999,", "j1:{,", "j0:,", "{}",
	    "t1:x,\n", "T1:x,"};
	struct task *task = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct record back;

		if (fields_read(task, fields, texts[i], &back) != BROKEN)
			fail_msg("'%s' was read", texts[i]);
		fault_clear(task);
	}
}

static void
test_long(void **state)
{
	struct task *task = *state;
	char *text = task_alloc(task, FIELDS_MAX_BYTES + 1);
	struct record record = {.text = text}, back;
	const char *kept;

	memset(text, 'x', FIELDS_MAX_BYTES);
	assert_int_equal(fields_text(task, fields, &record, &kept), INVALID_REQUEST);
	fault_clear(task);
	text[FIELDS_MAX_BYTES - 200] = '\0';
	assert_int_equal(fields_text(task, fields, &record, &kept), 0);
	assert_int_equal(fields_read(task, fields, kept, &back), 0);
	assert_int_equal(strlen(back.text), FIELDS_MAX_BYTES - 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(test_round_trip),
	    task_test(test_empty),
	    task_test(test_broken),
	    task_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
