/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of a query or of an application/x-www-form-urlencoded body (WHATWG URL section 5.1,
 * RFC 6749 appendix B).
 *
 * A name or value that holds a NUL, a bad percent-escape or bad UTF-8 is refused.  Other control
 * characters may stand in a value (a state with %0d%0a has to come back byte-exact), never in a
 * name: what goes into a header, a page or a log is escaped there.
 */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "http/request.h"

#define FORM_MAX_PARAMS 64

struct form {
	struct pairs pairs;
	const char *duplicate; /* name of the first parameter that stands twice, or NULL */
	bool too_many;         /* more than FORM_MAX_PARAMS: the rest is left out */
};

/* repeats: the one parameter that may stand more than once, or NULL.  Fails BAD_REQUEST.  "a" is a
 * parameter with an empty value; empty pieces between & are none. */
int form_read(struct task *task, struct bytes text, const char *repeats, struct form *ret_form);

/* Decodes %XX in place, and '+' as a space where plus_is_space.  Returns the new length, or -1 for
 * a bad escape. */
ptrdiff_t form_decode(char *at, size_t len, bool plus_is_space);

#endif
