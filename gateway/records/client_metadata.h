/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client may register: checks the metadata given and fills in what is absent (OpenID Connect
 * Dynamic Client Registration 1.0 section 2, RFC 7591 section 2, CONTRACT).  For client_apply().
 */
#ifndef RECORDS_CLIENT_METADATA_H
#define RECORDS_CLIENT_METADATA_H

#include "core/json.h"

struct task;

#define CLIENT_METADATA_MAX_BYTES (48u << 10)

/* A new object with the members that are known, each checked, every default written out, but
 * client_id and client_secret, which are the caller's; kept by the task.  Unknown members of the
 * standards are left out, unknown dvara_… refused.  Fails INVALID_CLIENT_METADATA,
 * INVALID_REDIRECT_URI. */
int client_metadata_check(struct task *task, const json_t *given, json_t **ret_metadata);

/* A member that was left out and was meant as one that is known (redirect_uri), as words for the
 * operator; NULL: none. */
const char *client_metadata_left_out(struct task *task, const json_t *given);

/* Whether a client of this (checked) metadata authenticates with a secret. */
bool client_metadata_needs_secret(const json_t *metadata);

/* dvara_purposes (client_purpose.c). */
/* client_events.c: dvara_events, by itself. */
int client_events_check(struct task *task, const json_t *events);

int client_purposes_check(struct task *task, const json_t *purposes);

/* Whether one of them rests on a law (basis), which only our own services say of themselves. */
bool client_purposes_name_law(const json_t *purposes);

/* A text for people: UTF-8 of 1 to max_bytes, all of it visible (core/str.h). */
bool client_text_is_plain(const json_t *text, size_t max_bytes);

/* {lang: text}, at least one. */
bool client_texts_are_plain(const json_t *texts, size_t max_bytes);

#endif
