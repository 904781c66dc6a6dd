/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of credentials that are issued, each a JSON file in the folder of settings
 * issue.types_folder (conf/schema/credential.json); without that folder one that is built in: the
 * identity that a wallet login asks for.  None where nothing is issued.  Read at start and at a
 * reload, then never changed.
 */
#ifndef RECORDS_CREDENTIAL_TYPE_H
#define RECORDS_CREDENTIAL_TYPE_H

#include "core/json.h"
#include "core/str.h"

struct grant;
struct task;

/* authorization_details of the type openid_credential (OpenID4VCI 1.0 section 5.1.1). */
#define CREDENTIAL_DETAILS_TYPE "openid_credential"

/* In a consent's resources, before the id of what the client may fetch for the person's wallet. */
#define CREDENTIAL_RESOURCE "credential:"

#define CREDENTIAL_TYPES_MAX      32
#define CREDENTIAL_TYPE_BATCH_MAX 32
#define CREDENTIAL_TYPE_CLAIMS    64

/* From: the person's key itself, which is no attribute and stands in no source. */
#define CREDENTIAL_FROM_KEY "register_key"

struct credential_claim {
	const char *name;    /* in the credential */
	const char *from;    /* where it comes from: a claim of sources/source.h, or the key */
	const json_t *label; /* {lang: text}; NULL: as the pages call the claim */
	bool is_mandatory;   /* without it there is no credential */
};

struct credential_type {
	const char *id; /* credential_configuration_id, and its scope */
	const char *vct;
	const json_t *name;              /* {lang: text} */
	const json_t *description;       /* the same, or NULL */
	const char *background, *colour; /* of the card, #rrggbb; or NULL */
	const char *acr;                 /* level that who fetches it must have; NULL: any */
	const char *expires_from; /* a claim with a day, YYYY-MM-DD, that it does not outlive;
				     NULL: none */
	int64_t life_s;
	int batch; /* how many of one request are made at most */
	const struct credential_claim *claims;
	size_t n_claims;
};

/* Of one generation of rooms.  Blocks on files.  Fails MISCONFIGURED naming file and member. */
struct credential_types;
int credential_types_open(struct task *task, struct credential_types **ret_types);
void credential_types_close(struct credential_types *types);

/* Of the task's gateway.  NULL: none has that id; past the last. */
const struct credential_type *credential_type_find(const struct task *task, const char *id);
const struct credential_type *credential_type_at(const struct task *task, size_t i);

/* Whether a scope holds the id of one; whether a grant is one to fetch credentials with, by its
 * scope or its authorization_details. */
bool credential_type_is_asked(const struct task *task, const char *scope);
bool credential_type_is_granted(const struct task *task, const struct grant *grant);

/* What is offered where nobody says what: the type that a login asks for, else the first. */
const struct credential_type *credential_type_usual(const struct task *task);

#endif
