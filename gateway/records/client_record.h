/* SPDX-License-Identifier: Apache-2.0
 *
 * A stored client as struct client, with all its memory: made once, held by the cache and by the
 * tasks that use it.  Of one thread.  For client.c.
 */
#ifndef RECORDS_CLIENT_RECORD_H
#define RECORDS_CLIENT_RECORD_H

#include "records/client.h"
#include "records/policy.h"

struct client_memory;

struct client_record {
	struct client client;
	unsigned n_holders;
	struct client_memory *memory;
	json_t *kept;               /* array */
	struct client_record *next; /* in its bucket of the cache */
};

struct client_stored {
	const char *metadata; /* as client_metadata_check() made it, with client_id */
	const char *secret;   /* or NULL */
	bool is_approved;
	const char *secret_before; /* or NULL */
	int64_t secret_before_until_s;
	const char *logo;                      /* or NULL */
	int64_t consent_life_s;                /* settings consent.life */
	bool registered_only;                  /* settings consent.registered_only */
	const struct policy_version *purposes; /* registered, in force or suspended */
	size_t n_purposes;
	const json_t *attributes; /* registered (attribute.h), or NULL */
};
/* Held once.  Fails BROKEN. */
int client_record_new(
    struct task *task, const struct client_stored *stored, struct client_record **ret_record);
void client_record_hold(struct client_record *record);
void client_record_drop(struct client_record *record);

/* Zeroed; lives as long as the record. */
void *client_record_alloc(struct client_record *record, size_t bytes);
const char *client_record_dup(struct client_record *record, const char *text);

/* Keeps what json's texts stand in as long as the record lives. */
void client_record_keep(struct client_record *record, const json_t *json);

/* Fills client.purposes: inline ones, or the built-in one where there are none, and the registered
 * ones, each in place of the inline one of its id (client_purpose.c). */
void client_purposes_read(
    struct task *task, struct client_record *record, const struct client_stored *stored);

#endif
