/* SPDX-License-Identifier: Apache-2.0
 *
 * Grants as Redis keeps them (see grant.h).  For grant*.c.
 */
#ifndef RECORDS_GRANT_INSIDE_H
#define RECORDS_GRANT_INSIDE_H

#include "records/fields.h"
#include "records/grant.h"

/* Names are short there since there are many of them. */
struct grant_stored {
	struct grant grant;
	struct grant_token token;
	const char *epoch;
};
extern const struct field grant_fields[];

/* The session whose end is the grant's; NULL: it was given for when the person is away (OpenID
 * Connect Core section 11). */
const char *grant_session(const struct grant *grant);

#endif
