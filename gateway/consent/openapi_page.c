/* SPDX-License-Identifier: Apache-2.0
 *
 * The document of the consent API as a page for developers: one section for each tag and its
 * operations, then the schemas.  English, no script; what openapi.json does not use is not known
 * here.
 */
#include "consent/openapi.h"

#include "consent/openapi_sheet.h"
#include "core/task.h"

#include <ctype.h>
#include <string.h>

#define PAGE_MAX_BYTES (512u << 10)

static void head(struct sheet *sheet, const char *nonce);
static void contents(struct sheet *sheet);
static void tag(struct sheet *sheet, const json_t *one);
static void operations(struct sheet *sheet, const char *tag_name);
static void operation(struct sheet *sheet, const char *method, const char *path, const json_t *one);
static void parameters(struct sheet *sheet, const json_t *list);
static void body(struct sheet *sheet, const json_t *content);
static void code(struct sheet *sheet, const char *words);
static void headers(struct sheet *sheet, const json_t *headers);
static void example(struct sheet *sheet, const json_t *content);
static int some(const char *text, size_t len, void *arg);
static void answers(struct sheet *sheet, const json_t *responses);
static void problems(struct sheet *sheet);
static void schemas(struct sheet *sheet);

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
	sheet_raw(&sheet, "</main></body></html>\n");
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

	sheet_raw(sheet, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
			 "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link "
			 "rel=\"icon\" href=\"data:,\"><title>");
	sheet_words(sheet, json_get_text(about, "title"));
	sheet_raw(sheet, "</title><style nonce=\"");
	sheet_words(sheet, nonce);
	sheet_raw(sheet, "\">");
	sheet_raw(sheet, style);
	sheet_raw(sheet, "</style></head><body><main><h1>");
	sheet_words(sheet, json_get_text(about, "title"));
	sheet_raw(sheet, " ");
	sheet_words(sheet, json_get_text(about, "version"));
	sheet_raw(sheet, "</h1>");
	sheet_prose(sheet, json_get_text(about, "description"));
	sheet_raw(
	    sheet, "<p>For programs: <a href=\"openapi.json\">openapi.json</a>, OpenAPI 3.1.</p>");
}

static void
contents(struct sheet *sheet)
{
	const json_t *tags = json_object_get(sheet->document, "tags"), *one;
	size_t i;

	sheet_raw(sheet, "<nav aria-label=\"Contents\"><ul>");
	json_array_foreach(tags, i, one) {
		sheet_raw(sheet, "<li><a href=\"#");
		sheet_anchor(sheet, json_get_text(one, "name"));
		sheet_raw(sheet, "\">");
		sheet_words(sheet, json_get_text(one, "name"));
		sheet_raw(sheet, "</a></li>");
	}
	sheet_raw(sheet,
	    "<li><a href=\"#problems\">problems</a></li><li><a href=\"#schemas\">schemas</a>"
	    "</li></ul></nav>");
}

static void
tag(struct sheet *sheet, const json_t *one)
{
	const char *name = json_get_text(one, "name");

	sheet_raw(sheet, "<section id=\"");
	sheet_anchor(sheet, name);
	sheet_raw(sheet, "\"><h2>");
	sheet_words(sheet, name);
	sheet_raw(sheet, "</h2>");
	sheet_prose(sheet, json_get_text(one, "description"));
	operations(sheet, name);
	sheet_raw(sheet, "</section>");
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

	sheet_raw(sheet, "<section id=\"");
	sheet_anchor(sheet, json_get_text(one, "operationId"));
	sheet_raw(sheet, "\"><h3>");
	sheet_words(sheet, json_get_text(one, "summary"));
	sheet_raw(sheet, "</h3><p><code>");
	for (; *method != '\0'; method++)
		sheet_letter(sheet, (char)toupper((unsigned char)*method));
	sheet_raw(sheet, " ");
	sheet_words(sheet, sheet->base);
	sheet_words(sheet, path);
	sheet_raw(sheet, "</code></p>");
	sheet_prose(sheet, json_get_text(one, "description"));
	parameters(sheet, json_object_get(item, "parameters"));
	parameters(sheet, json_object_get(one, "parameters"));
	if (json_object_get(one, "requestBody") != NULL) {
		sheet_raw(sheet, "<p>Body: ");
		body(sheet, json_object_get(json_object_get(one, "requestBody"), "content"));
		sheet_raw(sheet, "</p>");
		example(sheet, json_object_get(json_object_get(one, "requestBody"), "content"));
	}
	answers(sheet, json_object_get(one, "responses"));
	sheet_raw(sheet, "</section>");
}

