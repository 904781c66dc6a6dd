/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client registers to ask for people who are elsewhere (OpenID CIBA Core 1.0 section 4).
 * For the files of this room.
 */
#ifndef RECORDS_CLIENT_CIBA_H
#define RECORDS_CLIENT_CIBA_H

#include "core/json.h"
#include "records/client.h"

struct task;

/* A rule of client_rules.c, after the grants: metadata holds the members given, each right by
 * itself; the defaults are filled in.  Fails INVALID_CLIENT_METADATA. */
int client_ciba_check(struct task *task, json_t *metadata);

/* The members of client that follow from the checked metadata. */
void client_ciba_fill(struct client *client, const json_t *metadata);

#endif
