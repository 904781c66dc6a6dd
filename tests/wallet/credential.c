/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks of a received SD-JWT VC (dc+sd-jwt, HAIP 1.0 section 6.1), before it is stored.
 */
#include "credential.h"

#include "key.h"

#include <string.h>

enum { SKEW_S = 60 };

static int check_signature(
    struct wallet *wallet, const struct sdjwt *credential, struct chain *ret_chain);
static int check_times(struct wallet *wallet, const json_t *payload);
static int check_binding(struct wallet *wallet, const json_t *payload, EVP_PKEY *key);

int
credential_check(struct wallet *wallet, const char *text, const char *vct, EVP_PKEY *key,
    struct chain *ret_chain)
{
	struct sdjwt credential;
	const char *type;
	int r;

	r = sdjwt_read(wallet, text, &credential);
	if (r < 0)
		return r;
	r = check_signature(wallet, &credential, ret_chain);
	if (r < 0)
		return r;
	type = json_string_value(json_object_get(credential.issuer.payload, "vct"));
	if (!type || strcmp(type, vct) != 0)
		return wallet_fail(wallet, WALLET_FAILED, "the credential is not a %s", vct);
	r = check_times(wallet, credential.issuer.payload);
	if (r < 0)
		return r;
	return check_binding(wallet, credential.issuer.payload, key);
}

static int
check_signature(struct wallet *wallet, const struct sdjwt *credential, struct chain *ret_chain)
{
	json_t *jwk;
	int r;

	r = chain_read(wallet, "the credential", credential->issuer.header, ret_chain);
	if (r < 0)
		return r;
	r = chain_verify(wallet, "the credential", ret_chain);
	if (r < 0)
		return r;
	r = chain_jwk(wallet, "the credential", ret_chain, &jwk);
	if (r < 0)
		return r;
	return jws_verify(wallet, "the credential", &credential->issuer, "dc+sd-jwt", jwk);
}

static int
check_times(struct wallet *wallet, const json_t *payload)
{
	const json_t *expires = json_object_get(payload, "exp");
	const json_t *starts = json_object_get(payload, "nbf");
	int64_t now_s = wallet_now_s();

	if ((expires && !json_is_integer(expires)) || (starts && !json_is_integer(starts)))
		return wallet_fail(wallet, WALLET_FAILED, "the credential has a bad time");
	if (expires && json_integer_value(expires) <= now_s)
		return wallet_fail(wallet, WALLET_FAILED, "the credential has expired");
	if (starts && json_integer_value(starts) > now_s + SKEW_S)
		return wallet_fail(wallet, WALLET_FAILED, "the credential is not valid yet");
	return 0;
}

static int
check_binding(struct wallet *wallet, const json_t *payload, EVP_PKEY *key)
{
	const json_t *jwk = json_object_get(json_object_get(payload, "cnf"), "jwk");
	const char *ours = key_thumbprint(wallet, key_public_jwk(wallet, key));
	const char *theirs = key_thumbprint(wallet, jwk);

	if (!ours || !theirs || strcmp(ours, theirs) != 0)
		return wallet_fail(wallet, WALLET_FAILED, "the credential is not bound to our key");
	return 0;
}
