/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is calling: the access token, checked as any resource server does (RFC 9068 section 4):
 * signature by the gateway's JWKS, typ, iss, aud, exp, and cnf (holder.c).  The JWKS is read when a
 * token names a key that is not in it, at most once in ten seconds.
 */
#include "host.h"

#include "core/clock.h"
#include "http/fetch.h"
#include "jose/verify.h"

#include <string.h>

#define JWKS_AGAIN_MS 10000

static int token_read(struct dvara_request *request, bool *ret_is_dpop);
static int jwks_read(struct dvara_host *host, struct task *task);
static int token_open(
    struct dvara_host *host, struct task *task, const char *token, struct jws *ret_jws);

int
host_caller(struct dvara_host *host, struct dvara_request *request)
{
	struct task *task = request->task;
	auto_jws jws = {0};
	bool is_dpop;
	int r;

	r = token_read(request, &is_dpop);
	if (r < 0)
		return r;
	r = token_open(host, task, request->token, &jws);
	if (r < 0)
		return r;
	r = host_holder(host, request, json_object_get(jws.claims, "cnf"), is_dpop);
	if (r < 0)
		return r;
	request->subject = json_get_text(jws.claims, "sub");
	request->client = json_get_text(jws.claims, "client_id");
	if (str_is_empty(request->subject) || str_is_empty(request->client))
		return fail(task, INVALID_TOKEN, "the token names no person or no client");
	/* RFC 9068 section 5: of a client that speaks for itself */
	if (str_equal(request->subject, request->client))
		return fail(task, INSUFFICIENT_SCOPE, "the token speaks for no person");
	request->subject = task_dup(task, request->subject);
	request->client = task_dup(task, request->client);
	return 0;
}

static int
token_read(struct dvara_request *request, bool *ret_is_dpop)
{
	const char *value = request_header(request->http, "Authorization");
	bool is_dpop = value && strncasecmp(value, "DPoP ", 5) == 0;

	if (!value || (!is_dpop && strncasecmp(value, "Bearer ", 7) != 0))
		return fail(request->task, NO_TOKEN, "the call bears no access token");
	value += is_dpop ? 5 : 7;
	request->token = value + strspn(value, " ");
	*ret_is_dpop = is_dpop;
	return 0;
}

static int
jwks_read(struct dvara_host *host, struct task *task)
{
	struct fetch fetch = {.url = task_printf(task, "%s/jwks", host->gateway)};
	json_auto_t *json = NULL;
	struct fetched fetched;
	struct jwks jwks;
	int r;

	host->jwks_read_ms = clock_mono_ms();
	r = http_fetch(task, &fetch, &fetched);
	if (r < 0)
		return r;
	if (fetched.status != 200)
		return fail(task, UPSTREAM_BROKEN, "the gateway's JWKS answers %d", fetched.status);
	r = json_parse(task, (const char *)fetched.body.at, fetched.body.len, &json);
	if (r < 0)
		return fault_as(task, UPSTREAM_BROKEN);
	r = jwks_parse(task, json, &jwks);
	if (r < 0)
		return fault_as(task, UPSTREAM_BROKEN);
	jwks_close(&host->jwks);
	/* The array lives in the task; the keys are ours until the next reading. */
	host->jwks.keys = realloc(host->jwks.keys, jwks.n_keys * sizeof(jwks.keys[0]));
	memcpy(host->jwks.keys, jwks.keys, jwks.n_keys * sizeof(jwks.keys[0]));
	host->jwks.n_keys = jwks.n_keys;
	return 0;
}

static int
token_open(struct dvara_host *host, struct task *task, const char *token, struct jws *ret_jws)
{
	struct jws_expect expect = {
	    .algs = keys_access_algs,
	    .typ = "at+jwt",
	    .keys = &host->jwks,
	    .issuer = host->gateway,
	    .audience = host->audience,
	    .aud_is_single = true,
	    .needs_exp = true,
	};
	const char *kid;
	int r;

	r = jws_parse(task, token, ret_jws);
	if (r < 0)
		return fault_as(task, INVALID_TOKEN);
	kid = json_get_text(ret_jws->header, "kid");
	if (!jwks_find(&host->jwks, kid, alg_of(json_get_text(ret_jws->header, "alg"))) &&
	    (!host->jwks.n_keys || clock_mono_ms() - host->jwks_read_ms > JWKS_AGAIN_MS)) {
		r = jwks_read(host, task);
		if (r < 0)
			return r;
	}
	r = jws_verify(task, ret_jws, &expect);
	return r < 0 ? fault_as(task, INVALID_TOKEN) : 0;
}
