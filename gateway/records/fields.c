/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as compact JSON (see fields.h).
 */
#include "records/fields.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/task.h"

#include <inttypes.h>
#include <string.h>

static void field_add(
    struct task *task, struct buf *buf, const struct field *field, const void *member);
static void words_add(struct buf *buf, const char *const *words);
static void name_add(struct buf *buf, const struct field *field);
static void field_read(
    struct task *task, const struct field *field, const json_t *value, void *member);
static const char **words_read(struct task *task, const json_t *array);

const char *
fields_text(struct task *task, const struct field *fields, const void *record)
{
	struct buf buf;

	buf_open(&buf, task, FIELDS_MAX_BYTES);
	buf_char_add(&buf, '{');
	for (const struct field *field = fields; field->name != NULL; field++)
		field_add(task, &buf, field, (const char *)record + field->offset);
	buf_char_add(&buf, '}');
	return buf_text(&buf);
}

static void
field_add(struct task *task, struct buf *buf, const struct field *field, const void *member)
{
	const char *const *text = member;
	const json_t *const *json = member;
	const char *const *const *words = member;
	int64_t number;

	switch (field->type) {
	case FIELD_TEXT:
		if (*text == NULL)
			return;
		name_add(buf, field);
		buf_json_add(buf, *text);
		return;
	case FIELD_NUMBER:
		memcpy(&number, member, sizeof(number));
		if (number == 0)
			return;
		name_add(buf, field);
		buf_printf(buf, "%" PRId64, number);
		return;
	case FIELD_BOOL:
		if (!*(const bool *)member)
			return;
		name_add(buf, field);
		buf_text_add(buf, "true");
		return;
	case FIELD_JSON:
		if (*json == NULL)
			return;
		name_add(buf, field);
		buf_text_add(buf, json_text(task, *json));
		return;
	case FIELD_WORDS:
		if (*words == NULL)
			return;
		name_add(buf, field);
		words_add(buf, *words);
		return;
	}
}

static void
words_add(struct buf *buf, const char *const *words)
{
	buf_char_add(buf, '[');
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			buf_char_add(buf, ',');
		buf_json_add(buf, words[i]);
	}
	buf_char_add(buf, ']');
}

static void
name_add(struct buf *buf, const struct field *field)
{
	if (buf->len > 1)
		buf_char_add(buf, ',');
	buf_char_add(buf, '"');
	buf_text_add(buf, field->name);
	buf_text_add(buf, "\":");
}

int
fields_read(struct task *task, const struct field *fields, const char *text, void *ret_record)
{
	json_t *json;

	if (json_parse_object(task, text, strlen(text), &json) < 0) {
		fault_clear(task);
		return fail(task, BROKEN, "a stored record cannot be read");
	}
	json_keep(task, json);
	for (const struct field *field = fields; field->name != NULL; field++) {
		const json_t *value = json_object_get(json, field->name);

		if (value != NULL)
			field_read(task, field, value, (char *)ret_record + field->offset);
	}
	return 0;
}

static void
field_read(struct task *task, const struct field *field, const json_t *value, void *member)
{
	switch (field->type) {
	case FIELD_TEXT: *(const char **)member = json_string_value(value); return;
	case FIELD_NUMBER: *(int64_t *)member = json_integer_value(value); return;
	case FIELD_BOOL: *(bool *)member = json_is_true(value); return;
	case FIELD_JSON: *(const json_t **)member = value; return;
	case FIELD_WORDS: *(const char ***)member = words_read(task, value); return;
	}
}

static const char **
words_read(struct task *task, const json_t *array)
{
	size_t n = json_array_size(array);
	const char **words = task_new_n(task, const char *, n + 1);

	for (size_t i = 0; i < n; i++)
		words[i] = json_string_value(json_array_get(array, i));
	return words;
}