static void
parameters(struct sheet *sheet, const json_t *list)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	sheet_raw(sheet, "<ul>");
	json_array_foreach(list, i, one) {
		const json_t *it = sheet_resolved(sheet, one);

		sheet_raw(sheet, "<li>");
		code(sheet, json_get_text(it, "name"));
		sheet_raw(sheet, " (");
		sheet_words(sheet, json_get_text(it, "in"));
		sheet_raw(sheet, json_get_bool(it, "required") ? ", required" : "");
		sheet_raw(sheet, ", ");
		sheet_type(sheet, json_object_get(it, "schema"));
		sheet_raw(sheet, "): ");
		sheet_words(sheet, json_get_text(it, "description"));
		sheet_raw(sheet, "</li>");
	}
	sheet_raw(sheet, "</ul>");
}

static void
code(struct sheet *sheet, const char *words)
{
	sheet_raw(sheet, "<code>");
	sheet_words(sheet, words);
	sheet_raw(sheet, "</code>");
}

static void
body(struct sheet *sheet, const json_t *content)
{
	const char *media, *between = "";
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)content, media, one) {
		sheet_raw(sheet, between);
		code(sheet, media);
		sheet_raw(sheet, " ");
		sheet_type(sheet, json_object_get(one, "schema"));
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
		sheet_raw(sheet, "<pre>");
		json_dump_callback(json_object_get(one, "example"), some, sheet, JSON_INDENT(2));
		sheet_raw(sheet, "</pre>");
	}
}

/* For json_dump_callback(). */
static int
some(const char *text, size_t len, void *arg)
{
	for (size_t i = 0; i < len; i++)
		sheet_letter(arg, text[i]);
	return 0;
}

/* Those that many operations have in common are named here and told once. */
static void
answers(struct sheet *sheet, const json_t *responses)
{
	const char *status, *between = "<li>A problem: ";
	json_t *one;

	sheet_raw(sheet, "<ul>");
	json_object_foreach((json_t *)(uintptr_t)responses, status, one) {
		if (json_get_text(one, "$ref") != NULL)
			continue;
		sheet_raw(sheet, "<li><b>");
		sheet_words(sheet, status);
		sheet_raw(sheet, "</b> ");
		sheet_words(sheet, json_get_text(one, "description"));
		sheet_raw(sheet, " ");
		body(sheet, json_object_get(one, "content"));
		headers(sheet, json_object_get(one, "headers"));
		sheet_raw(sheet, "</li>");
	}
	json_object_foreach((json_t *)(uintptr_t)responses, status, one) {
		const char *reference = json_get_text(one, "$ref");

		if (reference == NULL)
			continue;
		sheet_raw(sheet, between);
		sheet_raw(sheet, "<a href=\"#problems-");
		sheet_anchor(sheet, strrchr(reference, '/') + 1);
		sheet_raw(sheet, "\">");
		sheet_words(sheet, status);
		sheet_raw(sheet, "</a>");
		between = ", ";
	}
	sheet_raw(sheet, *between == ',' ? "</li></ul>" : "</ul>");
}

static void
headers(struct sheet *sheet, const json_t *headers)
{
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)headers, name, one) {
		sheet_raw(sheet, "; header ");
		code(sheet, name);
		sheet_raw(sheet, ": ");
		sheet_words(sheet, json_get_text(sheet_resolved(sheet, one), "description"));
	}
}

static void
problems(struct sheet *sheet)
{
	json_t *components = json_object_get(sheet->document, "components"), *one;
	const char *name;

	sheet_raw(sheet, "<section id=\"problems\"><h2>problems</h2><ul>");
	json_object_foreach(json_object_get(components, "responses"), name, one) {
		sheet_raw(sheet, "<li id=\"problems-");
		sheet_anchor(sheet, name);
		sheet_raw(sheet, "\">");
		sheet_words(sheet, json_get_text(one, "description"));
		sheet_raw(sheet, " ");
		body(sheet, json_object_get(one, "content"));
		sheet_raw(sheet, "</li>");
	}
	sheet_raw(sheet, "</ul></section>");
}

static void
schemas(struct sheet *sheet)
{
	json_t *components = json_object_get(sheet->document, "components"), *one;
	const char *name;

	sheet_raw(sheet, "<section id=\"schemas\"><h2>schemas</h2>");
	json_object_foreach(json_object_get(components, "schemas"), name, one) {
		sheet_raw(sheet, "<section id=\"schemas-");
		sheet_anchor(sheet, name);
		sheet_raw(sheet, "\"><h3>");
		sheet_words(sheet, name);
		sheet_raw(sheet, "</h3>");
		sheet_prose(sheet, json_get_text(one, "description"));
		if (json_object_get(one, "properties") != NULL)
			sheet_members(sheet, one);
		else {
			sheet_raw(sheet, "<p>");
			sheet_type(sheet, one);
			sheet_raw(sheet, "</p>");
		}
		sheet_raw(sheet, "</section>");
	}
	sheet_raw(sheet, "</section>");
}
