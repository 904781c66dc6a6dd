/* SPDX-License-Identifier: Apache-2.0
 *
 * What the page of the API is written with: escaped words, prose, types and members of schemas. For
 * openapi_page.c.
 */
#ifndef CONSENT_OPENAPI_SHEET_H
#define CONSENT_OPENAPI_SHEET_H

#include "core/buf.h"
#include "core/json.h"

struct sheet {
	struct buf html;
	const json_t *document;
	const char *base; /* of the paths */
};

void sheet_raw(struct sheet *sheet, const char *html);   /* as it is: never of the document */
void sheet_words(struct sheet *sheet, const char *text); /* NULL: nothing */
void sheet_letter(struct sheet *sheet, char c);
void sheet_anchor(struct sheet *sheet, const char *text); /* as an id */

/* Paragraphs parted by an empty line, with **strong** and `code`. */
void sheet_prose(struct sheet *sheet, const char *text);

/* What a value is, in one line where it can be; and the members of an object as a table. */
void sheet_type(struct sheet *sheet, const json_t *schema);
void sheet_members(struct sheet *sheet, const json_t *schema);

/* What "#/components/KIND/NAME" names; anything else is itself. */
const json_t *sheet_resolved(const struct sheet *sheet, const json_t *thing);

#endif
