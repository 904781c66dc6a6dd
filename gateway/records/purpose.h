/* SPDX-License-Identifier: Apache-2.0
 *
 * A purpose: what a client may ask of people, why, and within which limits.
 *
 * Two origins: *inline*, in dvara_purposes of the client's metadata (taken with `client apply`, its
 * basis is consent, its limits are the settings'), and *registered*: a document that two operators
 * agreed on, in force for twelve months at most.  client_find() gives both in one list.
 */
#ifndef RECORDS_PURPOSE_H
#define RECORDS_PURPOSE_H

#include "core/json.h"

struct task;

#define PURPOSE_VALID_MAX_S     (2 * 365 * 24 * 3600LL) /* no consent lasts longer */
#define PURPOSE_DATA_LIFE_S     (90 * 24 * 3600LL)      /* where nothing is said */
#define PURPOSE_CERTIFIED_MAX_S (365 * 24 * 3600LL)     /* of a registered one, from its approval */

enum basis {
	BASIS_CONSENT = 1, /* the person chooses */
	BASIS_LEGAL_DUTY,  /* a law asks it of the receiver: shown as a notice, nothing to tick */
	BASIS_PUBLIC_TASK, /* likewise, of an agency */
};
enum access_mode { ACCESS_ONCE = 1, ACCESS_UNTIL };

struct purpose_claim {
	const char *name;
	bool is_essential;
	bool is_special; /* of a special category (health, …): ticked by the person or not at all */
	const json_t *why; /* {lang: text} or NULL */
	const json_t
	    *label; /* {lang: text} of the catalogue; NULL: built in: purpose_claim_label() */
	const char *const *of; /* values that it is made from, where it is a predicate or match */
};

struct purpose {
	const char *id;
	const json_t *why; /* {lang: text}; NULL where built in: the pages say it */
	const struct purpose_claim *claims;
	size_t n_claims;
	const char *version; /* hash over what a person agrees to and the origins of the redirect
				addresses: consent is to this, no other */
	bool is_builtin;     /* "sign-in": the standard scopes' claims, all voluntary but sub */

	int number; /* N of id/vN; inline: 1 */
	bool is_registered;
	bool is_suspended; /* by an operator, or since it is not what its certificate says */
	int64_t since_s;   /* of the approval, and the end of its time; inline: 0 */
	int64_t until_s;
	const char *certificate; /* JWS, typ rc-rp+jwt; NULL: inline */

	enum basis basis;
	const json_t *law;     /* {lang: text}, where basis is not consent; else NULL */
	enum access_mode mode; /* the most that may be asked */
	int64_t valid_s;       /* the longest that a consent may last */
	int64_t data_life_s;   /* the longest that the receiver may keep what it got */
	struct {
		int64_t n, per_s; /* releases under one consent; n 0: any number */
	} frequency;
	const char *dpia;    /* reference of the impact assessment, or NULL */
	const char *country; /* of the receiver, ISO 3166-1 alpha-2, or NULL */
};

/* Neither suspended nor over its time: may be asked, and what was consented to may be released. */
bool purpose_stands(const struct purpose *purpose, int64_t now_s);

/* NULL: the purpose has none of that name. */
const struct purpose_claim *purpose_claim(const struct purpose *purpose, const char *name);

/* How a claim is called, in the task's language. */
const char *purpose_claim_label(struct task *task, const struct purpose_claim *claim);

/* Where anybody may read its certificate: ISSUER/purposes/CLIENT/ID. */
const char *purpose_url(struct task *task, const char *client_id, const char *purpose_id);

/* A new reference: {id, version: "id/vN", why, basis, law, attributes[{name, essential, special,
 * why, label}], mode, valid_for, data_life, frequency, dpia, country, registered, until,
 * certificate}, as clients see it; members that there are none of are absent. */
json_t *purpose_json(struct task *task, const struct purpose *purpose);

/* {releases, per}, a new reference; NULL: any number. */
json_t *purpose_frequency_json(struct task *task, const struct purpose *purpose);

const char *purpose_basis_name(enum basis basis);     /* "consent", "legal_duty", "public_task" */
const char *purpose_mode_name(enum access_mode mode); /* "once", "until" */
enum basis purpose_basis_of(const char *name);        /* 0: none has that name; NULL is legal */
enum access_mode purpose_mode_of(const char *name);

#endif
