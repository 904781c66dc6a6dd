/* SPDX-License-Identifier: Apache-2.0
 *
 * Request objects: the parameters of a request as the claims of a JWT that the client signed (RFC
 * 9101, OpenID Connect Core section 6, FAPI 2.0 Message Signing section 5.3).
 */
#ifndef OIDC_RULES_REQUEST_OBJECT_H
#define OIDC_RULES_REQUEST_OBJECT_H

#include "jose/alg.h"
#include "oidc/rules/parameters.h"
#include "records/client.h"

struct task;

/* Its claims as parameters; those of the JWT itself (iss, aud, exp, …) are not among them.  What
 * must hold: the algorithm the client is registered with, a key of its own, iss and client_id are
 * the client, aud holds the issuer, times; no request in the request.  Fails REQUEST_NOT_SUPPORTED
 * (unsigned, or a client without keys), INVALID_REQUEST_OBJECT. */
int request_object_open(struct task *task, const struct client *client, const char *object,
    struct parameters *ret_parameters);

/* What the endpoints ask of it beyond what all do. */
struct request_object_terms {
	enum alg alg;         /* registered for it; ALG_NONE: any of algs */
	const enum alg *algs; /* ends with ALG_NONE */
	bool needs_exp;
	bool needs_iat, needs_nbf;
	int64_t max_nbf_age_s; /* 0: any */
};
/* For every endpoint: signed by a key of the client's, from the client to us, by these terms; no
 * client assertion; no request in the request.  The claims live as long as the task.  Fails
 * INVALID_REQUEST_OBJECT. */
int request_object_read(struct task *task, const struct client *client, const char *object,
    const struct request_object_terms *terms, const json_t **ret_claims);
void request_object_parameters(
    struct task *task, const json_t *claims, struct parameters *ret_parameters);

#endif
