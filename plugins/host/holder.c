/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a bound token is in its holder's hands (RFC 9449 section 7).  Called by caller.c.
 *
 * The gateway has checked it too, and that the proof serves once, over all of its processes; here
 * the proofs of the last minute are remembered, for a service that is called past the gateway.
 */
#include "host.h"

#include "core/clock.h"
#include "http/client_cert.h"
#include "jose/digest.h"
#include "jose/dpop.h"

#include <string.h>
#include <strings.h>

#define N_SEEN  4096
#define SEEN_MS ((DPOP_AGE_S + 31) * INT64_C(1000)) /* iat may lie ahead as well */

/* The newest stands before next; when there are more in a minute, the oldest is forgotten. */
static struct seen {
	uint8_t hash[DIGEST_BYTES];
	int64_t at_ms;
} seen[N_SEEN];
static size_t next;

static int certificate_check(
    struct dvara_host *host, struct dvara_request *request, const char *x5t);
static int key_check(struct dvara_host *host, struct dvara_request *request, const char *jkt);
static int proof_read(struct task *task, const struct request *http, const char **ret_compact);
static bool is_first(struct task *task, const struct dpop_proof *proof);

int
host_holder(struct dvara_host *host, struct dvara_request *request, const json_t *cnf, bool is_dpop)
{
	const char *jkt = json_get_text(cnf, "jkt"), *x5t = json_get_text(cnf, "x5t#S256");

	if (cnf && !jkt && !x5t)
		return fail(
		    request->task, INVALID_TOKEN, "the token is bound in a way that is not known");
	if (jkt && !is_dpop)
		return fail(request->task, INVALID_TOKEN,
		    "the token is bound to a key: its scheme is DPoP");
	if (!jkt && is_dpop)
		return fail(request->task, INVALID_TOKEN,
		    "the token is bound to no key: its scheme is Bearer");
	if (x5t) {
		int r = certificate_check(host, request, x5t);

		if (r < 0)
			return r;
	}
	return jkt ? key_check(host, request, jkt) : 0;
}

/* RFC 8705 section 3: of our own TLS, or as the gateway says over its socket. */
static int
certificate_check(struct dvara_host *host, struct dvara_request *request, const char *x5t)
{
	struct task *task = request->task;
	struct bytes certs[CLIENT_CERT_MAX] = {request->http->peer_certificate};
	uint8_t hash[DIGEST_BYTES];
	size_t n;
	int r;

	if (host->is_behind_gateway) {
		r = client_cert_read(task, &request->http->headers, certs, &n);
		if (r < 0)
			return r;
	}
	digest_sha256(certs[0], hash);
	if (certs[0].len && str_equal(b64u_encode(task, (struct bytes){hash, sizeof(hash)}), x5t))
		return 0;
	return fail(task, INVALID_TOKEN,
	    "the token is bound to a client certificate that did not come with it");
}

static int
key_check(struct dvara_host *host, struct dvara_request *request, const char *jkt)
{
	struct task *task = request->task;
	const struct dpop_expect expect = {
	    .method = request->http->method,
	    .base = host->url,
	    .path = request->http->path,
	    .token = request->token,
	};
	struct dpop_proof proof;
	const char *compact;
	int r;

	r = proof_read(task, request->http, &compact);
	if (r < 0)
		return r;
	r = dpop_open(task, compact, &expect, &proof);
	if (r < 0)
		return fault_as(task, INVALID_TOKEN_PROOF);
	if (!str_equal(proof.jkt, jkt))
		return fail(task, INVALID_TOKEN, "the token is bound to another DPoP key");
	if (!is_first(task, &proof))
		return fail(task, INVALID_TOKEN_PROOF, "DPoP: jti was used before");
	return 0;
}

static int
proof_read(struct task *task, const struct request *http, const char **ret_compact)
{
	size_t n = 0;

	for (size_t i = 0; i < http->headers.n; i++) {
		if (strcasecmp(http->headers.at[i].name, "DPoP") != 0)
			continue;
		*ret_compact = http->headers.at[i].value;
		n++;
	}
	if (n == 1)
		return 0;
	return fail(task, INVALID_TOKEN_PROOF, "there is not one header DPoP, but %zu", n);
}

static bool
is_first(struct task *task, const struct dpop_proof *proof)
{
	const char *id = task_printf(task, "%s %s", proof->jkt, proof->jti);
	int64_t now_ms = clock_mono_ms();
	uint8_t hash[DIGEST_BYTES];

	digest_sha256(BYTES_OF(id), hash);
	for (size_t i = 1; i <= N_SEEN; i++) {
		const struct seen *one = &seen[(next + N_SEEN - i) % N_SEEN];

		if (one->at_ms == 0 || one->at_ms + SEEN_MS < now_ms)
			break;
		if (memcmp(one->hash, hash, sizeof(hash)) == 0)
			return false;
	}
	memcpy(seen[next].hash, hash, sizeof(hash));
	seen[next].at_ms = now_ms;
	next = (next + 1) % N_SEEN;
	return true;
}
