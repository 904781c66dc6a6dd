/* SPDX-License-Identifier: Apache-2.0
 *
 * Signers from private JWKs (RFC 7517), on libjose.
 */
#include "jose/jwe.h"
#include "jose/pkey.h"
#include "jose/signer.h"

#include "core/task.h"

#include <libjose/jwk.h>
#include <libjose/openssl.h>
#include <openssl/x509.h>

/* libjose makes keys in OpenSSL's old form, which does not tell its parameters; by way of DER it
 * becomes one that does.  Takes old over. */
static EVP_PKEY *
native_of(EVP_PKEY *old)
{
	EVP_PKEY *pkey = NULL;
	uint8_t *der = NULL;
	const uint8_t *at;
	int len = old ? i2d_PrivateKey(old, &der) : -1;

	EVP_PKEY_free(old);
	if (len < 0)
		return NULL;
	at = der;
	pkey = d2i_AutoPrivateKey(NULL, &at, len);
	OPENSSL_clear_free(der, (size_t)len);
	return pkey;
}

int
signer_of_jwk(struct task *task, const json_t *private_jwk, struct signer **ret_signer)
{
	json_auto_t *copy = json_deep_copy(private_jwk);
	EVP_PKEY *pkey;

	if (!str_equal(json_get_text(copy, "crv"), "P-256") || !json_get_text(copy, "d"))
		return fail(task, MISCONFIGURED, "the JWK is not a private key on P-256");
	pkey = native_of(jose_openssl_jwk_to_EVP_PKEY(NULL, copy));
	if (!pkey)
		return fail(task, MISCONFIGURED, "the JWK is not a whole private key");
	return signer_new(task, pkey, ALG_ES256, ret_signer);
}

int
signer_jwk_make(struct task *task, json_t **ret_private_jwk)
{
	struct signer *signer;
	json_t *jwk;
	int r;

	r = jwe_key_make(task, NULL, &jwk);
	if (r < 0)
		return r;
	r = signer_of_jwk(task, jwk, &signer);
	if (r < 0) {
		json_decref(jwk);
		return r;
	}
	json_set_text(jwk, "kid", signer_kid(signer));
	json_set_text(jwk, "use", "sig");
	json_set_text(jwk, "alg", "ES256");
	signer_free(signer);
	*ret_private_jwk = jwk;
	return 0;
}
