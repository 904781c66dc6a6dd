/* SPDX-License-Identifier: Apache-2.0
 *
 * How a card stands with its authority: by OCSP, by revocation list, by none of them, as the
 * authority's file says.  Inside of login/card only.
 */
#ifndef LOGIN_CARD_REVOCATION_H
#define LOGIN_CARD_REVOCATION_H

#include "login/card/authority.h"
#include "x509/standing.h"

struct task;

/* Lists that were fetched: of one loop. */
struct revocation_lists;
struct revocation_lists *revocation_lists_new(void);
void revocation_lists_free(struct revocation_lists *lists);

struct revocation_asked {
	const struct authority *authority;
	const char *anchor_id; /* of it: which of its certificates issued the card */
	struct certificate_name name;
	const char *ocsp_url, *crl_url; /* NULL: there is none */
};
struct revocation_found {
	enum standing standing;
	const char *by; /* "ocsp", "crl", "stale crl", "none": for the audit */
};
/* The first way of the authority's that answers.  Fails INVALID_CARD where a card has no way that
 * its authority asks for, or the answer to OCSP is not worth anything; CARD_UNCHECKED where nobody
 * answers, and no list that may still speak is there. */
int revocation_find(struct task *task, struct revocation_lists *lists,
    const struct revocation_asked *asked, struct revocation_found *ret_found);

#endif
