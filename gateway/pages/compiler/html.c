/* SPDX-License-Identifier: Apache-2.0
 *
 * The tokenizer: one function per group of states, one table of what is refused.
 */
#include "html.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool collapses_space(const struct html *html);
static void feed_text(struct html *html, char c);
static void feed_tag(struct html *html, char c, struct place at);
static void feed_attribute(struct html *html, char c, struct place at);
static void feed_raw(struct html *html, char c, struct place at);
static void feed_between(struct html *html, char c, struct place at);

bool
html_feed(struct html *html, char c, struct place at)
{
	bool is_space = isspace((unsigned char)c);

	if (is_space && html->after_space && collapses_space(html))
		return false;
	html->after_space = is_space;

	switch (html->state) {
	case HTML_TEXT:
	case HTML_DECLARATION: feed_text(html, c); break;
	case HTML_TAG_OPEN:
	case HTML_TAG_NAME:
	case HTML_END_NAME: feed_tag(html, c, at); break;
	case HTML_BETWEEN:
	case HTML_ATTRIBUTE_NAME:
	case HTML_BEFORE_VALUE:
	case HTML_VALUE:
	case HTML_AFTER_VALUE:
	case HTML_SELF_CLOSE: feed_attribute(html, c, at); break;
	case HTML_RAW: feed_raw(html, c, at); break;
	}
	return true;
}

static const char *const void_elements[] = {
    "area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", NULL};
static const char *const refused_elements[] = {
    "applet", "base", "embed", "frame", "frameset", "object", NULL};
static const char *const refused_attributes[] = {
    "style", "srcdoc", "srcset", "http-equiv", "ping", "manifest", "xlink:href", NULL};
static const char *const url_attributes[] = {
    "action", "cite", "formaction", "href", "poster", "src", NULL};
static const char *const url_schemes[] = {"data", "http", "https", "mailto", "tel", NULL};

static bool
is_in(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcasecmp(*list, name) == 0)
			return true;
	return false;
}

static bool
name_add(char name[HTML_NAME_MAX], char c)
{
	size_t len = strlen(name);

	if (len + 2 > HTML_NAME_MAX)
		return false;
	name[len] = (char)tolower((unsigned char)c);
	name[len + 1] = '\0';
	return true;
}

static const char *
innermost(const struct html *html)
{
	return html->depth ? html->open[html->depth - 1] : "";
}

static bool
collapses_space(const struct html *html)
{
	if (html->state == HTML_TEXT)
		return strcmp(innermost(html), "pre") != 0 &&
		       strcmp(innermost(html), "textarea") != 0;
	return html->state == HTML_BETWEEN;
}

static void
feed_text(struct html *html, char c)
{
	if (html->state == HTML_DECLARATION && c == '>') {
		html->state = HTML_TEXT;
	} else if (html->state == HTML_TEXT && c == '<') {
		html->state = HTML_TAG_OPEN;
		html->element[0] = '\0';
	}
}

static void
element_open(struct html *html, struct place at)
{
	if (is_in(refused_elements, html->element))
		tool_complain(at, "<%s> has no place in a page", html->element);
	if (is_in(void_elements, html->element))
		return;
	if (html->depth == HTML_DEPTH_MAX)
		tool_complain(at, "<%s> nests too deep", html->element);
	memcpy(html->open[html->depth++], html->element, HTML_NAME_MAX);
}

static void
element_close(struct html *html, struct place at)
{
	if (html->depth == 0 || strcmp(html->open[html->depth - 1], html->element) != 0)
		tool_complain(at, "</%s> closes %s%s", html->element,
		    html->depth ? "an open " : "nothing",
		    html->depth ? html->open[html->depth - 1] : "");
	html->depth--;
	html->state = HTML_TEXT;
}

/* The > of an opening tag. */
static void
tag_end(struct html *html)
{
	bool is_raw = strcmp(html->element, "script") == 0 || strcmp(html->element, "style") == 0;

	if (html->state == HTML_SELF_CLOSE && !is_in(void_elements, html->element))
		html->depth--;
	html->state = is_raw ? HTML_RAW : HTML_TEXT;
	html->value = TEXT_EMPTY;
}

static void
feed_tag(struct html *html, char c, struct place at)
{
	bool is_name = isalnum((unsigned char)c) || c == '-';

	if (html->state == HTML_TAG_OPEN) {
		if (c == '!' && html->depth > 0)
			tool_complain(at, "write {{! … }} for a comment: <!-- would reach people");
		else if (c == '!')
			html->state = HTML_DECLARATION;
		else if (c == '/')
			html->state = HTML_END_NAME;
		else if (isalpha((unsigned char)c) && name_add(html->element, c))
			html->state = HTML_TAG_NAME;
		else
			tool_complain(at, "write &lt; for a < that opens no tag");
		return;
	}
	if (is_name && name_add(html->element, c))
		return;
	if (html->state == HTML_END_NAME && c == '>') {
		element_close(html, at);
		return;
	}
	if (html->state == HTML_END_NAME || is_name || !strchr(" \t\n/>", c))
		tool_complain(at, "a tag's name ends badly after \"%s\"", html->element);
	element_open(html, at);
	feed_between(html, c, at);
}

static void
attribute_check(const struct html *html, struct place at)
{
	if (strncmp(html->attribute, "on", 2) == 0 || is_in(refused_attributes, html->attribute))
		tool_complain(at, "attribute %s has no place in a page", html->attribute);
}

