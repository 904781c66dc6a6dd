/* SPDX-License-Identifier: Apache-2.0
 *
 * Who got which attributes of a person, when and why: one row for each release, in SQL, for the
 * person's own eyes (/account).  Names of claims, never their values.  Written by the gate
 * (consent/release.h) before the answer goes out.
 */
#ifndef RECORDS_LEDGER_H
#define RECORDS_LEDGER_H

#include "core/names.h"
#include "core/str.h"
#include "records/span.h"

struct sql_tx;
struct task;

struct ledger_row {
	const char *person_id;
	const char *client_id;                    /* NULL: the person's own wallet (a credential) */
	const char *purpose_id, *purpose_version; /* or NULL */
	const char *consent_id;                   /* or NULL where basis is another */
	const char
	    *basis; /* "consent" "legal_duty" "public_task"; "own": a credential for themselves */
	const char *channel; /* id_token userinfo service credential consent_api introspection */
	const char *const *claims; /* names */
	const char *request_id;    /* NULL: the task's */
};

/* Inside a writing step, durable with it. */
int ledger_add(struct sql_tx *tx, const struct ledger_row *row);
/* Alone. */
int ledger_write(struct task *task, const struct ledger_row *row);

/* The person's rows as objects {id, at, client_id, purpose_id, purpose_version, consent_id, basis,
 * channel, claims, request_id}, newest first, at most 400.  New reference. */
struct ledger_page {
	struct span span;
	const char *receiver;    /* a client's id, or LEDGER_WALLET; NULL: any */
	int64_t from_s, until_s; /* at from_s or later, and before until_s; 0: any */
};
#define LEDGER_WALLET "" /* the person's own wallet */
int ledger_list(
    struct task *task, const char *person_id, const struct ledger_page *page, json_t **ret_rows);

/* The names in the longest of the person's rows, in bytes. */
int ledger_longest(struct task *task, const char *person_id, int64_t *ret_bytes);

/* One row of the person's; *ret_row is NULL where they have none of that id.  New reference. */
int ledger_find(struct task *task, const char *person_id, const char *id, json_t **ret_row);

/* Who ever got anything of the person's: ids of clients and LEDGER_WALLET, at most 200. */
int ledger_receivers(struct task *task, const char *person_id, const char *const **ret_receivers);

#endif
