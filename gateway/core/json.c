/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON as this house reads it (RFC 8259, narrowed: see json.h), on jansson.
 */
#include "core/json.h"

#include "core/json_memory.h"
#include "core/json_plain.h"
#include "core/str.h"
#include "core/task.h"

#include <assert.h>
#include <string.h>

#define JSON_GUESS_BYTES 512

static void reference_drop(void *json);
static int json_load(struct task *task, const char *at, size_t len, json_t **ret_json);
static int json_scan(struct task *task, const char *at, size_t len);

void
json_setup(void)
{
	json_memory_setup();
}

int
json_parse(struct task *task, const char *at, size_t len, json_t **ret_json)
{
	return json_parse_sized(task, at, len, JSON_MAX_BYTES, ret_json);
}

int
json_parse_sized(struct task *task, const char *at, size_t len, size_t max_bytes, json_t **ret_json)
{
	if (len > max_bytes)
		return fail(task, INVALID_REQUEST, "JSON is longer than %zu bytes", max_bytes);
	return json_load(task, at, len, ret_json);
}

static int
json_load(struct task *task, const char *at, size_t len, json_t **ret_json)
{
	json_t *json = json_plain(at, len);
	json_error_t error;
	int r;

	if (json != NULL) {
		*ret_json = json;
		return 0;
	}
	r = json_scan(task, at, len);
	if (r < 0)
		return r;

	/* jansson's own words would quote the text, which may be a secret */
	json = json_loadb(at, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL)
		return fail(task, INVALID_REQUEST, "JSON is broken at byte %d (jansson error %d)",
		    error.position, (int)json_error_code(&error));
	*ret_json = json;
	return 0;
}

int
json_parse_object(struct task *task, const char *at, size_t len, json_t **ret_json)
{
	return json_parse_object_sized(task, at, len, JSON_MAX_BYTES, ret_json);
}

int
json_parse_object_sized(
    struct task *task, const char *at, size_t len, size_t max_bytes, json_t **ret_json)
{
	json_auto_t *json = NULL;
	int r;

	r = json_parse_sized(task, at, len, max_bytes, &json);
	if (r < 0)
		return r;
	if (!json_is_object(json))
		return fail(task, INVALID_REQUEST, "JSON is not an object");
	*ret_json = json_incref(json);
	return 0;
}

struct scan {
	unsigned depth;
	unsigned n_commas[JSON_MAX_DEPTH + 1]; /* at each depth */
	bool is_object[JSON_MAX_DEPTH + 1];
	bool in_text, is_escaped;
};

static int scan_char(struct task *task, struct scan *scan, char c);

/* Bounds before jansson sees a byte: it recurses for each bracket, on a fiber's small stack, and
 * would build a million names before anyone could count them. */
static int
json_scan(struct task *task, const char *at, size_t len)
{
	struct scan scan = {0};

	/* jansson takes a NUL after the value for its end */
	if (len > 0 && memchr(at, '\0', len) != NULL)
		return fail(task, INVALID_REQUEST, "JSON holds a NUL");
	for (size_t i = 0; i < len; i++) {
		if (scan.in_text) {
			scan.in_text = scan.is_escaped || at[i] != '"';
			scan.is_escaped = !scan.is_escaped && at[i] == '\\';
			continue;
		}
		int r = scan_char(task, &scan, at[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
scan_char(struct task *task, struct scan *scan, char c)
{
	switch (c) {
	case '"': scan->in_text = true; break;
	case '[':
	case '{':
		if (scan->depth == JSON_MAX_DEPTH)
			return fail(
			    task, INVALID_REQUEST, "JSON is deeper than %u", JSON_MAX_DEPTH);
		scan->depth++;
		scan->n_commas[scan->depth] = 0;
		scan->is_object[scan->depth] = c == '{';
		break;
	case ']':
	case '}':
		if (scan->depth > 0)
			scan->depth--;
		break;
	case ',':
		if (++scan->n_commas[scan->depth] >= JSON_MAX_NAMES && scan->is_object[scan->depth])
			return fail(
			    task, INVALID_REQUEST, "JSON object has over %u names", JSON_MAX_NAMES);
		break;
	default: break;
	}
	return 0;
}

json_t *
json_keep(struct task *task, json_t *json)
{
	task_defer(task, reference_drop, json);
	return json;
}

static void
reference_drop(void *json)
{
	json_decref(json);
}

char *
json_text(struct task *task, const json_t *json)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	char *text = task_alloc(task, JSON_GUESS_BYTES);
	size_t len = json_plain_write(json, text, JSON_GUESS_BYTES);

	if (len > 0)
		return text;
	len = json_dumpb(json, text, JSON_GUESS_BYTES - 1, flags);
	/* 0: no JSON at all, or text that is not UTF-8, which only we can have put there */
	assert(len > 0);
	if (len < JSON_GUESS_BYTES)
		return text;
	text = task_alloc(task, len + 1);
	json_dumpb(json, text, len, flags);
	return text;
}

const char *
json_get_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
json_get_i64(const json_t *object, const char *name, int64_t *ret_number)
{
	const json_t *number = json_object_get(object, name);

	if (!json_is_integer(number))
		return false;
	*ret_number = json_integer_value(number);
	return true;
}

bool
json_get_bool(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

bool
json_has_text(const json_t *array, const char *text)
{
	const json_t *value;
	size_t i;

	if (json_is_string(array))
		return str_equal(json_string_value(array), text);
	json_array_foreach(array, i, value) {
		if (str_equal(json_string_value(value), text))
			return true;
	}
	return false;
}

void
json_set_text(json_t *object, const char *name, const char *text)
{
	int r;

	if (text == NULL)
		return;
	r = json_object_set_new(object, name, json_string(text));
	assert(r == 0);
}
