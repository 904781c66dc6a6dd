/* SPDX-License-Identifier: Apache-2.0
 *
 * Credentials that we issued, each with a place of its own in a status list (Token Status List):
 * in SQL.  What they say is not kept.
 *
 * A place is drawn at random from those never used, so that it tells nothing about order or number;
 * a list that is half full is followed by the next, so that drawing stays cheap.
 */
#ifndef RECORDS_CREDENTIAL_H
#define RECORDS_CREDENTIAL_H

#include "core/json.h"
#include "core/str.h"

struct task;

#define CREDENTIAL_LIST_SIZE (1 << 20) /* places in one list, one bit each: 128 KiB */

struct credential {
	const char *id; /* 128 random bits */
	const char *person_id;
	const char *configuration; /* credential configuration id */
	const char *device; /* the grant that fetches it: one wallet on one phone, renewals too */
	const char *client_id; /* of the wallet; NULL: it did not say who it is */
	int64_t list, place;   /* number of the status list (from 1), idx in it (from 0) */
	int64_t issued_s, expires_s;
	int64_t revoked_s; /* 0: not */
};

/* Stores n credentials (1 to 32: a batch) of one person in one transaction with one audit row, and
 * fills id, list, place and issued_s of each; the rest is given (device NULL: its own id).  Fails
 * CREDENTIAL_REQUEST_DENIED where the device was revoked meanwhile. */
int credential_add(struct task *task, struct credential *credentials, size_t n);

/* Durable, with an audit row, before it returns.  Revoked already: 0 and no row.  NOT_FOUND.
 * operator_name NULL: by the person; likewise below. */
int credential_revoke(struct task *task, const char *id, const char *operator_name);

/* All live ones of a person, in as many commits as they take; ret_n tells how many they were.  And
 * those of one device of theirs
 * (NOT_FOUND: the person has no such device; one that may fetch and has not is one).  The grants
 * that they were fetched with end as by grant_revoke(), so that nothing is renewed. */
int credential_revoke_person(
    struct task *task, const char *person_id, const char *operator_name, int *ret_n);
int credential_revoke_device(
    struct task *task, const char *person_id, const char *device, const char *operator_name);

/* The device that holds the credential at a place; NULL: none of ours. */
int credential_device(struct task *task, int64_t list, int64_t place, const char **ret_device);

/* What the list says of one place; a place never used reads as valid. */
int credential_is_revoked(struct task *task, int64_t list, int64_t place, bool *ret_is_revoked);

/* Array of {id, configuration, device, [client_id], list, place, issued, expires, [revoked]},
 * newest first, at most 1000;
 * new reference. */
int credential_list(struct task *task, const char *person_id, json_t **ret_credentials);

/* The live ones by phone and type: array of {device, [client_id], configuration, issued: the first
 * of them, expires: the first that does}, those phones first that fetched last; new reference. */
int credential_phones(struct task *task, const char *person_id, json_t **ret_phones);

/* How many of a list are revoked: it only grows, so that the same number is the same list. */
int credential_list_revoked(struct task *task, int64_t list, int64_t *ret_n);

/* The bits of a list, least significant first, CREDENTIAL_LIST_SIZE / 8 bytes, in the task's arena;
 * a place never used reads as valid.  NOT_FOUND: there is no such list. */
int credential_list_bits(struct task *task, int64_t list, struct bytes *ret_bits);

#endif
