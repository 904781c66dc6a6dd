/* SPDX-License-Identifier: Apache-2.0
 *
 * One reading of a consent request (ask.h), by its members.  For ask*.c.
 */
#ifndef CONSENT_ASK_READING_H
#define CONSENT_ASK_READING_H

#include "consent/ask.h"

struct reading {
	struct task *task;
	const struct client *client;
	struct ask ask;
	bool is_stored; /* what is read was in force already: there is nothing to cut */
};

/* Whether the body has none but the members that there are.  Fails INVALID_REQUEST, pointing to the
 * first other one. */
int ask_members_check(struct reading *reading, const json_t *body);

/* All of them in their order.  Fails as ask_read(). */
int ask_members_read(struct reading *reading, const json_t *body);

typedef int member_read(struct reading *reading, const json_t *value);

/* {name, essential, why, value}: each once, each of the purpose.  Sets names, essential, whys and
 * values. */
member_read ask_attributes_read;

/* The purpose allows less of it than was asked. */
void ask_cap(struct reading *reading, const char *name);

#endif
