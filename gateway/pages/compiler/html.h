/* SPDX-License-Identifier: Apache-2.0
 *
 * In which context of HTML a place of a template stands: a tokenizer for the strict subset that
 * templates are written in (WHATWG HTML section 13.2.5, the states that matter).
 *
 * Refused wherever they stand, because the pages' CSP forbids them or nothing safe can come of
 * them: unquoted attribute values, on… and style attributes, srcdoc, http-equiv, javascript: links,
 * frames, objects, base, tags that do not nest.
 */
#ifndef COMPILER_HTML_H
#define COMPILER_HTML_H

#include "tool.h"

enum html_state {
	HTML_TEXT,
	HTML_TAG_OPEN, /* after < */
	HTML_TAG_NAME,
	HTML_END_NAME,
	HTML_BETWEEN, /* attributes */
	HTML_ATTRIBUTE_NAME,
	HTML_BEFORE_VALUE, /* after = */
	HTML_VALUE,
	HTML_AFTER_VALUE, /* after the closing quote */
	HTML_SELF_CLOSE,  /* after the / of <path … /> */
	HTML_DECLARATION, /* <!doctype …> */
	HTML_RAW,         /* inside script or style */
};

#define HTML_NAME_MAX  32
#define HTML_DEPTH_MAX 32

struct html {
	enum html_state state;
	char element[HTML_NAME_MAX];   /* being opened, or whose raw text this is */
	char attribute[HTML_NAME_MAX]; /* whose name or value this is */
	char quote;
	struct text value; /* static part of the attribute's value so far */
	bool has_value;    /* something interpolated stood in it already */
	bool after_space;
	int depth;
	char open[HTML_DEPTH_MAX][HTML_NAME_MAX];
};

/* What a value may be written as. */
enum html_context {
	HTML_AS_TEXT,      /* between tags */
	HTML_AS_PLAIN,     /* title, textarea: text that cannot hold an element */
	HTML_AS_ATTRIBUTE, /* in quotes */
	HTML_AS_URL,       /* the whole of, or the beginning of, a URL attribute */
	HTML_AS_URL_PART,  /* a part of it, after something static */
};

/* One byte of the template further.  True: it belongs in the page; false: white space that another
 * one stands for already, or a comment. */
bool html_feed(struct html *html, char c, struct place at);

/* How a value is to be written here; complains where none may stand. */
enum html_context html_context(const struct html *html, struct place at);

/* A value was written. */
void html_interpolated(struct html *html);

/* Before {{#if}} and the like: ends an attribute's name (true: by a space that belongs in the
 * page); complains where a page may not part. */
bool html_fork(struct html *html, struct html *ret_copy, struct place at);

/* Whether the two ways that lead to a place agree; complains otherwise, what says where they part.
 */
void html_must_agree(const struct html *a, const struct html *b, const char *what, struct place at);

#endif
