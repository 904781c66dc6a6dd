/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's metadata while the rules (client_rules.h) make it.  For client_rules.c and
 * client_grants.c.
 */
#ifndef RECORDS_CLIENT_RULES_INSIDE_H
#define RECORDS_CLIENT_RULES_INSIDE_H

#include "core/json.h"
#include "core/task.h"
#include "records/client.h"

struct client_ruling {
	struct task *task;
	const json_t *given; /* as it was asked for */
	json_t *metadata;    /* as it will be kept */
	enum client_profile profile;
	enum client_auth_method auth;
	bool is_service;
};

#define REFUSE(ruling, ...) fail((ruling)->task, INVALID_CLIENT_METADATA, __VA_ARGS__)

/* NULL: it is absent. */
const char *client_rules_text(const struct client_ruling *ruling, const char *name);

/* Made empty where it is absent. */
json_t *client_rules_array(const struct client_ruling *ruling, const char *name);

/* Where it is absent. */
void client_rules_preset(struct client_ruling *ruling, const char *name, const char *text);

#endif
