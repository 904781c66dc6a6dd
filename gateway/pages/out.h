/* SPDX-License-Identifier: Apache-2.0
 *
 * How compiled templates write a page.  Only code made by page-compiler calls these: it knows the
 * context each value stands in; there is no function for a value that is not escaped.
 */
#ifndef PAGES_OUT_H
#define PAGES_OUT_H

#include "core/buf.h"
#include "core/json.h"
#include "pages/catalogue.h"
#include "pages/page.h"

struct out {
	struct buf html;
	struct task *task;
	enum language_id language;
	const json_t *page; /* what every page has: {{page.…}} */
	const json_t *root; /* the whole view: {{root.…}} inside of lists */
};

struct out_template {
	void (*write)(struct out *out, const json_t *view);
	const char *name;
};
extern const struct out_template out_templates[PAGE_END_];

enum out_as { OUT_TEXT, OUT_PLAIN };

bool out_is_set(const json_t *value); /* not absent, null, false, "" or an empty list */

void out_literal(struct out *out, const char *html, size_t len);

/* A text or a whole number; anything else writes nothing.  Control characters and those that turn
 * the direction of writing are left out; a text of more than 2000 characters is cut. */
void out_text(struct out *out, const json_t *value);
void out_attribute(struct out *out, const json_t *value); /* the same, never cut */

/* A whole URL: of our own (begins with one / or ?), http, https, mailto, tel or a wallet's; any
 * other becomes "#". */
void out_url(struct out *out, const json_t *value);
void out_url_part(struct out *out, const json_t *value); /* percent-encoded */

/* A text of the catalogue.  Its values are cut at 200 characters and isolated: by elements in
 * OUT_TEXT, which also marks a text that is not translated, by characters in OUT_PLAIN. */
void out_message(struct out *out, enum out_as as, size_t entry, const json_t *count,
    const json_t *const *values);

#endif
