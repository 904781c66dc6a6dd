/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents of policy on which two operators agree: purposes of clients and attributes, in numbered
 * versions that are never changed nor deleted.
 *
 *	proposed ── approve (another operator) ──► approved ◄─ approve (another) ─ suspended
 *	    └────────── superseded by a later one ◄───┴──────────── suspend ───────────►┘
 *
 * One version of a document is in force or suspended, at most; a later one that is approved takes
 * its place.  What the documents mean is purpose_document.h's and attribute.h's.
 */
#ifndef RECORDS_POLICY_H
#define RECORDS_POLICY_H

#include "core/json.h"

struct sql_tx;
struct task;

/* Of which document. */
struct policy {
	const char *kind;  /* "purpose", "attribute" */
	const char *owner; /* client id; "" for an attribute */
	const char *id;
};

struct policy_version {
	struct policy policy;
	int number; /* 1, 2, 3, … of the document */
	const char *state;
	const json_t *document;
	const char *proposer, *approver, *suspender; /* operators; NULL: not yet */
	int64_t proposed_s, approved_s;
	int64_t until_s; /* of its certificate; 0: none */
	const char *certificate;
};

/* A new version that waits for approval; those that waited before it are superseded.  The document
 * that is in force, or that waits, is not proposed again: *ret_version is that one.  In force for
 * less than 90 days more, it is: a renewal. */
struct policy_proposal {
	struct policy policy;
	const json_t *document;
	const char *operator_name;
};
int policy_propose(struct task *task, const struct policy_proposal *proposal,
    const struct policy_version **ret_version);

/* In force.  operator_name is neither who proposed nor who suspended it: CONFLICT.  NOT_FOUND,
 * CONFLICT (it is not one that can be approved). */
struct policy_approval {
	struct policy policy;
	int number;
	const char *operator_name;
	int64_t at_s, until_s;   /* 0: no end */
	const char *certificate; /* or NULL */
};
int policy_approve(struct task *task, const struct policy_approval *approval);

/* One operator is enough to stop, two are needed to go on (policy_approve() of the same number).
 * NOT_FOUND: none is in force. */
int policy_suspend(struct task *task, const struct policy *policy, const char *operator_name);

/* number 0: the newest that waits, or else the one in force.  NOT_FOUND. */
int policy_find(struct task *task, const struct policy *policy, int number,
    const struct policy_version **ret_version);

/* In force or suspended; *ret_version is NULL where there is none. */
int policy_standing(
    struct task *task, const struct policy *policy, const struct policy_version **ret_version);

/* Every version of a kind, of one owner or of all (NULL), newest last, at most 1000: {owner, id,
 * number, state, proposed_by, proposed, approved_by, approved, until}.  New reference. */
int policy_list(struct task *task, const char *kind, const char *owner, json_t **ret_versions);

/* Those that stand (in force or suspended) of an owner or of all (NULL), at most 1000, as part of a
 * reading: the columns of
 * policy_version_of(), which parses and is called outside of it. */
struct sql_rows;
int policy_standing_rows(
    struct task *task, const char *kind, const char *owner, struct sql_rows *ret_rows);
int policy_version_of(
    struct task *task, const struct sql_rows *rows, size_t i, struct policy_version *ret_version);

/* Inside the step that removes a client: another of its id must not find them. */
int policy_end_owner(struct sql_tx *tx, const char *owner);

#endif
