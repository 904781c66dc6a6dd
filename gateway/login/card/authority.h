/* SPDX-License-Identifier: Apache-2.0
 *
 * Who issues cards that are taken here, and on what terms: one JSON file each
 * (conf/schema/card-authority.json).
 */
#ifndef LOGIN_CARD_AUTHORITY_H
#define LOGIN_CARD_AUTHORITY_H

#include "core/json.h"
#include "core/str.h"

struct task;
struct trust;

enum authority_way { AUTHORITY_OCSP = 1, AUTHORITY_CRL };

struct authority {
	const char *id;                 /* name of its file */
	struct trust *trust;            /* the certificates that issue the cards themselves */
	bool asks_nobody;               /* "revocation": "none" */
	enum authority_way ways[2];     /* in this order; ends with 0 */
	const char *ocsp_url, *crl_url; /* NULL: what the card's certificate names */
	struct trust *responders;       /* NULL: the authority, or whom it named itself */
	bool has_nonce;
	int64_t ocsp_age_s, crl_refresh_s, crl_stale_s;
	const char **allowed, **refused; /* policies, NULL-ended; NULL: any, none */
	const char *attribute;           /* of the subject */
	const char *prefix; /* that its value must have, and which is left out; or NULL */
	bool is_hashed;     /* the key has SHA-256 of it, in hex */
	const char *key;    /* of the register: text with {value} */
	const char *acr;
};
struct authorities {
	struct authority *at;
	size_t n;
	json_t *json; /* what the texts belong to */
};

/* Blocks.  Fails MISCONFIGURED naming the file. */
int authorities_read(struct task *task, const char *folder, struct authorities *ret_authorities);
void authorities_free(struct authorities *authorities);

const struct authority *authority_named(const struct authorities *authorities, const char *id);
/* The one that issued the certificate itself, or NULL. */
const struct authority *authority_of(const struct authorities *authorities, struct bytes card_der);

#endif
