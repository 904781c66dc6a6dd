/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain JSON (RFC 8259), written.  Called by json_text() first: a sixth of what jansson's writer
 * costs, which decodes each letter and keeps a table against circles.  In doubt it gives up.
 */
#include "core/json_plain.h"

#include "core/json.h"
#include "core/str.h"

#include <string.h>

struct writer {
	char *at, *end; /* end: no letter, for the NUL stands there at the latest */
	unsigned depth;
};

static bool value_write(struct writer *writer, const json_t *value);
static bool object_write(struct writer *writer, json_t *object);
static bool members_write(struct writer *writer, json_t *object);
static bool array_write(struct writer *writer, const json_t *array);
static bool elements_write(struct writer *writer, const json_t *array);
static bool number_write(struct writer *writer, int64_t number);
static bool text_write(struct writer *writer, const char *text, size_t len);
static size_t plain_len(const char *at, size_t len);
static bool letter_add(struct writer *writer, char letter);
static bool letters_add(struct writer *writer, const char *at, size_t len);

size_t
json_plain_write(const json_t *json, char *ret_text, size_t max_bytes)
{
	struct writer writer = {ret_text, ret_text + max_bytes - 1, 0};

	if (!value_write(&writer, json))
		return 0;
	*writer.at = '\0';
	return (size_t)(writer.at - ret_text);
}

static bool
value_write(struct writer *writer, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return object_write(writer, (json_t *)(uintptr_t)value);
	case JSON_ARRAY: return array_write(writer, value);
	case JSON_STRING:
		return text_write(writer, json_string_value(value), json_string_length(value));
	case JSON_INTEGER: return number_write(writer, json_integer_value(value));
	case JSON_TRUE: return letters_add(writer, "true", 4);
	case JSON_FALSE: return letters_add(writer, "false", 5);
	case JSON_NULL: return letters_add(writer, "null", 4);
	case JSON_REAL: break;
	}
	return false;
}

static bool
object_write(struct writer *writer, json_t *object)
{
	bool is_written;

	if (++writer->depth > JSON_MAX_DEPTH)
		return false;
	is_written =
	    letter_add(writer, '{') && members_write(writer, object) && letter_add(writer, '}');
	writer->depth--;
	return is_written;
}

static bool
members_write(struct writer *writer, json_t *object)
{
	void *first = json_object_iter(object);

	for (void *at = first; at != NULL; at = json_object_iter_next(object, at)) {
		if ((at != first && !letter_add(writer, ',')) ||
		    !text_write(writer, json_object_iter_key(at), json_object_iter_key_len(at)) ||
		    !letter_add(writer, ':') || !value_write(writer, json_object_iter_value(at)))
			return false;
	}
	return true;
}

static bool
array_write(struct writer *writer, const json_t *array)
{
	bool is_written;

	if (++writer->depth > JSON_MAX_DEPTH)
		return false;
	is_written =
	    letter_add(writer, '[') && elements_write(writer, array) && letter_add(writer, ']');
	writer->depth--;
	return is_written;
}

static bool
elements_write(struct writer *writer, const json_t *array)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		if ((i > 0 && !letter_add(writer, ',')) || !value_write(writer, value))
			return false;
	return true;
}

static bool
number_write(struct writer *writer, int64_t number)
{
	char digits[STR_NUMBER_BYTES];
	const char *begin = str_from_i64(digits, number);

	return letters_add(writer, begin, strlen(begin));
}

static bool
text_write(struct writer *writer, const char *text, size_t len)
{
	if (len + 2 > (size_t)(writer->end - writer->at))
		return false;
	*writer->at++ = '"';
	while (len > 0) {
		size_t n = plain_len(text, len);

		if (n == 0)
			return false;
		memcpy(writer->at, text, n);
		writer->at += n;
		text += n;
		len -= n;
	}
	*writer->at++ = '"';
	return true;
}

/* Of what stands in JSON as it is: ASCII letters, or one other. */
static size_t
plain_len(const char *at, size_t len)
{
	uint32_t code;
	size_t n = 0;

	while (n < len && (signed char)at[n] >= ' ' && at[n] != '"' && at[n] != '\\')
		n++;
	return n == 0 && (uint8_t)*at >= 0x80 ? str_char(at, len, &code) : n;
}

static bool
letter_add(struct writer *writer, char letter)
{
	return letters_add(writer, &letter, 1);
}

static bool
letters_add(struct writer *writer, const char *at, size_t len)
{
	if (len > (size_t)(writer->end - writer->at))
		return false;
	memcpy(writer->at, at, len);
	writer->at += len;
	return true;
}
