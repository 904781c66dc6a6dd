/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person allowed a client, for which purpose, until when.  In SQL: it must last.
 */
#ifndef RECORDS_CONSENT_H
#define RECORDS_CONSENT_H

#include "core/names.h"
#include "core/str.h"

struct sql_tx;
struct task;

struct consent {
	const char *id;
	const char *person_id, *client_id, *purpose_id, *purpose_version;
	const char *const *asked, *const *allowed; /* claim names */
	const char *const *resources;              /* ids of services allowed */
	bool is_offline;          /* the client may go on after the session (offline_access) */
	int64_t given_s, until_s; /* until_s is never infinite */
	int64_t ended_s;          /* another was given in its place; 0: not */
	int64_t withdrawn_s;      /* 0: not */
	const char *notice_hash;  /* SHA-256 of the page that was shown */
	const char *language;
};
/* The live one (neither ended nor withdrawn) of person, client, purpose; *ret is NULL where there
 * is none. */
int consent_find(struct task *task, const char *person_id, const char *client_id,
    const char *purpose_id, const struct consent **ret_consent);
int consent_by_id(struct task *task, const char *id,
    const struct consent **ret_consent); /* live or not; NULL: none */

/* The consent on which what own allowed rests now: own itself, or, where another was given in its
 * place (same person, client, purpose and version), that one.  Fails CONSENT_REQUIRED: own was
 * withdrawn, its time is over, or none stands any more. */
int consent_standing(
    struct task *task, const struct consent *own, const struct consent **ret_standing);

/* For whoever must name a consent before it is stored. */
const char *consent_new_id(struct task *task);

/* Stores it (makes id where it has none, and given_s), ends the one it follows, writes the audit
 * row, in one transaction. */
int consent_give(struct task *task, struct consent *consent);

/* Inside a writing step: the consent still stands, so that what is written with it is true.  Fails
 * CONSENT_REQUIRED. */
int consent_check(struct sql_tx *tx, const char *id);

/* Durable before it returns, with an audit row; every access token under it, or under one in whose
 * place it was given, is dead as by grant_revoke().  operator_name NULL: by the person.  Withdrawn
 * already: 0.  NOT_FOUND. */
int consent_withdraw(struct task *task, const char *id, const char *operator_name);

/* All there ever were, newest first, at most 400: {id, client_id, purpose_id, purpose_version,
 * asked, allowed, resources, offline, given, until, ended, withdrawn, notice_hash, language}; ended
 * and
 * withdrawn are absent where they are not.  New reference. */
int consent_list(struct task *task, const char *person_id, json_t **ret_consents);

#endif
