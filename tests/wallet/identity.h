/* SPDX-License-Identifier: Apache-2.0
 *
 * The identities of a home: the holder's own, a child's, a parent's with a mandate.  Each is a
 * folder HOME/identities/NAME with identity.json (label, relation) and its credentials (batch.h),
 * all under one PIN of its own or under none.  HOME/default names the one that is taken when
 * several would do.
 */
#ifndef WALLET_IDENTITY_H
#define WALLET_IDENTITY_H

#include "batch.h"

struct identity {
	const char *name;
	const char *folder;
	json_t *about;         /* label, relation */
	struct batch *batches; /* newest first, never empty */
	size_t n_batches;
};

/* What an issuer gave, before it is stored. */
struct identity_draft {
	const char *name;     /* or NULL: after `base`, then base-2, base-3 … */
	const char *base;     /* any text; what names do not have becomes "-" */
	const char *label;    /* for people; NULL: who the credential names */
	const char *relation; /* of identity_relations, or NULL: own */
	struct batch_draft batch;
};

/* own, child, parent, other; ends with NULL. */
extern const char *const identity_relations[];

/* Letters, digits, "-", "_" and "." (not first): 1 to 64. */
int identity_check_name(struct wallet *wallet, const char *name);

/* Before anything is asked of an issuer for it: a good name, and, where it is taken, the PIN of
 * the identity that it will belong to. */
int identity_check_draft(struct wallet *wallet, const char *name);

/* Store it: as a new identity, or with the one of this name.  There it takes the place of the
 * credential of the same issuer and configuration, which must be the same person's. */
int identity_save(struct wallet *wallet, const struct identity_draft *draft, const char **ret_name);

/* WALLET_NOT_FOUND when there is none of this name. */
int identity_load(struct wallet *wallet, const char *name, struct identity *ret_identity);

/* The private key of a copy; fails when it is under a PIN that was not given, or is wrong.  Wrong
 * PINs are counted; after the fifth in a row the identity stays shut. */
int identity_key(struct wallet *wallet, const struct identity *identity, const struct batch *batch,
    EVP_PKEY **ret_key);

/* All names, newest identity first: a JSON array; empty when there is no home yet. */
int identity_names(struct wallet *wallet, json_t **ret_names);

/* What is read under the lock, and used before it is left, no other wallet of this home changes. */
int identity_lock(struct wallet *wallet, int *ret_lock);
void identity_unlock(int lock);

/* *ret_name is NULL when there is none. */
int identity_default(struct wallet *wallet, const char **ret_name);
int identity_set_default(struct wallet *wallet, const char *name);

/* {name, label, relation, default, pin, locked, keys_left, keys_low, expires_s, credentials}: one
 * line of a list. */
int identity_summary(struct wallet *wallet, const struct identity *identity, json_t **ret_summary);

#endif
