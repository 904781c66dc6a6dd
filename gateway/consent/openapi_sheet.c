/* SPDX-License-Identifier: Apache-2.0
 *
 * Words, prose and schemas of the API's page (see openapi_sheet.h).
 */
#include "consent/openapi_sheet.h"

#include "core/str.h"
#include "core/task.h"

#include <string.h>

#define REFERENCE "#/components/"

static void choices(struct sheet *sheet, const json_t *list, const char *between);
static void values(struct sheet *sheet, const json_t *list);
static size_t marked(struct sheet *sheet, const char *text);

void
sheet_members(struct sheet *sheet, const json_t *schema)
{
	const char *name;
	json_t *one;

	if (json_object_size(json_object_get(schema, "properties")) == 0) {
		sheet_raw(sheet, "<p>An object without members.</p>");
		return;
	}
	sheet_raw(sheet, "<table><tr><th>member</th><th>type</th><th>what it is</th></tr>");
	json_object_foreach(json_object_get(schema, "properties"), name, one) {
		bool is_required = json_has_text(json_object_get(schema, "required"), name);

		sheet_raw(sheet, "<tr><td><code>");
		sheet_words(sheet, name);
		sheet_raw(sheet, is_required ? "</code></td><td>" : "</code> (optional)</td><td>");
		sheet_type(sheet, one);
		sheet_raw(sheet, "</td><td>");
		sheet_words(sheet, json_get_text(one, "description"));
		sheet_raw(sheet, "</td></tr>");
	}
	sheet_raw(sheet, "</table>");
}

void
sheet_type(struct sheet *sheet, const json_t *schema)
{
	const char *reference = json_get_text(schema, "$ref");
	const json_t *kind = json_object_get(schema, "type");

	if (reference != NULL) {
		const char *name = strrchr(reference, '/') + 1;

		sheet_raw(sheet, "<a href=\"#schemas-");
		sheet_anchor(sheet, name);
		sheet_raw(sheet, "\">");
		sheet_words(sheet, name);
		sheet_raw(sheet, "</a>");
	} else if (json_object_get(schema, "enum") != NULL)
		values(sheet, json_object_get(schema, "enum"));
	else if (json_get_text(schema, "const") != NULL)
		sheet_words(sheet, json_get_text(schema, "const"));
	else if (json_object_get(schema, "anyOf") != NULL)
		choices(sheet, json_object_get(schema, "anyOf"), " or ");
	else if (json_object_get(schema, "items") != NULL) {
		sheet_raw(sheet, "array of ");
		sheet_type(sheet, json_object_get(schema, "items"));
	} else if (json_is_array(kind))
		values(sheet, kind);
	else if (json_object_get(schema, "properties") != NULL)
		sheet_members(sheet, schema);
	else {
		sheet_words(sheet, json_string_value(kind));
		sheet_raw(sheet, json_get_text(schema, "format") == NULL ? "" : ", ");
		sheet_words(sheet, json_get_text(schema, "format"));
	}
}

static void
choices(struct sheet *sheet, const json_t *list, const char *between)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		sheet_raw(sheet, i == 0 ? "" : between);
		sheet_type(sheet, one);
	}
}

static void
values(struct sheet *sheet, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		sheet_raw(sheet, i == 0 ? "" : ", ");
		sheet_words(sheet, json_string_value(one));
	}
}

const json_t *
sheet_resolved(const struct sheet *sheet, const json_t *thing)
{
	const char *reference = json_get_text(thing, "$ref"), *kind, *name;
	struct task *task = sheet->html.task;

	if (reference == NULL || !str_starts(reference, REFERENCE))
		return thing;
	kind = reference + strlen(REFERENCE);
	name = strchr(kind, '/');
	if (name == NULL)
		return thing;
	kind = task_dup_n(task, kind, (size_t)(name - kind));
	return json_object_get(
	    json_object_get(json_object_get(sheet->document, "components"), kind), name + 1);
}

void
sheet_prose(struct sheet *sheet, const char *text)
{
	if (str_is_empty(text))
		return;
	sheet_raw(sheet, "<p>");
	while (*text != '\0') {
		if (strncmp(text, "\n\n", 2) == 0) {
			sheet_raw(sheet, "</p><p>");
			text += 2;
		} else
			text += marked(sheet, text);
	}
	sheet_raw(sheet, "</p>");
}

/* One mark with what it marks, or one letter; how many bytes. */
static size_t
marked(struct sheet *sheet, const char *text)
{
	size_t mark = strncmp(text, "**", 2) == 0 ? 2 : *text == '`' ? 1 : 0;
	const char *end = mark == 0 ? NULL : strstr(text + mark, mark == 2 ? "**" : "`");

	if (end == NULL) {
		sheet_letter(sheet, *text);
		return 1;
	}
	sheet_raw(sheet, mark == 2 ? "<b>" : "<code>");
	for (const char *at = text + mark; at < end; at++)
		sheet_letter(sheet, *at);
	sheet_raw(sheet, mark == 2 ? "</b>" : "</code>");
	return (size_t)(end - text) + mark;
}

void
sheet_words(struct sheet *sheet, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		sheet_letter(sheet, *text);
}

void
sheet_letter(struct sheet *sheet, char c)
{
	switch (c) {
	case '<': return sheet_raw(sheet, "&lt;");
	case '>': return sheet_raw(sheet, "&gt;");
	case '&': return sheet_raw(sheet, "&amp;");
	case '"': return sheet_raw(sheet, "&quot;");
	default: buf_char_add(&sheet->html, c);
	}
}

void
sheet_raw(struct sheet *sheet, const char *html)
{
	buf_text_add(&sheet->html, html);
}

void
sheet_anchor(struct sheet *sheet, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		sheet_letter(sheet, (char)(*text == ' ' ? '-' : *text));
}
