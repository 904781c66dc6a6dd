/* SPDX-License-Identifier: Apache-2.0
 *
 * The identities of a home: HOME/identities/NAME/ with key.pem, credential.txt, metadata.json,
 * all 0600.  An identity is written once and whole, and never changed.
 */
#ifndef WALLET_IDENTITY_H
#define WALLET_IDENTITY_H

#include "sdjwt.h"

struct identity {
	const char *name;
	const char *folder;
	const char *credential_text;
	struct sdjwt credential;
	json_t *metadata; /* issuer, configuration, accepted_s */
};

/* Letters, digits, "-", "_" and "." (not first): 1 to 64. */
int identity_check_name(struct wallet *wallet, const char *name);

/* A new identity, before it is stored. */
struct identity_draft {
	const char *name; /* or NULL: after `base`, then base-2, base-3 … */
	const char *base; /* any text; what names do not have becomes "-" */
	const char *credential_text;
	EVP_PKEY *key;
	const json_t *metadata;
};

/* Refuses a name that is bad or taken, before anything is asked of an issuer for it. */
int identity_check_new(struct wallet *wallet, const char *name);

/* Store it under a name that nobody has, even when several wallets write to one home. */
int identity_save(struct wallet *wallet, const struct identity_draft *draft, const char **ret_name);

/* WALLET_NOT_FOUND when there is none of this name. */
int identity_load(struct wallet *wallet, const char *name, struct identity *ret_identity);

/* The private key; fails when it is under a PIN and the PIN was not given, or is wrong. */
int identity_key(struct wallet *wallet, const struct identity *identity, EVP_PKEY **ret_key);

/* All names, newest identity first: a JSON array; empty when there is no home yet. */
int identity_names(struct wallet *wallet, json_t **ret_names);

/* {name, vct, issuer, issued_s, expires_s, accepted_s, ...}: one line of a list. */
json_t *identity_summary(struct wallet *wallet, const struct identity *identity);

#endif
