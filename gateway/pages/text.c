/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of the catalogues for handlers: what templates do with {{t}}, as plain text.
 */
#include "pages/catalogue.h"
#include "pages/page.h"

#include "core/buf.h"
#include "core/settings.h"
#include "core/task.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX_BYTES 8192

static int
entry_compare(const void *id, const void *entry)
{
	return strcmp(id, ((const struct catalogue_entry *)entry)->id);
}

const struct catalogue_entry *
catalogue_find(const char *id)
{
	return bsearch(id, catalogue, catalogue_n, sizeof(*catalogue), entry_compare);
}

static const char *
form_of(const struct catalogue_entry *entry, enum language_id language)
{
	const char *const *forms = entry->forms[language];

	return forms ? forms[0] : entry->forms[LANGUAGE_EN][0];
}

const char *
page_text(const struct task *task, const char *msgid)
{
	const struct catalogue_entry *entry = catalogue_find(msgid);

	return entry ? form_of(entry, language_of(task)) : msgid;
}

/* A msgid that no catalogue has yet. */
static void
values_fill(struct buf *buf, const char *msgid, const char *const *values)
{
	const char *mark;

	while ((mark = strstr(msgid, "%{")) != NULL && strchr(mark, '}')) {
		buf_add(buf, msgid, (size_t)(mark - msgid));
		buf_text_add(buf, *values++);
		msgid = strchr(mark, '}') + 1;
	}
	buf_text_add(buf, msgid);
}

const char *
page_text_with(struct task *task, const char *msgid, const char *const *values)
{
	const struct catalogue_entry *entry = catalogue_find(msgid);
	struct buf buf;

	buf_open(&buf, task, TEXT_MAX_BYTES);
	if (!entry) {
		values_fill(&buf, msgid, values);
		return buf_text(&buf) ? buf_text(&buf) : msgid;
	}
	for (const char *c = form_of(entry, language_of(task)); *c; c++) {
		if ((unsigned char)*c <= 6)
			buf_text_add(&buf, values[*c - 1]);
		else
			buf_char_add(&buf, *c);
	}
	return buf_text(&buf) ? buf_text(&buf) : msgid;
}

const char *
page_pick(const struct task *task, const json_t *by_language)
{
	const char *preset = NULL, *name;
	json_t *any;

	if (task->rooms && task->rooms->settings)
		preset = task->rooms->settings->gateway_language;
	if (json_get_text(by_language, languages[language_of(task)].code))
		return json_get_text(by_language, languages[language_of(task)].code);
	if (preset && json_get_text(by_language, preset))
		return json_get_text(by_language, preset);
	if (json_get_text(by_language, "en"))
		return json_get_text(by_language, "en");
	/* jansson's loops take no const. */
	json_object_foreach((json_t *)(uintptr_t)by_language, name, any) {
		if (json_is_string(any))
			return json_string_value(any);
	}
	return NULL;
}
