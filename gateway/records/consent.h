/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person allowed a client, for which purpose, until when.  In SQL: it must last.
 */
#ifndef RECORDS_CONSENT_H
#define RECORDS_CONSENT_H

#include "core/names.h"
#include "core/str.h"
#include "records/span.h"

struct sql_tx;
struct task;

/* active ⇄ paused; the others never leave.  Suspended is none of the record's: whoever knows the
 * purpose says so (consent/state.h). */
enum consent_state {
	CONSENT_IS_ACTIVE = 1,
	CONSENT_IS_PAUSED,
	CONSENT_IS_CONSUMED,     /* it was for once, and that was */
	CONSENT_IS_EXPIRED,      /* its time is over */
	CONSENT_IS_REVOKED,      /* withdrawn by the person, or in their name */
	CONSENT_IS_RELINQUISHED, /* given up by the client */
	CONSENT_IS_SUPERSEDED,   /* another was given in its place */
	CONSENT_IS_SUSPENDED,    /* its purpose is not in force now */
	CONSENT_STATE_END_
};

struct consent {
	const char *id;
	const char *person_id, *client_id, *purpose_id, *purpose_version;
	const char *const *asked, *const *allowed; /* claim names */
	const char *const *resources;              /* ids of services allowed */
	bool is_offline;          /* the client may go on after the session (offline_access) */
	int64_t given_s, until_s; /* until_s is never infinite */
	bool is_once;             /* for one release */
	int64_t data_life_s;      /* how long the client may keep what it gets; 0: was not said */
	int64_t paused_s;         /* since when; 0: not */
	int64_t ended_s;          /* 0: not */
	const char *end_reason;   /* "superseded" "relinquished" "consumed" "expired"; NULL: not */
	int64_t withdrawn_s;      /* 0: not */
	const char *notice_hash;  /* SHA-256 of the notice that was shown */
	const char *notice;       /* to be given: the notice itself, which is kept under its hash;
				     NULL: it is not.  Of one that was found always NULL:
				     consent_notice() */
	const char *language;
	const char *request_id; /* of the consent API (records/consent_request.h), or NULL */
	struct consent_seals {
		const char *artefact; /* itself, signed (consent/artefact.h); NULL: was not made */
		const char *receipt;  /* likewise, for the person and the client */
	} seals; /* to be given; of one that was found not there: consent_seals() */
};
enum consent_state consent_state(const struct consent *consent, int64_t now_s);
const char *consent_state_name(enum consent_state state); /* "active", … */
bool consent_state_is_name(const char *name);

/* The live one (neither ended nor withdrawn) of person, client, purpose; *ret is NULL where there
 * is none. */
int consent_find(struct task *task, const char *person_id, const char *client_id,
    const char *purpose_id, const struct consent **ret_consent);
int consent_by_id(struct task *task, const char *id,
    const struct consent **ret_consent); /* live or not; NULL: none */

/* The person's live ones that let their client call the service, in no order, NULL-ended: neither
 * paused nor for once. */
int consent_of_service(struct task *task, const char *person_id, const char *service_id,
    const struct consent *const **ret_consents);

/* The notice that was shown, whose SHA-256 (base64url) the hash is; NULL: not kept. */
int consent_notice(struct task *task, const char *notice_hash, const char **ret_notice);

int consent_seals(struct task *task, const char *id, struct consent_seals *ret_seals);

/* The consent on which what own allowed rests now: own itself, or, where another was given in its
 * place (same person, client, purpose and version), that one.  Fails CONSENT_PAUSED, and
 * CONSENT_REQUIRED: own was withdrawn, given up, used up, its time is over, or none stands any
 * more. */
int consent_standing(
    struct task *task, const struct consent *own, const struct consent **ret_standing);

/* For whoever must name a consent before it is stored. */
const char *consent_new_id(struct task *task);

/* Stores it (makes id and given_s where they are not there), ends the one it follows, writes the
 * audit row, in one transaction. */
int consent_give(struct task *task, struct consent *consent);

/* Several, NULL-ended and with their ids, all or none. */
int consent_give_all(struct task *task, struct consent **consents);

/* The same as part of a writing step. */
int consent_give_step(struct sql_tx *tx, const struct consent *consent);

/* Inside a writing step: the consent still stands, so that what is written with it is true; one for
 * once is used up by it.  Fails CONSENT_REQUIRED, CONSENT_PAUSED. */
int consent_use(struct sql_tx *tx, const char *id);

/* What becomes of it, by whom (actor: "person", "guardian:ID", "operator:NAME", "client:ID"):
 * durable before they return, with an audit row.  Where it is so already: 0.  Fail NOT_FOUND,
 * CONSENT_NOT_ACTIVE (it has ended).  Whose it is the caller has looked at.
 *
 * Paused, its tokens get nothing until it is resumed.  Withdrawn or relinquished, every access
 * token under it, or under one in whose place it was given, is dead as by grant_revoke(). */
int consent_pause(struct task *task, const char *id, const char *actor);
int consent_resume(struct task *task, const char *id, const char *actor);
int consent_relinquish(struct task *task, const char *id, const char *actor);
/* One that has ended otherwise stays what it is, and its tokens die all the same. */
int consent_withdraw(struct task *task, const char *id, const char *actor);

/* A client's, in the order in which they were given (given_s, id), those after the one named (""
 * and 0: from the first), at most limit (1 to 400), of a purpose or of any (NULL): a NULL-ended
 * array. */
struct consent_page {
	const char *client_id, *purpose_id;
	const char *after_id;
	int64_t after_s;
	int limit;
};
int consent_of_client(
    struct task *task, const struct consent_page *page, const struct consent *const **ret_consents);

/* A person's, newest first, at most 400: {id, client_id, purpose_id, purpose_version, state, asked,
 * allowed, resources, offline, once, data_life, given, until, paused, ended, end_reason, withdrawn,
 * notice_hash, language, [receipt]}; paused, ended, end_reason, withdrawn and data_life are absent
 * where they are not.  New reference. */
struct consent_listing {
	struct span span;
	bool is_standing;  /* active or paused alone */
	bool has_receipts; /* with what was signed, where it was */
};
int consent_list(struct task *task, const char *person_id, const struct consent_listing *listing,
    json_t **ret_consents);
/* The names and the receipt of the longest of the person's, in bytes. */
int consent_longest(struct task *task, const char *person_id, int64_t *ret_bytes);
json_t *consent_json(const struct consent *consent); /* one of those; new reference */

#endif
