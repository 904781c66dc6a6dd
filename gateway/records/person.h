/* SPDX-License-Identifier: Apache-2.0
 *
 * People as the gateway knows them: an id that never changes and is never reassigned, tied to the
 * key of the register.  What is known of them stays in the sources.
 */
#ifndef RECORDS_PERSON_H
#define RECORDS_PERSON_H

#include "core/str.h"

struct sql_tx;
struct task;

struct person {
	const char *id;           /* 128 random bits, base64url */
	const char *register_key; /* e.g. a personal number: never in a token, a log, a URL */
	int64_t since_s;
};
/* By the key of the register; made at first sight.  Who may be seen at all is the source's answer.
 */
int person_of(struct task *task, const char *register_key, struct person *ret_person);
int person_find(struct task *task, const char *id, struct person *ret_person); /* NOT_FOUND */
/* *ret_id NULL: never seen here. */
int person_by_key(struct task *task, const char *register_key, const char **ret_id);

/* The subject of a person at a sector: base64url(HMAC-SHA-256(pairwise key, sector NUL person id)),
 * so that no dictionary of register keys finds it (OpenID Connect Core section 8.1). */
const char *person_subject(struct task *task, const char *person_id, const char *sector);

/* At a service, which is a sector of its own: no host has a colon in it, so that no client gets its
 * subjects by an address. */
const char *person_service_subject(
    struct task *task, const char *person_id, const char *service_id);

/* Whose subject it is, at whatever sector; *ret_person_id is NULL where none was kept.  Kept are
 * those that clients may come back with as hints (OpenID CIBA Core 1.0 section 7.1); inside a
 * writing step, again is no failure. */
int person_by_subject(struct task *task, const char *subject, const char **ret_person_id);
int person_subject_keep(struct sql_tx *tx, const char *subject, const char *person_id);

/* The subject at a service, kept for the news that it will tell of them (records/news.h). */
int person_service_subject_keep(
    struct task *task, const char *person_id, const char *service_id, const char **ret_subject);

/* What a grant hangs on that belongs to no session of a browser (a device's, CIBA's): an id to be
 * revoked, made at first sight.  The end of it is part of signing out everywhere
 * (records/signout.h), inside its step: *ret_id is NULL where there was none. */
int person_everywhere(struct task *task, const char *person_id, const char **ret_id);
int person_everywhere_end(struct sql_tx *tx, const char *person_id, const char **ret_id);

#endif
