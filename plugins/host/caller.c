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

#define JWKS_AGAIN_MS    10000
#define ABI_WITH_CLIENTS 1 /* before it, subject is always a person's */

static int token_read(struct dvara_request *request, bool *ret_is_dpop);
static int parties_read(
    struct dvara_host *host, struct dvara_request *request, const json_t *claims);
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
	return parties_read(host, request, jws.claims);
}

static int
parties_read(struct dvara_host *host, struct dvara_request *request, const json_t *claims)
{
	const char *subject = json_get_text(claims, "sub");
	const char *client = json_get_text(claims, "client_id");
	const char *scope = json_get_text(claims, "scope");
	struct task *task = request->task;

	if (str_is_empty(subject) || str_is_empty(client))
		return fail(task, INVALID_TOKEN, "the token names no person or no client");
	/* RFC 9068 section 5: of a client that speaks for itself */
	if (str_equal(subject, client)) {
		if (host->service->abi_minor < ABI_WITH_CLIENTS)
			return fail(task, INSUFFICIENT_SCOPE, "the token speaks for no person");
		subject = "";
	}
	request->subject = task_dup(task, subject);
	request->client = task_dup(task, client);
	request->scope = scope ? task_dup(task, scope) : "";
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
	struct fetch fetch = {0};
	json_auto_t *json = NULL;
	struct fetched fetched;
	struct jwks jwks;
	int r;

	host->jwks_read_ms = clock_mono_ms();
	r = host_fetch(task, &fetch, "/jwks", &fetched);
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

/* Whoever calls may call again: it is not their token, and nothing of ours is broken. */
static int
keys_away(struct task *task)
{
	const char *why = task_dup(task, task->fault.text);

	fault_clear(task);
	return fail(task, BUSY, "the gateway's keys: %s", why);
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
	    (!host->jwks.n_keys || clock_mono_ms() - host->jwks_read_ms > JWKS_AGAIN_MS) &&
	    jwks_read(host, task) < 0)
		return keys_away(task);
	r = jws_verify(task, ret_jws, &expect);
	return r < 0 ? fault_as(task, INVALID_TOKEN) : 0;
}
