/* SPDX-License-Identifier: Apache-2.0
 *
 * x5c (RFC 7515 section 4.1.6): the certificate that signed, and its chain.
 */
#include "jose/verify.h"

#include "core/task.h"
#include "x509/trust.h"

#include <string.h>

static int certs_read(
    struct task *task, const json_t *x5c, struct bytes certs[CHAIN_MAX_CERTS], size_t *ret_n);

int
jws_key_of_chain(struct task *task, const struct jws *jws, const struct trust *trust,
    struct chain *ret_chain, struct jwk **ret_jwk)
{
	struct bytes certs[CHAIN_MAX_CERTS];
	struct chain chain;
	struct jwk *jwk;
	size_t n;

	if (certs_read(task, json_object_get(jws->header, "x5c"), certs, &n) < 0 ||
	    chain_verify(task, trust, certs, n, &chain) < 0 ||
	    jwk_parse_spki(task, chain.leaf_spki_der, &jwk) < 0)
		return fault_as(task, INVALID_TOKEN);
	*ret_chain = chain;
	*ret_jwk = jwk;
	return 0;
}

static int
certs_read(struct task *task, const json_t *x5c, struct bytes certs[CHAIN_MAX_CERTS], size_t *ret_n)
{
	const json_t *cert;
	size_t i;

	if (!json_is_array(x5c) || json_array_size(x5c) == 0)
		return fail(task, INVALID_TOKEN, "JWS: no x5c");
	if (json_array_size(x5c) > CHAIN_MAX_CERTS)
		return fail(task, INVALID_TOKEN, "JWS: over %d certificates", CHAIN_MAX_CERTS);
	json_array_foreach(x5c, i, cert) {
		const char *text = json_string_value(cert);

		/* Standard base64 with padding here, not base64url. */
		if (text == NULL || !b64_decode(task, text, strlen(text), &certs[i]))
			return fail(task, INVALID_TOKEN, "JWS: x5c is not base64");
	}
	*ret_n = json_array_size(x5c);
	return 0;
}
