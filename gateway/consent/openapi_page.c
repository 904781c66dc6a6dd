/* SPDX-License-Identifier: Apache-2.0
 *
 * The document of the consent API as a page for developers: one section for each tag and its
 * operations, then the schemas.  English, no script; what openapi.json does not use is not known
 * here.
 */
#include "consent/openapi.h"

#include "core/buf.h"
#include "core/task.h"

#include <ctype.h>
#include <string.h>

#define PAGE_MAX_BYTES (512u << 10)
#define REFERENCE      "#/components/"

struct sheet {
	struct buf html;
	const json_t *document;
	const char *base; /* of the paths */
};

static void head(struct sheet *sheet, const char *nonce);
static void contents(struct sheet *sheet);
static void tag(struct sheet *sheet, const json_t *one);
static void operations(struct sheet *sheet, const char *tag_name);
static void operation(struct sheet *sheet, const char *method, const char *path, const json_t *one);
static void parameters(struct sheet *sheet, const json_t *list);
static void body(struct sheet *sheet, const json_t *content);
static void example(struct sheet *sheet, const json_t *content);
static int some(const char *text, size_t len, void *arg);
static void answers(struct sheet *sheet, const json_t *responses);
static void problems(struct sheet *sheet);
static void schemas(struct sheet *sheet);
static void members(struct sheet *sheet, const json_t *schema);
static void type(struct sheet *sheet, const json_t *schema);
static void choices(struct sheet *sheet, const json_t *list, const char *between);
static void values(struct sheet *sheet, const json_t *list);
static const json_t *resolved(const struct sheet *sheet, const json_t *thing);
static void prose(struct sheet *sheet, const char *text);
static size_t marked(struct sheet *sheet, const char *text);
static void letter(struct sheet *sheet, char c);
static void words(struct sheet *sheet, const char *text);
static void raw(struct sheet *sheet, const char *html);
static void anchor(struct sheet *sheet, const char *text);

const char *
openapi_page(struct task *task, const json_t *document, const char *nonce)
{
	const json_t *server = json_array_get(json_object_get(document, "servers"), 0);
	const json_t *tags = json_object_get(document, "tags"), *one;
	struct sheet sheet = {.document = document, .base = json_get_text(server, "url")};
	size_t i;

	buf_open(&sheet.html, task, PAGE_MAX_BYTES);
	head(&sheet, nonce);
	contents(&sheet);
	json_array_foreach(tags, i, one)
		tag(&sheet, one);
	problems(&sheet);
	schemas(&sheet);
	raw(&sheet, "</main></body></html>\n");
	return buf_text(&sheet.html);
}

static void
head(struct sheet *sheet, const char *nonce)
{
	static const char style[] =
	    "body{margin:0 auto;max-width:60rem;padding:1rem;font:1rem/1.55 system-ui,sans-serif;"
	    "color:#14213d;overflow-wrap:anywhere}h1,h2{color:#12356b}h2{border-top:.2rem solid "
	    "#b8862b;padding-top:.5rem}code,pre{background:#f2f4f8;padding:0 "
	    ".2rem}pre{padding:.5rem;white-space:pre-wrap}section section{"
	    "border-left:.2rem solid #c3cad6;padding-left:1rem;margin:1.5rem 0}table{border-"
	    "collapse:collapse;width:100%}td,th{border:1px solid #c3cad6;padding:.3rem .5rem;"
	    "text-align:left;vertical-align:top}a{color:#12356b}:focus{outline:.2rem solid "
	    "#ffbf47}";
	const json_t *about = json_object_get(sheet->document, "info");

	raw(sheet, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
		   "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link "
		   "rel=\"icon\" href=\"data:,\"><title>");
	words(sheet, json_get_text(about, "title"));
	raw(sheet, "</title><style nonce=\"");
	words(sheet, nonce);
	raw(sheet, "\">");
	raw(sheet, style);
	raw(sheet, "</style></head><body><main><h1>");
	words(sheet, json_get_text(about, "title"));
	raw(sheet, " ");
	words(sheet, json_get_text(about, "version"));
	raw(sheet, "</h1>");
	prose(sheet, json_get_text(about, "description"));
	raw(sheet, "<p>For programs: <a href=\"openapi.json\">openapi.json</a>, OpenAPI 3.1.</p>");
}

