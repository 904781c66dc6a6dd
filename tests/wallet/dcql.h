/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verifier asks for: DCQL (OpenID4VP 1.0 section 6), one credential of format dc+sd-jwt.
 */
#ifndef WALLET_DCQL_H
#define WALLET_DCQL_H

#include "chain.h"
#include "sdjwt.h"

struct dcql {
	const char *id;            /* of the one credential query */
	const json_t *vct_values;  /* array of strings */
	const json_t *claims;      /* array of claim queries, or NULL: none */
	const json_t *claim_sets;  /* array of arrays of ids, or NULL */
	const json_t *authorities; /* array, or NULL */
};

/* Refuses a query that is malformed, or that asks for more than one credential. */
int dcql_read(struct wallet *wallet, const json_t *query, struct dcql *ret_query);

/*
 * Does the credential answer the query?  Then is_shown (one per disclosure, all false before)
 * tells what to disclose, and ret_paths is the array of claim paths that are answered.
 */
bool dcql_matches(struct wallet *wallet, const struct dcql *query, const struct sdjwt *credential,
    bool *is_shown, json_t **ret_paths);

/* The paths of all claim queries, for showing what is asked. */
json_t *dcql_paths(struct wallet *wallet, const struct dcql *query);

#endif
