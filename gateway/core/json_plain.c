/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain JSON (RFC 8259).  Called by json_parse() first: a fourth of what jansson's reader costs,
 * which looks at each letter four times.  In doubt it gives up.
 */
#include "core/json_plain.h"

#include "core/json.h"
#include "core/str.h"

#include <string.h>

#define MAX_DIGITS    18 /* what 64 bits hold whatever they are */
#define UNESCAPED_MAX 512

struct reader {
	const char *at, *end;
	unsigned depth;
};

/* Between its quotes. */
struct text {
	const char *at;
	size_t len;
	bool has_escapes;
};

static json_t *value_read(struct reader *reader);
static json_t *object_read(struct reader *reader);
static bool member_read(struct reader *reader, json_t *object);
static json_t *array_read(struct reader *reader);
static json_t *text_read(struct reader *reader);
static bool text_take(struct reader *reader, struct text *ret_text);
static json_t *text_unescaped(const struct text *text);
static json_t *integer_read(struct reader *reader);
static json_t *word_read(struct reader *reader, const char *word, json_t *value);
static bool letter_take(struct reader *reader, char letter);
static void spaces_skip(struct reader *reader);

json_t *
json_plain(const char *at, size_t len)
{
	struct reader reader = {at, at + len, 0};
	json_auto_t *value = value_read(&reader);

	spaces_skip(&reader);
	return reader.at == reader.end ? json_incref(value) : NULL;
}

static json_t *
value_read(struct reader *reader)
{
	spaces_skip(reader);
	if (reader->at == reader->end)
		return NULL;
	switch (*reader->at) {
	case '{': return object_read(reader);
	case '[': return array_read(reader);
	case '"': return text_read(reader);
	case 't': return word_read(reader, "true", json_true());
	case 'f': return word_read(reader, "false", json_false());
	case 'n': return word_read(reader, "null", json_null());
	default: return integer_read(reader);
	}
}

static json_t *
object_read(struct reader *reader)
{
	json_auto_t *object = json_object();

	if (reader->depth == JSON_MAX_DEPTH)
		return NULL;
	reader->at++;
	if (letter_take(reader, '}'))
		return json_incref(object);
	reader->depth++;
	do {
		if (!member_read(reader, object))
			return NULL;
	} while (letter_take(reader, ','));
	reader->depth--;
	return letter_take(reader, '}') ? json_incref(object) : NULL;
}

/* False as well where the name stood there before. */
static bool
member_read(struct reader *reader, json_t *object)
{
	size_t n = json_object_size(object);
	struct text name;
	json_t *value;

	spaces_skip(reader);
	if (n == JSON_MAX_NAMES || !text_take(reader, &name) || name.has_escapes ||
	    !letter_take(reader, ':'))
		return false;
	value = value_read(reader);
	if (value == NULL)
		return false;
	json_object_setn_new_nocheck(object, name.at, name.len, value);
	return json_object_size(object) == n + 1;
}

static json_t *
array_read(struct reader *reader)
{
	json_auto_t *array = json_array();

	if (reader->depth == JSON_MAX_DEPTH)
		return NULL;
	reader->at++;
	if (letter_take(reader, ']'))
		return json_incref(array);
	reader->depth++;
	do {
		json_t *value = value_read(reader);

		if (value == NULL)
			return NULL;
		json_array_append_new(array, value);
	} while (letter_take(reader, ','));
	reader->depth--;
	return letter_take(reader, ']') ? json_incref(array) : NULL;
}

static json_t *
text_read(struct reader *reader)
{
	struct text text;

	if (!text_take(reader, &text))
		return NULL;
	return text.has_escapes ? text_unescaped(&text) : json_stringn_nocheck(text.at, text.len);
}

static bool
text_take(struct reader *reader, struct text *ret_text)
{
	const char *begin = reader->at + 1, *at = begin;
	unsigned char seen = 0;
	bool has_escapes = false;

	if (reader->at == reader->end || *reader->at != '"')
		return false;
	for (; at < reader->end && *at != '"' && (unsigned char)*at >= ' '; at++) {
		seen |= (unsigned char)*at;
		if (*at != '\\')
			continue;
		has_escapes = true;
		if (++at == reader->end)
			return false;
	}
	if (at == reader->end || *at != '"')
		return false;
	if (seen >= 0x80 && !str_is_utf8(begin, (size_t)(at - begin)))
		return false;
	*ret_text = (struct text){begin, (size_t)(at - begin), has_escapes};
	reader->at = at + 1;
	return true;
}

/* Of \u and of long texts nothing is made. */
static json_t *
text_unescaped(const struct text *text)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char plain[UNESCAPED_MAX];
	const char *letter;
	json_t *json;
	size_t n = 0;

	if (text->len > sizeof(plain))
		return NULL;
	for (size_t i = 0; i < text->len; i++, n++) {
		plain[n] = text->at[i];
		if (plain[n] != '\\')
			continue;
		letter = memchr(letters, text->at[++i], sizeof(letters) - 1);
		if (letter == NULL)
			return NULL;
		plain[n] = meant[letter - letters];
	}
	json = json_stringn_nocheck(plain, n);
	explicit_bzero(plain, n);
	return json;
}

static json_t *
integer_read(struct reader *reader)
{
	bool is_negative = *reader->at == '-';
	const char *begin = reader->at + is_negative, *at = begin;
	int64_t number = 0;

	for (; at < reader->end && *at >= '0' && *at <= '9' && at - begin < MAX_DIGITS; at++)
		number = number * 10 + (*at - '0');
	/* Empty, 01, -0, 1.5, 1e9, or too long. */
	if (at == begin || (*begin == '0' && at - begin > 1) || (*begin == '0' && is_negative) ||
	    (at < reader->end && strchr(".eE0123456789", *at) != NULL))
		return NULL;
	reader->at = at;
	return json_integer(is_negative ? -number : number);
}

static json_t *
word_read(struct reader *reader, const char *word, json_t *value)
{
	size_t len = strlen(word);

	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return NULL;
	reader->at += len;
	return value;
}

static bool
letter_take(struct reader *reader, char letter)
{
	spaces_skip(reader);
	if (reader->at == reader->end || *reader->at != letter)
		return false;
	reader->at++;
	return true;
}

static void
spaces_skip(struct reader *reader)
{
	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
					       *reader->at == '\r' || *reader->at == '\t'))
		reader->at++;
}
