/* SPDX-License-Identifier: Apache-2.0
 *
 * What an error of the protocols means and how to mend it: the document that error_uri names.
 */
#ifndef OIDC_ERRORS_H
#define OIDC_ERRORS_H

#include <stddef.h>

struct lesson {
	const char *error;   /* the name on the wire */
	const char *meaning; /* one sentence */
	const char *mend;    /* what a developer looks at, most likely cause first */
};
/* NULL: no such error. */
const struct lesson *lesson_find(const char *error);
const struct lesson *lesson_at(size_t i); /* in the order of the document; NULL: the end */

#endif
