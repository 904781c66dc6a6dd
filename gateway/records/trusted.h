/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of trusted issuers as they were last fetched (login/upstream/trust_list.h), in SQL: every
 * process has the same one, and a restart needs nobody.  Only what was verified is kept.
 */
#ifndef RECORDS_TRUSTED_H
#define RECORDS_TRUSTED_H

#include "core/str.h"

#include <stdint.h>

struct task;

struct trusted {
	const char *url;
	const char *jws;
	int64_t iat_s;     /* when its maker made it: never goes back */
	int64_t fetched_s; /* the last time that it was read there */
};
/* *ret_trusted is NULL: none was fetched yet. */
int trusted_find(struct task *task, const char *url, const struct trusted **ret_trusted);

/* Fails CONFLICT where a newer one is kept. */
int trusted_keep(struct task *task, const struct trusted *trusted);

#endif