static void
contents(struct sheet *sheet)
{
	const json_t *tags = json_object_get(sheet->document, "tags"), *one;
	size_t i;

	raw(sheet, "<nav aria-label=\"Contents\"><ul>");
	json_array_foreach(tags, i, one) {
		raw(sheet, "<li><a href=\"#");
		anchor(sheet, json_get_text(one, "name"));
		raw(sheet, "\">");
		words(sheet, json_get_text(one, "name"));
		raw(sheet, "</a></li>");
	}
	raw(sheet, "<li><a href=\"#problems\">problems</a></li><li><a href=\"#schemas\">schemas</a>"
		   "</li></ul></nav>");
}

static void
tag(struct sheet *sheet, const json_t *one)
{
	const char *name = json_get_text(one, "name");

	raw(sheet, "<section id=\"");
	anchor(sheet, name);
	raw(sheet, "\"><h2>");
	words(sheet, name);
	raw(sheet, "</h2>");
	prose(sheet, json_get_text(one, "description"));
	operations(sheet, name);
	raw(sheet, "</section>");
}

static void
operations(struct sheet *sheet, const char *tag_name)
{
	json_t *paths = json_object_get(sheet->document, "paths"), *item, *one;
	const char *path, *method;

	json_object_foreach(paths, path, item)
		json_object_foreach(item, method, one)
			if (json_has_text(json_object_get(one, "tags"), tag_name))
				operation(sheet, method, path, one);
}

static void
operation(struct sheet *sheet, const char *method, const char *path, const json_t *one)
{
	const json_t *item = json_object_get(json_object_get(sheet->document, "paths"), path);

	raw(sheet, "<section id=\"");
	anchor(sheet, json_get_text(one, "operationId"));
	raw(sheet, "\"><h3>");
	words(sheet, json_get_text(one, "summary"));
	raw(sheet, "</h3><p><code>");
	for (; *method != '\0'; method++)
		letter(sheet, (char)toupper((unsigned char)*method));
	raw(sheet, " ");
	words(sheet, sheet->base);
	words(sheet, path);
	raw(sheet, "</code></p>");
	prose(sheet, json_get_text(one, "description"));
	parameters(sheet, json_object_get(item, "parameters"));
	parameters(sheet, json_object_get(one, "parameters"));
	if (json_object_get(one, "requestBody") != NULL) {
		raw(sheet, "<p>Body: ");
		body(sheet, json_object_get(json_object_get(one, "requestBody"), "content"));
		raw(sheet, "</p>");
		example(sheet, json_object_get(json_object_get(one, "requestBody"), "content"));
	}
	answers(sheet, json_object_get(one, "responses"));
	raw(sheet, "</section>");
}

static void
parameters(struct sheet *sheet, const json_t *list)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	raw(sheet, "<ul>");
	json_array_foreach(list, i, one) {
		const json_t *it = resolved(sheet, one);

		raw(sheet, "<li><code>");
		words(sheet, json_get_text(it, "name"));
		raw(sheet, "</code> (");
		words(sheet, json_get_text(it, "in"));
		raw(sheet, json_get_bool(it, "required") ? ", required" : "");
		raw(sheet, ", ");
		type(sheet, json_object_get(it, "schema"));
		raw(sheet, "): ");
		words(sheet, json_get_text(it, "description"));
		raw(sheet, "</li>");
	}
	raw(sheet, "</ul>");
}

