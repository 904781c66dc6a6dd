/* SPDX-License-Identifier: Apache-2.0
 *
 * Request objects.  At /authorize and /par; ciba_request.c has its own terms for them.
 */
#include "oidc/rules/request_object.h"

#include "access/client_jwks.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/verify.h"

#include <string.h>

#define LIFE_MAX_S 3600
#define TYPED      "oauth-authz-req+jwt" /* RFC 9101 section 10.8 */

static bool is_unsigned(const char *object);
static int verify(struct task *task, const struct client *client, const struct jws *jws,
    const struct request_object_terms *terms);
static int claims_check(struct task *task, const struct client *client, const json_t *claims);

/* The client's registration decides, never the header (RFC 8725 section 3.1).  fapi2 clients prove
 * with it what they asked for, so its times must be there; others may leave them out. */
int
request_object_open(struct task *task, const struct client *client, const char *object,
    struct parameters *ret_parameters)
{
	static const enum alg safe[] = {ALG_ES256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	static const enum alg usual[] = {ALG_ES256, ALG_PS256, ALG_EDDSA, ALG_RS256, ALG_NONE};
	const bool is_fapi = client->profile == CLIENT_FAPI2;
	const struct request_object_terms terms = {
	    .alg = client->request_alg,
	    .algs = is_fapi ? safe : usual,
	    .needs_exp = is_fapi || client->requires_signed_request,
	    .max_nbf_age_s = is_fapi ? LIFE_MAX_S : 0,
	};
	const json_t *claims = NULL;
	int r;

	if (client->jwks.n_keys == 0 && client->jwks_uri == NULL)
		return fail(task, REQUEST_NOT_SUPPORTED, "the client has no keys for request");
	if (is_unsigned(object))
		return fail(task, REQUEST_NOT_SUPPORTED, "request is not signed");
	r = request_object_read(task, client, object, &terms, &claims);
	if (r < 0)
		return r;
	if (!str_equal(json_get_text(claims, "client_id"), client->id))
		return fail(task, INVALID_REQUEST_OBJECT, "client_id of request is another");
	request_object_parameters(task, claims, ret_parameters);
	return 0;
}

static bool
is_unsigned(const char *object)
{
	return str_ends(object, ".");
}

int
request_object_read(struct task *task, const struct client *client, const char *object,
    const struct request_object_terms *terms, const json_t **ret_claims)
{
	auto_jws jws = {0};
	int r;

	r = jws_parse(task, object, &jws);
	if (r == 0)
		r = verify(task, client, &jws, terms);
	if (r < 0)
		return fault_as(task, INVALID_REQUEST_OBJECT);
	r = claims_check(task, client, jws.claims);
	if (r < 0)
		return r;
	*ret_claims = json_keep(task, json_incref(jws.claims));
	return 0;
}

static int
verify(struct task *task, const struct client *client, const struct jws *jws,
    const struct request_object_terms *terms)
{
	const enum alg registered[] = {terms->alg, ALG_NONE};
	const char *typ = json_get_text(jws->header, "typ");
	struct jws_expect expect = {
	    .algs = terms->alg == ALG_NONE ? terms->algs : registered,
	    .typ = typ != NULL && str_ends(typ, TYPED) ? TYPED : NULL,
	    .issuer = client->id,
	    .audience = task->rooms->settings->gateway_issuer,
	    .needs_exp = terms->needs_exp,
	    .needs_iat = terms->needs_iat,
	    .needs_nbf = terms->needs_nbf,
	    .max_life_s = LIFE_MAX_S,
	    .max_nbf_age_s = terms->max_nbf_age_s,
	};
	int r;

	r = client_jwks_find(task, client, json_get_text(jws->header, "kid"), &expect.keys);
	if (r < 0)
		return r;
	return jws_verify(task, jws, &expect);
}

/* sub is how a client assertion says whose it is (RFC 9101 section 10.8): neither serves as the
 * other. */
static int
claims_check(struct task *task, const struct client *client, const json_t *claims)
{
	if (json_object_get(claims, "request") != NULL ||
	    json_object_get(claims, "request_uri") != NULL)
		return fail(task, INVALID_REQUEST_OBJECT, "request holds another request");
	if (str_equal(json_get_text(claims, "sub"), client->id))
		return fail(task, INVALID_REQUEST_OBJECT, "request is a client assertion");
	return 0;
}

void
request_object_parameters(
    struct task *task, const json_t *claims, struct parameters *ret_parameters)
{
	static const char *const jwt[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};
	json_t *alone = json_keep(task, json_copy((json_t *)(uintptr_t)claims));

	for (size_t i = 0; i < sizeof(jwt) / sizeof(jwt[0]); i++)
		json_object_del(alone, jwt[i]);
	parameters_of_json(task, alone, ret_parameters);
	ret_parameters->is_signed = true;
}
