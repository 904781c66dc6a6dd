/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as one text (see fields.h).
 */
#include "records/fields.h"

#include "core/json.h"
#include "core/names.h"
#include "core/str.h"
#include "core/task.h"

#include <assert.h>
#include <string.h>

#define WORDS_MAX 32

struct member {
	const char *name; /* not ended */
	size_t name_len;
	const char *value;
};

static const char *member_text(struct task *task, const struct field *field, const void *member);
static char *number_text(struct task *task, int64_t number);
static char *member_write(char *at, const char *name, const char *value, size_t len);
static int members_read(
    struct task *task, const struct field *fields, char *text, void *ret_record);
static char *member_split(char *at, struct member *ret_member);
static size_t letters_len(const char *at);
static const struct field *field_find(const struct field *fields, const struct member *member);
static int member_read(
    struct task *task, const struct field *field, const char *value, void *member);

int
fields_text(
    struct task *task, const struct field *fields, const void *record, const char **ret_text)
{
	const char *values[FIELDS_MAX];
	size_t lens[FIELDS_MAX], bytes = 1, n;
	char *text, *at;

	for (n = 0; fields[n].name != NULL; n++) {
		assert(n < FIELDS_MAX);
		values[n] = member_text(task, &fields[n], (const char *)record + fields[n].offset);
		lens[n] = values[n] == NULL ? 0 : strlen(values[n]);
		bytes += strlen(fields[n].name) + lens[n] + STR_NUMBER_BYTES;
	}
	if (bytes > FIELDS_MAX_BYTES)
		return fail(task, INVALID_REQUEST, "the request is too long to be kept");
	text = at = task_alloc(task, bytes);
	for (size_t i = 0; i < n; i++) {
		if (values[i] != NULL)
			at = member_write(at, fields[i].name, values[i], lens[i]);
	}
	*at = '\0';
	*ret_text = text;
	return 0;
}

/* NULL: left out. */
static const char *
member_text(struct task *task, const struct field *field, const void *member)
{
	const json_t *const *json = member;
	const char *const *const *words = member;
	const int64_t *number = member;

	switch (field->type) {
	case FIELD_TEXT: return *(const char *const *)member;
	case FIELD_NUMBER: return *number == 0 ? NULL : number_text(task, *number);
	case FIELD_BOOL: return *(const bool *)member ? "1" : NULL;
	case FIELD_JSON: return *json == NULL ? NULL : json_text(task, *json);
	case FIELD_WORDS: return *words == NULL ? NULL : str_join(task, *words, " ");
	case FIELD_NAMES: return *words == NULL ? NULL : names_text(task, *words);
	}
	return NULL;
}

static char *
number_text(struct task *task, int64_t number)
{
	return str_from_i64(task_alloc(task, STR_NUMBER_BYTES), number);
}

static char *
member_write(char *at, const char *name, const char *value, size_t len)
{
	char digits[STR_NUMBER_BYTES];

	at = stpcpy(at, name);
	at = stpcpy(at, str_from_i64(digits, (int64_t)len));
	*at++ = ':';
	memcpy(at, value, len);
	at[len] = ',';
	return at + len + 1;
}

int
fields_read(struct task *task, const struct field *fields, const char *text, void *ret_record)
{
	int r = members_read(task, fields, task_dup(task, text), ret_record);

	if (r == 0)
		return 0;
	fault_clear(task);
	return fail(task, BROKEN, "a stored record cannot be read");
}

/* Members stand in the order of the table, or nearly: a field is looked for behind the last. */
static int
members_read(struct task *task, const struct field *fields, char *text, void *ret_record)
{
	const struct field *next = fields;

	while (*text != '\0') {
		const struct field *field;
		struct member member;

		text = member_split(text, &member);
		if (text == NULL)
			return fail(task, BROKEN, "not a member");
		field = field_find(next, &member);
		if (field == NULL)
			field = field_find(fields, &member);
		if (field == NULL)
			continue;
		if (member_read(task, field, member.value, (char *)ret_record + field->offset) < 0)
			return BROKEN;
		next = field + 1;
	}
	return 0;
}

/* Ends the value with a NUL in place of its comma; returns what follows, NULL where it is no
 * member. */
static char *
member_split(char *at, struct member *ret_member)
{
	size_t name_len = letters_len(at), len = 0;
	char *digits = at + name_len;

	*ret_member = (struct member){.name = at, .name_len = name_len};
	for (at = digits; *at >= '0' && *at <= '9' && len <= FIELDS_MAX_BYTES; at++)
		len = len * 10 + (size_t)(*at - '0');
	if (name_len == 0 || at == digits || *at != ':' || strnlen(at + 1, len + 1) != len + 1 ||
	    at[1 + len] != ',')
		return NULL;
	ret_member->value = at + 1;
	at[1 + len] = '\0';
	return at + 1 + len + 1;
}

static size_t
letters_len(const char *at)
{
	size_t len = 0;

	while (at[len] >= 'a' && at[len] <= 'z')
		len++;
	return len;
}

/* NULL: none of these. */
static const struct field *
field_find(const struct field *fields, const struct member *member)
{
	for (; fields->name != NULL; fields++) {
		if (strncmp(fields->name, member->name, member->name_len) == 0 &&
		    fields->name[member->name_len] == '\0')
			return fields;
	}
	return NULL;
}

static int
member_read(struct task *task, const struct field *field, const char *value, void *member)
{
	json_t *json;
	int r;

	switch (field->type) {
	case FIELD_TEXT: *(const char **)member = value; return 0;
	case FIELD_BOOL: *(bool *)member = true; return 0;
	case FIELD_WORDS: *(const char ***)member = str_words(task, value, WORDS_MAX); return 0;
	case FIELD_NAMES: return names_parse(task, value, member);
	case FIELD_NUMBER:
		if (!str_to_i64(*value == '-' ? value + 1 : value, 0, INT64_MAX, member))
			return fail(task, BROKEN, "not a number");
		if (*value == '-')
			*(int64_t *)member = -*(int64_t *)member;
		return 0;
	case FIELD_JSON:
		r = json_parse(task, value, strlen(value), &json);
		if (r < 0)
			return r;
		*(const json_t **)member = json_keep(task, json);
		return 0;
	}
	return fail(task, BROKEN, "no such type");
}