static void
body(struct sheet *sheet, const json_t *content)
{
	const char *media, *between = "";
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)content, media, one) {
		raw(sheet, between);
		raw(sheet, "<code>");
		words(sheet, media);
		raw(sheet, "</code> ");
		type(sheet, json_object_get(one, "schema"));
		between = ", or ";
	}
}

static void
example(struct sheet *sheet, const json_t *content)
{
	const char *media;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)content, media, one) {
		if (json_object_get(one, "example") == NULL)
			continue;
		raw(sheet, "<pre>");
		json_dump_callback(json_object_get(one, "example"), some, sheet, JSON_INDENT(2));
		raw(sheet, "</pre>");
	}
}

/* For json_dump_callback(). */
static int
some(const char *text, size_t len, void *arg)
{
	for (size_t i = 0; i < len; i++)
		letter(arg, text[i]);
	return 0;
}

/* Those that many operations have in common are named here and told once. */
static void
answers(struct sheet *sheet, const json_t *responses)
{
	const char *status, *between = "<li>A problem: ";
	json_t *one;

	raw(sheet, "<ul>");
	json_object_foreach((json_t *)(uintptr_t)responses, status, one) {
		if (json_get_text(one, "$ref") != NULL)
			continue;
		raw(sheet, "<li><b>");
		words(sheet, status);
		raw(sheet, "</b> ");
		words(sheet, json_get_text(one, "description"));
		raw(sheet, " ");
		body(sheet, json_object_get(one, "content"));
		raw(sheet, "</li>");
	}
	json_object_foreach((json_t *)(uintptr_t)responses, status, one) {
		const char *reference = json_get_text(one, "$ref");

		if (reference == NULL)
			continue;
		raw(sheet, between);
		raw(sheet, "<a href=\"#problems-");
		anchor(sheet, strrchr(reference, '/') + 1);
		raw(sheet, "\">");
		words(sheet, status);
		raw(sheet, "</a>");
		between = ", ";
	}
	raw(sheet, *between == ',' ? "</li></ul>" : "</ul>");
}

static void
problems(struct sheet *sheet)
{
	json_t *components = json_object_get(sheet->document, "components"), *one;
	const char *name;

	raw(sheet, "<section id=\"problems\"><h2>problems</h2><ul>");
	json_object_foreach(json_object_get(components, "responses"), name, one) {
		raw(sheet, "<li id=\"problems-");
		anchor(sheet, name);
		raw(sheet, "\">");
		words(sheet, json_get_text(one, "description"));
		raw(sheet, " ");
		body(sheet, json_object_get(one, "content"));
		raw(sheet, "</li>");
	}
	raw(sheet, "</ul></section>");
}

static void
schemas(struct sheet *sheet)
{
	json_t *components = json_object_get(sheet->document, "components"), *one;
	const char *name;

	raw(sheet, "<section id=\"schemas\"><h2>schemas</h2>");
	json_object_foreach(json_object_get(components, "schemas"), name, one) {
		raw(sheet, "<section id=\"schemas-");
		anchor(sheet, name);
		raw(sheet, "\"><h3>");
		words(sheet, name);
		raw(sheet, "</h3>");
		prose(sheet, json_get_text(one, "description"));
		if (json_object_get(one, "properties") != NULL)
			members(sheet, one);
		else {
			raw(sheet, "<p>");
			type(sheet, one);
			raw(sheet, "</p>");
		}
		raw(sheet, "</section>");
	}
	raw(sheet, "</section>");
}

static void
members(struct sheet *sheet, const json_t *schema)
{
	const char *name;
	json_t *one;

	if (json_object_size(json_object_get(schema, "properties")) == 0) {
		raw(sheet, "<p>An object without members.</p>");
		return;
	}
	raw(sheet, "<table><tr><th>member</th><th>type</th><th>what it is</th></tr>");
	json_object_foreach(json_object_get(schema, "properties"), name, one) {
		bool is_required = json_has_text(json_object_get(schema, "required"), name);

		raw(sheet, "<tr><td><code>");
		words(sheet, name);
		raw(sheet, is_required ? "</code></td><td>" : "</code> (optional)</td><td>");
		type(sheet, one);
		raw(sheet, "</td><td>");
		words(sheet, json_get_text(one, "description"));
		raw(sheet, "</td></tr>");
	}
	raw(sheet, "</table>");
}