/* A static scheme is one of a few: what the whole-URL escape checks at run time for others. */
static void
value_check(const struct html *html, struct place at)
{
	char scheme[HTML_NAME_MAX];
	size_t len = strcspn(html->value.at, ":/?#");

	if (!is_in(url_attributes, html->attribute) || html->value.at[len] != ':')
		return;
	snprintf(scheme, sizeof(scheme), "%.*s", (int)len, html->value.at);
	if (!is_in(url_schemes, scheme))
		tool_complain(at, "scheme %s: has no place in %s", scheme, html->attribute);
}

static void
feed_between(struct html *html, char c, struct place at)
{
	if (html->state == HTML_SELF_CLOSE && c != '>')
		tool_complain(at, "a / in a tag stands before its > only");
	if (c == '>') {
		tag_end(html);
	} else if (c == '/') {
		html->state = HTML_SELF_CLOSE;
	} else if (isspace((unsigned char)c)) {
		html->state = HTML_BETWEEN;
	} else if (html->state == HTML_AFTER_VALUE) {
		tool_complain(at, "a space is missing after the value of %s", html->attribute);
	} else if (isalpha((unsigned char)c)) {
		html->attribute[0] = '\0';
		(void)name_add(html->attribute, c);
		html->state = HTML_ATTRIBUTE_NAME;
	} else {
		tool_complain(at, "no attribute begins with '%c'", c);
	}
}

static void
feed_value(struct html *html, char c, struct place at)
{
	if (html->state == HTML_BEFORE_VALUE) {
		if (c != '"' && c != '\'')
			tool_complain(at, "the value of %s needs quotes", html->attribute);
		html->quote = c;
		html->value = TEXT_EMPTY;
		html->has_value = false;
		html->state = HTML_VALUE;
	} else if (c == html->quote) {
		value_check(html, at);
		html->value = TEXT_EMPTY;
		html->state = HTML_AFTER_VALUE;
	} else {
		tool_add(&html->value, &c, 1);
	}
}

static void
feed_name(struct html *html, char c, struct place at)
{
	if (isalnum((unsigned char)c) || strchr("-_:", c)) {
		if (!name_add(html->attribute, c))
			tool_complain(at, "attribute %s… is too long", html->attribute);
		return;
	}
	attribute_check(html, at);
	if (c == '=')
		html->state = HTML_BEFORE_VALUE;
	else
		feed_between(html, c, at);
}

static void
feed_attribute(struct html *html, char c, struct place at)
{
	if (html->state == HTML_BEFORE_VALUE || html->state == HTML_VALUE)
		feed_value(html, c, at);
	else if (html->state == HTML_ATTRIBUTE_NAME)
		feed_name(html, c, at);
	else
		feed_between(html, c, at);
}

static void
feed_raw(struct html *html, char c, struct place at)
{
	tool_add(&html->value, &c, 1);
	if (html->value.len >= 2 && strcmp(html->value.at + html->value.len - 2, "</") == 0) {
		html->value = TEXT_EMPTY;
		html->element[0] = '\0';
		html->state = HTML_END_NAME;
	} else if (!isspace((unsigned char)c) && c != '<') {
		tool_complain(at, "script and style come from a file of their own: {{> NAME.css}}");
	}
}

enum html_context
html_context(const struct html *html, struct place at)
{
	if (html->state == HTML_TEXT) {
		if (strcmp(innermost(html), "title") == 0 ||
		    strcmp(innermost(html), "textarea") == 0)
			return HTML_AS_PLAIN;
		return HTML_AS_TEXT;
	}
	if (html->state == HTML_BEFORE_VALUE)
		tool_complain(at, "the value of %s needs quotes", html->attribute);
	if (html->state == HTML_RAW)
		tool_complain(at, "no value may stand inside <%s>", html->element);
	if (html->state != HTML_VALUE)
		tool_complain(at, "a value may stand in text or in a quoted attribute only");
	if (!is_in(url_attributes, html->attribute))
		return HTML_AS_ATTRIBUTE;
	if (html->value.len == 0 && !html->has_value)
		return HTML_AS_URL;
	value_check(html, at);
	if (strncasecmp(html->value.at, "data:", 5) == 0)
		tool_complain(at, "no value may stand in a data: URL");
	return HTML_AS_URL_PART;
}

void
html_interpolated(struct html *html)
{
	html->has_value = true;
	html->after_space = false;
}

bool
html_fork(struct html *html, struct html *ret_copy, struct place at)
{
	bool needs_space = html->state == HTML_TAG_NAME || html->state == HTML_ATTRIBUTE_NAME ||
			   html->state == HTML_AFTER_VALUE;

	if (needs_space)
		(void)html_feed(html, ' ', at);
	if (html->state != HTML_TEXT && html->state != HTML_BETWEEN && html->state != HTML_VALUE)
		tool_complain(at, "the page may not part here");
	if (html->state == HTML_VALUE && is_in(url_attributes, html->attribute))
		tool_complain(at, "the page may not part inside %s", html->attribute);
	html->after_space = false;
	*ret_copy = *html;
	ret_copy->value = TEXT_EMPTY;
	tool_add(&ret_copy->value, html->value.at, html->value.len);
	return needs_space;
}

void
html_must_agree(const struct html *a, const struct html *b, const char *what, struct place at)
{
	bool is_same = a->state == b->state && a->depth == b->depth;

	for (int i = 0; is_same && i < a->depth; i++)
		is_same = strcmp(a->open[i], b->open[i]) == 0;
	if (is_same && a->state == HTML_VALUE)
		is_same = strcmp(a->attribute, b->attribute) == 0 && a->quote == b->quote;
	if (is_same && a->state == HTML_BETWEEN)
		is_same = strcmp(a->element, b->element) == 0;
	if (!is_same)
		tool_complain(at, "the ways of %s end in different places of the page", what);
}
