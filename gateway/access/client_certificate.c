/* SPDX-License-Identifier: Apache-2.0
 *
 * Client certificates.  Called by client_auth.c, sender.c and bearer.c.
 *
 * TLS has proved that the caller holds the key (by our own listener, or by a trusted proxy that
 * says so in Client-Cert); whose key it is, is decided here.
 */
#include "access/client_certificate.h"

#include "access/client_jwks.h"
#include "core/task.h"
#include "jose/digest.h"
#include "x509/trust.h"

static int issued_check(
    struct task *task, const struct request *request, const struct client *client);
static int registered_check(
    struct task *task, const struct request *request, const struct client *client);
static bool is_among(const struct jwks *jwks, const char *x5t);

bool
client_certificate_is_asked(const struct client *client)
{
	return client->auth_method == CLIENT_AUTH_TLS ||
	       client->auth_method == CLIENT_AUTH_SELF_SIGNED_TLS;
}

int
client_certificate_check(
    struct task *task, const struct request *request, const struct client *client)
{
	if (request->peer_certificate.len == 0)
		return fail(task, INVALID_CLIENT, "no client certificate came with the request");
	if (!leaf_is_for_clients(request->peer_certificate))
		return fail(task, INVALID_CLIENT,
		    "the extended key usage of the certificate is not clientAuth");
	if (client->auth_method == CLIENT_AUTH_TLS)
		return issued_check(task, request, client);
	return registered_check(task, request, client);
}

static int
issued_check(struct task *task, const struct request *request, const struct client *client)
{
	const struct trust *trust = task->rooms->client_trust;
	struct bytes certs[CHAIN_MAX_CERTS];
	struct chain chain;
	size_t n = 0;

	if (trust == NULL)
		return fail(
		    task, INVALID_CLIENT, "no authority of client certificates is trusted here");
	certs[n++] = request->peer_certificate;
	for (size_t i = 0; i < request->n_peer_issuers && n < CHAIN_MAX_CERTS; i++)
		certs[n++] = request->peer_issuers[i];
	if (chain_verify(task, trust, certs, n, &chain) < 0)
		return fault_as(task, INVALID_CLIENT);
	if (!leaf_is_named(task, chain.leaf_der, client->tls_name_kind, client->tls_name))
		return fail(task, INVALID_CLIENT,
		    "the client certificate does not bear the name that is registered");
	return 0;
}

static int
registered_check(struct task *task, const struct request *request, const struct client *client)
{
	const struct jwks *jwks;
	int r;

	r = client_jwks_find(task, client, NULL, &jwks);
	if (r < 0)
		return r;
	if (!is_among(jwks, client_certificate_hash(task, request)))
		return fail(task, INVALID_CLIENT,
		    "the client certificate is none of those in the client's jwks (x5c)");
	if (!leaf_is_valid_now(request->peer_certificate))
		return fail(task, INVALID_CLIENT, "the client certificate has expired");
	return 0;
}

static bool
is_among(const struct jwks *jwks, const char *x5t)
{
	for (size_t i = 0; i < jwks->n_keys; i++)
		if (str_equal(jwk_x5t(jwks->keys[i]), x5t))
			return true;
	return false;
}

const char *
client_certificate_hash(struct task *task, const struct request *request)
{
	uint8_t hash[DIGEST_BYTES];

	if (request->peer_certificate.len == 0)
		return NULL;
	digest_sha256(request->peer_certificate, hash);
	return b64u_encode(task, (struct bytes){hash, sizeof(hash)});
}
