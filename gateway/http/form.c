/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of a query or a form body.  Called by the door, before any handler.
 */
#include "http/form.h"

#include "core/task.h"

#include <string.h>

static int piece_read(struct task *task, char *at, size_t len, struct pair *ret_pair);
static const char *text_read(struct task *task, char *at, size_t len);
static int hex_digit(char c);
static size_t params_count(struct bytes text);
static const char *duplicate_of(const struct pairs *pairs, const char *repeats);

int
form_read(struct task *task, struct bytes text, const char *repeats, struct form *ret_form)
{
	struct pair *pairs = task_new_n(task, struct pair, params_count(text));
	char *copy = task_dup_n(task, (const char *)text.at, text.len), *end = copy + text.len,
	     *next;
	struct form form = {0};
	int r;

	for (; copy < end; copy = next + 1) {
		next = memchr(copy, '&', (size_t)(end - copy));
		if (next == NULL)
			next = end;
		if (next == copy)
			continue;
		if (form.pairs.n == FORM_MAX_PARAMS) {
			form.too_many = true;
			break;
		}
		r = piece_read(task, copy, (size_t)(next - copy), &pairs[form.pairs.n]);
		if (r < 0)
			return r;
		form.pairs.n++;
	}
	form.pairs.at = pairs;
	form.duplicate = duplicate_of(&form.pairs, repeats);
	*ret_form = form;
	return 0;
}

static size_t
params_count(struct bytes text)
{
	size_t i, n = 1;

	for (i = 0; i < text.len && n < FORM_MAX_PARAMS; i++)
		n += text.at[i] == '&';
	return n;
}

/* "name=value" becomes two texts where it stands: the '&' or the end behind it takes the NUL. */
static int
piece_read(struct task *task, char *at, size_t len, struct pair *ret_pair)
{
	char *equals = memchr(at, '=', len);
	size_t name_len = equals == NULL ? len : (size_t)(equals - at);

	ret_pair->name = text_read(task, at, name_len);
	if (ret_pair->name == NULL)
		return task->fault.code;
	if (str_has_control(ret_pair->name))
		return fail(task, BAD_REQUEST, "a parameter's name holds a control character");
	ret_pair->value = "";
	if (equals == NULL)
		return 0;
	ret_pair->value = text_read(task, equals + 1, len - name_len - 1);
	return ret_pair->value == NULL ? task->fault.code : 0;
}

static const char *
text_read(struct task *task, char *at, size_t len)
{
	ptrdiff_t decoded = form_decode(at, len, true);

	if (decoded < 0) {
		fail(task, BAD_REQUEST, "a parameter holds a bad percent-escape");
		return NULL;
	}
	if (memchr(at, 0, (size_t)decoded) != NULL) {
		fail(task, BAD_REQUEST, "a parameter holds a NUL");
		return NULL;
	}
	if (!str_is_utf8(at, (size_t)decoded)) {
		fail(task, BAD_REQUEST, "a parameter is not UTF-8");
		return NULL;
	}
	at[decoded] = 0;
	return at;
}

ptrdiff_t
form_decode(char *at, size_t len, bool plus_is_space)
{
	size_t from, to = 0;
	int high, low;

	for (from = 0; from < len; from++, to++) {
		if (at[from] == '+' && plus_is_space) {
			at[to] = ' ';
			continue;
		}
		if (at[from] != '%') {
			at[to] = at[from];
			continue;
		}
		high = from + 2 < len ? hex_digit(at[from + 1]) : -1;
		low = from + 2 < len ? hex_digit(at[from + 2]) : -1;
		if (high < 0 || low < 0)
			return -1;
		at[to] = (char)(high * 16 + low);
		from += 2;
	}
	return (ptrdiff_t)to;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static const char *
duplicate_of(const struct pairs *pairs, const char *repeats)
{
	const char *name;
	size_t i, j;

	for (i = 1; i < pairs->n; i++) {
		name = pairs->at[i].name;
		for (j = 0; j < i; j++)
			if (strcmp(name, pairs->at[j].name) == 0 && !str_equal(name, repeats))
				return name;
	}
	return NULL;
}