static void
type(struct sheet *sheet, const json_t *schema)
{
	const char *reference = json_get_text(schema, "$ref");
	const json_t *kind = json_object_get(schema, "type");

	if (reference != NULL) {
		const char *name = strrchr(reference, '/') + 1;

		raw(sheet, "<a href=\"#schemas-");
		anchor(sheet, name);
		raw(sheet, "\">");
		words(sheet, name);
		raw(sheet, "</a>");
	} else if (json_object_get(schema, "enum") != NULL)
		values(sheet, json_object_get(schema, "enum"));
	else if (json_get_text(schema, "const") != NULL)
		words(sheet, json_get_text(schema, "const"));
	else if (json_object_get(schema, "anyOf") != NULL)
		choices(sheet, json_object_get(schema, "anyOf"), " or ");
	else if (json_object_get(schema, "items") != NULL) {
		raw(sheet, "array of ");
		type(sheet, json_object_get(schema, "items"));
	} else if (json_is_array(kind))
		values(sheet, kind);
	else if (json_object_get(schema, "properties") != NULL)
		members(sheet, schema);
	else {
		words(sheet, json_string_value(kind));
		raw(sheet, json_get_text(schema, "format") == NULL ? "" : ", ");
		words(sheet, json_get_text(schema, "format"));
	}
}

static void
choices(struct sheet *sheet, const json_t *list, const char *between)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		raw(sheet, i == 0 ? "" : between);
		type(sheet, one);
	}
}

static void
values(struct sheet *sheet, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		raw(sheet, i == 0 ? "" : ", ");
		words(sheet, json_string_value(one));
	}
}

/* What "#/components/KIND/NAME" names; anything else is itself. */
static const json_t *
resolved(const struct sheet *sheet, const json_t *thing)
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

/* Paragraphs parted by an empty line, with **strong** and `code`. */
static void
prose(struct sheet *sheet, const char *text)
{
	if (str_is_empty(text))
		return;
	raw(sheet, "<p>");
	while (*text != '\0') {
		if (strncmp(text, "\n\n", 2) == 0) {
			raw(sheet, "</p><p>");
			text += 2;
		} else
			text += marked(sheet, text);
	}
	raw(sheet, "</p>");
}

/* One mark with what it marks, or one letter; how many bytes. */
static size_t
marked(struct sheet *sheet, const char *text)
{
	size_t mark = strncmp(text, "**", 2) == 0 ? 2 : *text == '`' ? 1 : 0;
	const char *end = mark == 0 ? NULL : strstr(text + mark, mark == 2 ? "**" : "`");

	if (end == NULL) {
		letter(sheet, *text);
		return 1;
	}
	raw(sheet, mark == 2 ? "<b>" : "<code>");
	for (const char *at = text + mark; at < end; at++)
		letter(sheet, *at);
	raw(sheet, mark == 2 ? "</b>" : "</code>");
	return (size_t)(end - text) + mark;
}

static void
words(struct sheet *sheet, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		letter(sheet, *text);
}

static void
letter(struct sheet *sheet, char c)
{
	switch (c) {
	case '<': return raw(sheet, "&lt;");
	case '>': return raw(sheet, "&gt;");
	case '&': return raw(sheet, "&amp;");
	case '"': return raw(sheet, "&quot;");
	default: buf_char_add(&sheet->html, c);
	}
}

static void
raw(struct sheet *sheet, const char *html)
{
	buf_text_add(&sheet->html, html);
}

static void
anchor(struct sheet *sheet, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		letter(sheet, (char)(*text == ' ' ? '-' : *text));
}
