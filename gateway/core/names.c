/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of names (see names.h).
 */
#include "core/names.h"

#include "core/buf.h"
#include "core/task.h"

#include <string.h>

#define TEXT_MAX_BYTES (64u << 10)

static size_t n_max(const char *text);
static bool plain_split(char *at, const char **names);
static int copies_parse(struct task *task, const char *text, const char *const **ret_names);

bool
names_have(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++) {
		if (str_equal(*names, name))
			return true;
	}
	return false;
}

bool
names_have_all(const char *const *names, const char *const *some)
{
	for (; some != NULL && *some != NULL; some++) {
		if (!names_have(names, *some))
			return false;
	}
	return true;
}

bool
names_are_equal(const char *const *a, const char *const *b)
{
	size_t n = names_count(a);

	if (n != names_count(b))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!str_equal(a[i], b[i]))
			return false;
	}
	return true;
}

size_t
names_count(const char *const *names)
{
	size_t n = 0;

	while (names != NULL && names[n] != NULL)
		n++;
	return n;
}

/* One letter may be wrong, and one more for each four there are. */
const char *
names_nearest(const char *const *names, const char *name)
{
	unsigned least = 2 + (unsigned)strlen(name) / 4;
	const char *nearest = NULL;

	for (; names != NULL && *names != NULL; names++) {
		unsigned far = str_distance(name, *names);

		if (far < least) {
			least = far;
			nearest = *names;
		}
	}
	return nearest;
}

const char **
names_copy(struct task *task, const char *const *names, size_t n_more)
{
	size_t n = names_count(names);
	const char **copy = task_new_n(task, const char *, n + n_more + 1);

	if (n > 0)
		memcpy(copy, names, n * sizeof(*names));
	return copy;
}

const char *
names_text(struct task *task, const char *const *names)
{
	struct buf buf;

	buf_open(&buf, task, TEXT_MAX_BYTES);
	buf_char_add(&buf, '[');
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (i > 0)
			buf_char_add(&buf, ',');
		buf_json_add(&buf, names[i]);
	}
	buf_char_add(&buf, ']');
	return buf_text(&buf);
}

/* Nearly all are plain, and split where they stand. */
int
names_parse(struct task *task, const char *text, const char *const **ret_names)
{
	const char **names = task_new_n(task, const char *, n_max(text) + 1);

	if (!plain_split(task_dup(task, text), names))
		return copies_parse(task, text, ret_names);
	*ret_names = names;
	return 0;
}

static size_t
n_max(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, ',')) != NULL) {
		n++;
		text++;
	}
	return n;
}

/* ["a","b"] without a space between, or an escape within. */
static bool
plain_split(char *at, const char **names)
{
	if (strcmp(at, "[]") == 0)
		return true;
	if (*at != '[')
		return false;
	do {
		if (*++at != '"')
			return false;
		*names++ = ++at;
		at += strcspn(at, "\"\\");
		if (*at != '"')
			return false;
		*at++ = '\0';
	} while (*at == ',');
	return *at == ']' && at[1] == '\0';
}

static int
copies_parse(struct task *task, const char *text, const char *const **ret_names)
{
	json_auto_t *array = NULL;
	const char **names;
	size_t n;
	int r;

	r = json_parse(task, text, strlen(text), &array);
	if (r < 0)
		return r;
	n = json_array_size(array);
	names = task_new_n(task, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(array, i));

		if (name == NULL)
			return fail(task, INVALID_REQUEST, "JSON is no array of texts");
		names[i] = task_dup(task, name);
	}
	if (!json_is_array(array))
		return fail(task, INVALID_REQUEST, "JSON is no array of texts");
	*ret_names = names;
	return 0;
}

json_t *
names_json(const char *const *names)
{
	json_t *array = json_array();

	for (; names != NULL && *names != NULL; names++)
		json_array_append_new(array, json_string(*names));
	return array;
}

const char *const *
names_of_json(struct task *task, const json_t *array)
{
	const char **names = task_new_n(task, const char *, json_array_size(array) + 1);
	const json_t *text;
	size_t i, n = 0;

	json_array_foreach(array, i, text) {
		if (json_is_string(text))
			names[n++] = json_string_value(text);
	}
	return names;
}

const char *const *
names_of_members(struct task *task, const json_t *object)
{
	const char **names = task_new_n(task, const char *, json_object_size(object) + 1), *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
		names[n++] = name;
	return names;
}
