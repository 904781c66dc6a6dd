/* SPDX-License-Identifier: Apache-2.0
 *
 * What the members of a client's metadata mean together, and the defaults.  For client_metadata.c.
 */
#ifndef RECORDS_CLIENT_RULES_H
#define RECORDS_CLIENT_RULES_H

#include "core/json.h"
#include "records/client.h"

struct task;

/* metadata holds the known members of given, each right by itself. */
int client_rules_apply(struct task *task, const json_t *given, json_t *metadata);

const char *client_profile_name(enum client_profile profile);
enum client_profile client_profile_of(const char *name); /* 0: none of ours */
const char *client_auth_name(enum client_auth_method method);
enum client_auth_method client_auth_of(const char *name); /* 0: none of ours */

#endif
