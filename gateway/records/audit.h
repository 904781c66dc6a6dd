/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit trail: a hash chain in SQL.  Each row's hash covers the one before it; `dvara audit
 * verify` names the first broken row.  Never a token, a code, a claim's value, or a register key.
 */
#ifndef RECORDS_AUDIT_H
#define RECORDS_AUDIT_H

#include "core/json.h"
#include "core/str.h"
#include "records/span.h"

struct sql_tx;
struct task;

struct audit_event {
	const char
	    *event; /* "login", "code", "token", "release", "consent.given", "client.applied", … */
	const char *actor;                 /* "person", "client:ID", "operator:NAME", "gateway" */
	const char *person_id, *client_id; /* or NULL */
	const json_t *detail;              /* object or NULL, at most 3000 bytes; borrowed */
};

/* Inside a writing step, durable with it. */
int audit_add(struct sql_tx *tx, const struct audit_event *event);
/* Alone. */
int audit_write(struct task *task, const struct audit_event *event);

struct audit_check {
	int64_t n_rows;
	int64_t first_broken; /* its number; 0: all whole */
	const char *why;
	const char *head; /* hash of the last row */
};
int audit_verify(struct task *task, struct audit_check *ret_check);

/* Newest first, at most 400; a row's name is its number. */
int audit_list(struct task *task, const struct span *span, json_t **ret_events);

/* The same of what operators and guardians did and looked at of one person: rows whose actor begins
 * "operator:" or "guardian:". */
int audit_list_looks(
    struct task *task, const char *person_id, const struct span *span, json_t **ret_events);

#endif
