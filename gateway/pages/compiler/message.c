/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of texts.
 */
#include "message.h"

#include <stdlib.h>
#include <string.h>

static struct message **all;
static size_t n_all, size_all;

const char *const message_languages[MESSAGE_LANGUAGES] = {"en", "km", "lo", "fr", "ar"};
const int message_forms[MESSAGE_LANGUAGES] = {2, 1, 1, 2, 6};

static void
values_find(struct message *message, const char *text, struct place at)
{
	while ((text = strstr(text, "%{")) != NULL) {
		size_t len;

		if (message_value(message, text, &len) < 0) {
			if (len == 0 || message->n_values == MESSAGE_VALUES_MAX)
				tool_complain(at, "a %%{name} is broken, or one too many");
			message->values[message->n_values++] = tool_dup(text + 2, len - 3);
		}
		text += len;
	}
}

struct message *
message_add(const char *id, const char *plural, struct place at)
{
	struct message *message;

	if (*id == '\0')
		tool_complain(at, "an empty text");
	for (size_t i = 0; i < n_all; i++) {
		if (strcmp(all[i]->id, id) != 0)
			continue;
		if (!all[i]->plural != !plural || (plural && strcmp(all[i]->plural, plural) != 0))
			tool_complain(at, "\"%s\" stands elsewhere with another plural", id);
		return all[i];
	}
	if (n_all == size_all) {
		struct message **bigger = tool_keep((size_all * 2 + 64) * sizeof(*all));

		if (n_all > 0)
			memcpy(bigger, all, n_all * sizeof(*all));
		all = bigger;
		size_all = size_all * 2 + 64;
	}
	message = tool_keep(sizeof(*message));
	message->id = id;
	message->plural = plural;
	message->places = TEXT_EMPTY;
	values_find(message, id, at);
	if (plural)
		values_find(message, plural, at);
	message->forms[0][0] = id;
	message->forms[0][1] = plural;
	all[n_all++] = message;
	return message;
}

void
message_used(struct message *message, struct place at)
{
	struct text place = TEXT_EMPTY;

	/* A part stands in many pages, a template is compiled twice. */
	tool_print(&place, " %s:%d", at.file, at.line);
	if (!strstr(message->places.at, place.at))
		tool_add(&message->places, place.at, place.len);
}

void
message_translate(
    struct message *message, int language, int form, const char *text, struct place at)
{
	bool is_named[MESSAGE_VALUES_MAX] = {false};

	for (const char *c = text; (c = strstr(c, "%{")) != NULL; c += 2) {
		size_t len;
		int value = message_value(message, c, &len);

		if (value < 0)
			tool_complain(at, "%.*s is no value of \"%s\"", (int)len, c, message->id);
		is_named[value] = true;
	}
	/* A plural form may say its number in words. */
	for (int i = 0; !message->plural && i < message->n_values; i++)
		if (!is_named[i])
			tool_complain(at, "%%{%s} is missing", message->values[i]);
	message->forms[language][form] = text;
}

int
message_value(const struct message *message, const char *text, size_t *ret_len)
{
	size_t len = strcspn(text, "}");

	if (text[len] != '}' || len < 3) {
		*ret_len = 0;
		return -1;
	}
	*ret_len = len + 1;
	for (int i = 0; i < message->n_values; i++)
		if (strlen(message->values[i]) == len - 2 &&
		    strncmp(message->values[i], text + 2, len - 2) == 0)
			return i;
	return -1;
}

static int
by_id(const void *a, const void *b)
{
	const struct message *const *left = a, *const *right = b;

	return strcmp((*left)->id, (*right)->id);
}

void
message_sort(void)
{
	if (n_all > 0)
		qsort(all, n_all, sizeof(*all), by_id);
	for (size_t i = 0; i < n_all; i++)
		all[i]->index = (int)i;
}

void
message_forget(void)
{
	all = NULL;
	n_all = size_all = 0;
}

size_t
message_count(void)
{
	return n_all;
}

struct message *
message_at(size_t i)
{
	return all[i];
}
