/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client registers of the JWTs that it sends and gets beside its tokens: request objects
 * (RFC 9101), signed
 * answers (JARM), signed userinfo, and what is encrypted.  For the files of this room.
 */
#ifndef RECORDS_CLIENT_JWT_H
#define RECORDS_CLIENT_JWT_H

#include "core/json.h"
#include "records/client.h"

struct task;

/* A rule of client_rules.c: metadata holds the members given, each right by itself; the defaults
 * are filled in.  Fails INVALID_CLIENT_METADATA. */
int client_jwt_check(struct task *task, json_t *metadata, enum client_profile profile);

/* The members of client that follow from the checked metadata. */
void client_jwt_fill(struct client *client, const json_t *metadata);

#endif
