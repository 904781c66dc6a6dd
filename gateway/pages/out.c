/* SPDX-License-Identifier: Apache-2.0
 *
 * Escaping, once for each context.
 */
#include "pages/out.h"

#include "core/task.h"

#include <string.h>
#include <strings.h>

#define TEXT_MAX_CHARACTERS 2000
#define NAME_MAX_CHARACTERS 200 /* of a value inside a text */
#define AROUND_BYTES        24  /* of markup, a text */

bool
out_is_set(const json_t *value)
{
	if (!value || json_is_null(value) || json_is_false(value))
		return false;
	if (json_is_string(value))
		return json_string_length(value) > 0;
	if (json_is_array(value))
		return json_array_size(value) > 0;
	return true;
}

void
out_literal(struct out *out, const char *html, size_t len)
{
	buf_add(&out->html, html, len);
}

static const char *
text_of(struct task *task, const json_t *value)
{
	if (json_is_integer(value))
		return task_number(task, json_integer_value(value));
	return json_is_string(value) ? json_string_value(value) : "";
}

static const char *
entity_of(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

/* Bytes of a character that must not reach a page; 0: it may.  C0 but tab and newline, DEL, C1,
 * LRM, RLM, U+2028 to U+202E, U+2066 to U+2069, U+FEFF. */
static size_t
unwanted(const unsigned char *c)
{
	if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
		return 1;
	if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
		return 2;
	if (*c == 0xe2 && c[1] == 0x80 &&
	    (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae)))
		return 3;
	if (*c == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)
		return 3;
	if (*c == 0xef && c[1] == 0xbb && c[2] == 0xbf)
		return 3;
	return 0;
}

bool
page_keeps(const char *text)
{
	for (; *text; text++)
		if (*text == '\n' || *text == '\t' || unwanted((const unsigned char *)text) > 0)
			return false;
	return true;
}

static size_t
text_weight(const char *text)
{
	size_t bytes = AROUND_BYTES, n_characters = 0;

	for (; *text && n_characters <= TEXT_MAX_CHARACTERS; text++) {
		const char *entity = entity_of(*text);

		bytes += entity ? strlen(entity) : 1;
		n_characters += ((unsigned char)*text & 0xc0) != 0x80;
	}
	return bytes;
}

size_t
page_weight(const json_t *view)
{
	size_t bytes = AROUND_BYTES, i;
	const char *name;
	json_t *member;

	if (json_is_string(view))
		return text_weight(json_string_value(view));
	json_object_foreach((json_t *)(uintptr_t)view, name, member)
		bytes += page_weight(member);
	json_array_foreach((json_t *)(uintptr_t)view, i, member)
		bytes += page_weight(member);
	return bytes;
}

static void
text_escape(struct out *out, const char *text, size_t max_characters)
{
	size_t n_characters = 0;

	while (*text) {
		size_t skip = unwanted((const unsigned char *)text);
		const char *entity = entity_of(*text);

		if (skip > 0) {
			text += skip;
			continue;
		}
		n_characters += ((unsigned char)*text & 0xc0) != 0x80;
		if (n_characters > max_characters) {
			buf_text_add(&out->html, "…");
			return;
		}
		if (entity)
			buf_text_add(&out->html, entity);
		else
			buf_char_add(&out->html, *text);
		text++;
	}
}

void
out_text(struct out *out, const json_t *value)
{
	text_escape(out, text_of(out->task, value), TEXT_MAX_CHARACTERS);
}

void
out_attribute(struct out *out, const json_t *value)
{
	text_escape(out, text_of(out->task, value), SIZE_MAX);
}

static bool
url_is_safe(const char *url)
{
	static const char *const schemes[] = {"https:", "http:", "openid4vp:", "haip-vp:",
	    "openid-credential-offer:", "haip-vci:", "mailto:", "tel:", NULL};

	/* A browser leaves out blanks and line ends before it reads a URL. */
	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ' || unwanted((const unsigned char *)c) > 0)
			return false;
	/* A second slash or a backslash would make it another site's. */
	if (*url == '/')
		return url[1] != '/' && url[1] != '\\';
	if (*url == '?')
		return true;
	for (const char *const *scheme = schemes; *scheme; scheme++)
		if (strncasecmp(url, *scheme, strlen(*scheme)) == 0)
			return true;
	return false;
}

void
out_url(struct out *out, const json_t *value)
{
	const char *url = text_of(out->task, value);

	text_escape(out, url_is_safe(url) ? url : "#", SIZE_MAX);
}

void
out_url_part(struct out *out, const json_t *value)
{
	buf_url_add(&out->html, text_of(out->task, value));
}

static void
value_isolated(struct out *out, enum out_as as, const json_t *value)
{
	buf_text_add(&out->html, as == OUT_TEXT ? "<bdi>" : "\u2068");
	text_escape(out, text_of(out->task, value), NAME_MAX_CHARACTERS);
	buf_text_add(&out->html, as == OUT_TEXT ? "</bdi>" : "\u2069");
}

static void
form_write(struct out *out, enum out_as as, const char *form, const json_t *const *values)
{
	for (; *form; form++) {
		const char *entity = entity_of(*form);

		if ((unsigned char)*form <= 6)
			value_isolated(out, as, values[*form - 1]);
		else if (entity)
			buf_text_add(&out->html, entity);
		else
			buf_char_add(&out->html, *form);
	}
}

void
out_message(
    struct out *out, enum out_as as, size_t entry, const json_t *count, const json_t *const *values)
{
	const struct catalogue_entry *text = &catalogue[entry];
	bool is_english = !text->forms[out->language];
	enum language_id language = is_english ? LANGUAGE_EN : out->language;
	int form = count ? language_plural(language, json_integer_value(count)) : 0;
	bool is_marked = is_english && as == OUT_TEXT;

	if (is_marked)
		buf_text_add(&out->html, "<span class=\"untranslated\" lang=\"en\" dir=\"ltr\">");
	form_write(out, as, text->forms[language][form], values);
	if (is_marked)
		buf_text_add(&out->html, "</span>");
}
