/* SPDX-License-Identifier: Apache-2.0
 *
 * private_key_jwt.  Called by client_auth.c.
 *
 * Whose the assertion is, is read first; everything that then decides (keys, algorithm, audience)
 * is the client's registration, never the assertion's word.
 */
#include "access/client_assertion.h"

#include "access/client_jwks.h"
#include "access/endpoint.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/verify.h"
#include "records/client.h"
#include "records/replay.h"
#include "store/redis.h"

#include <string.h>

#define LIFE_MAX_S    600
#define JTI_MAX_BYTES 255
#define TYPED         "client-authentication+jwt" /* draft-ietf-oauth-rfc7523bis */

static int client_of(struct task *task, const struct jws *jws, const char *client_id,
    const struct client **ret_client);
static int verify(struct task *task, const struct jws *jws, const struct client *client);
static bool is_expected(const enum alg *algs, const char *name);
static int audience_check(struct task *task, const json_t *aud, const struct client *client);
static bool is_us(const struct task *task, const char *aud);
static int epoch_check(struct task *task, int64_t iat_s);
static int claim_once(struct task *task, const json_t *claims, const struct client *client);

int
client_assertion_check(struct task *task, const char *assertion, const char *client_id,
    const struct client **ret_client)
{
	const struct client *client;
	auto_jws jws = {0};
	int r;

	r = jws_parse(task, assertion, &jws);
	if (r < 0)
		return fault_as(task, INVALID_CLIENT);
	r = client_of(task, &jws, client_id, &client);
	if (r < 0)
		return r;
	r = verify(task, &jws, client);
	if (r < 0)
		return fault_as(task, INVALID_CLIENT);
	r = audience_check(task, json_object_get(jws.claims, "aud"), client);
	if (r < 0)
		return r;
	r = claim_once(task, jws.claims, client);
	if (r < 0)
		return r;
	*ret_client = client;
	return 0;
}

static int
client_of(struct task *task, const struct jws *jws, const char *client_id,
    const struct client **ret_client)
{
	const char *sub = json_get_text(jws->claims, "sub");
	const struct client *client;
	int r;

	if (sub == NULL || !str_equal(sub, json_get_text(jws->claims, "iss")))
		return fail(
		    task, INVALID_CLIENT, "sub and iss of the assertion are not one client");
	if (client_id != NULL && !str_equal(sub, client_id))
		return fail(task, INVALID_CLIENT, "client_id is not the assertion's sub");
	r = client_find(task, sub, &client);
	if (r < 0)
		return r;
	if (client == NULL || client->auth_method != CLIENT_AUTH_PRIVATE_KEY_JWT)
		return fail(task, INVALID_CLIENT,
		    "no client of that id is registered with private_key_jwt");
	*ret_client = client;
	return 0;
}

static int
verify(struct task *task, const struct jws *jws, const struct client *client)
{
	const enum alg usual[] = {ALG_ES256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	const enum alg registered[] = {client->assertion_alg, ALG_NONE};
	bool is_typed = str_equal(json_get_text(jws->header, "typ"), TYPED);
	struct jws_expect expect = {
	    .algs = client->assertion_alg == ALG_NONE ? usual : registered,
	    .typ = is_typed ? TYPED : NULL,
	    .needs_exp = true,
	    .max_life_s = LIFE_MAX_S,
	};
	int r;

	/* Who is not allowed that algorithm makes us fetch nothing. */
	if (!is_expected(expect.algs, json_get_text(jws->header, "alg")))
		return fail(task, INVALID_TOKEN, "alg of the assertion is not the client's");
	r = client_jwks_find(task, client, json_get_text(jws->header, "kid"), &expect.keys);
	if (r < 0)
		return r;
	return jws_verify(task, jws, &expect);
}

static bool
is_expected(const enum alg *algs, const char *name)
{
	enum alg alg = alg_of(name);

	while (*algs != ALG_NONE && *algs != alg)
		algs++;
	return *algs != ALG_NONE;
}

/* fapi2: the issuer, as one string (FAPI 2.0 section 5.3.2.1-8: else another server's assertion
 * could be made to serve here).  Others may name the endpoint that they call (RFC 7523 section 3,
 * RFC 9126 section 2, OpenID CIBA Core 1.0 section 7.1), and several, all ours. */
static int
audience_check(struct task *task, const json_t *aud, const struct client *client)
{
	size_t i;

	if (json_is_string(aud) &&
	    str_equal(json_string_value(aud), task->rooms->settings->gateway_issuer))
		return 0;
	if (client->profile == CLIENT_FAPI2)
		return fail(task, INVALID_CLIENT, "aud of the assertion is not the issuer alone");
	if (json_is_string(aud) && is_us(task, json_string_value(aud)))
		return 0;
	if (json_array_size(aud) == 0)
		return fail(task, INVALID_CLIENT, "aud of the assertion is not this gateway");
	for (i = 0; i < json_array_size(aud); i++)
		if (!is_us(task, json_string_value(json_array_get(aud, i))))
			return fail(task, INVALID_CLIENT, "aud of the assertion names others too");
	return 0;
}

static bool
is_us(const struct task *task, const char *aud)
{
	const struct settings *settings = task->rooms->settings;

	if (aud == NULL)
		return false;
	return strcmp(aud, settings->gateway_issuer) == 0 ||
	       endpoint_has_clients(settings->gateway_issuer, aud) ||
	       (settings->gateway_mtls_url != NULL &&
		   endpoint_has_clients(settings->gateway_mtls_url, aud));
}

static int
claim_once(struct task *task, const json_t *claims, const struct client *client)
{
	const char *jti = json_get_text(claims, "jti"), *id;
	int64_t now_s = clock_now_s(), iat_s = now_s, exp_s = 0;
	bool is_first;
	int r;

	if (str_is_empty(jti) || strlen(jti) > JTI_MAX_BYTES || str_has_control(jti))
		return fail(task, INVALID_CLIENT, "the assertion has no fit jti");
	json_get_i64(claims, "exp", &exp_s);
	/* iat may be missing (RFC 7523 section 3).  Then nothing tells whether it was used before
	 * the epoch: a fapi2 client waits out what may have been, others are taken at their word.
	 */
	if (!json_get_i64(claims, "iat", &iat_s) && client->profile == CLIENT_FAPI2)
		iat_s = exp_s - LIFE_MAX_S;
	r = epoch_check(task, iat_s);
	if (r < 0)
		return r;
	id = task_printf(task, "%s %s", client->id, jti);
	r = replay_claim(task, "assertion", id, iat_s, exp_s - now_s + JWS_SKEW_S + 1, &is_first);
	if (r < 0)
		return r;
	if (!is_first)
		return fail(task, INVALID_CLIENT, "the assertion was used before");
	return 0;
}

/* A Redis that was lost cannot tell whether the assertion was used.  That is our fault, not the
 * client's: 503, and the next assertion is a fresh one. */
static int
epoch_check(struct task *task, int64_t iat_s)
{
	struct redis_epoch epoch;
	int r;

	r = redis_epoch(task, &epoch);
	if (r < 0)
		return r;
	if (iat_s <= epoch.start_s)
		return fail(task, STORE_AWAY, "the assertion is from before the epoch");
	return 0;
}
