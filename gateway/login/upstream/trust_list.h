/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of issuers of other countries, made and signed by somebody whom we trust: a JWS of the type
 * trust-list+jwt with the claims iss, iat, exp and
 *
 *   issuers: [{id, issuer, country, title{lang}, jwks, id_token_signed_response_alg,
 *              acr{theirs: level}, claims[names], valid_until}]
 *
 * A file of settings upstream.folder with the member trust_list{issuer, keys_file, and url or file}
 * says what we are to all of them as a client, and how high a level they may reach (acr_highest);
 * each entry becomes an upstream of the name FILE-ID, with the list's keys and no others.
 *
 * One at a URL is read each hour by the first loop of each process (trust_list_tend()), kept in
 * SQL, and taken from there.  What is not rightly signed, or older than the one before, changes
 * nothing; one that has ended is worth nothing.  OpenID Federation 1.0 may come to stand beside it.
 */
#ifndef LOGIN_UPSTREAM_TRUST_LIST_H
#define LOGIN_UPSTREAM_TRUST_LIST_H

#include "login/upstream/provider.h"

struct trust_list {
	struct trust_list *next;
	char *path, *name;  /* of the file */
	json_t *json;       /* the file, whose texts the next ones are */
	const char *url;    /* NULL: in a file */
	const char *issuer; /* who makes the list */
	const char *acr_highest;
	char *file;       /* absolute; NULL: at url */
	struct jwks keys; /* of who makes it */
	char *jws;        /* what was looked at; NULL: nothing was there */
	int64_t until_s;  /* when the list or the next of its entries ends; 0: it gives nothing */
	int64_t tried_s;  /* when it was last asked for at its url */
	char why[240];    /* why it gives nothing; "" where it does */
};
/* Reads a file with the member trust_list.  Fails MISCONFIGURED. */
int trust_list_open(
    struct task *task, const struct upstream_source *source, struct trust_list **ret_list);
void trust_list_free(struct trust_list *lists); /* all from this one on */

/* Adds the entries that hold now.  A list that is not there, broken or over gives none, which is no
 * failure.  Fails STORE_AWAY. */
int trust_list_add(struct task *task, struct trust_list *list, struct upstreams *upstreams);
bool trust_list_is_stale(struct task *task, const struct trust_list *list);
int trust_list_tend(struct task *task, struct trust_list *list);

/* A list verified: its claims, kept by the task.  Fails INVALID_TOKEN. */
int trust_list_verify(struct task *task, const struct trust_list *list, const char *compact,
    const json_t **ret_claims);

#endif
