/* SPDX-License-Identifier: Apache-2.0
 *
 * Compact JWS over libjose: request objects, credentials, proofs, key binding.
 */
#include "jws.h"

#include "base64url.h"
#include "key.h"

#include <jose/jose.h>
#include <string.h>

static int check_header(
    struct wallet *wallet, const char *what, const json_t *header, const char *typ);
static bool text_is(const json_t *object, const char *name, const char *text);

int
jws_read(struct wallet *wallet, const char *what, const char *compact, struct jws *ret_jws)
{
	const char *first = strchr(compact, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;
	json_t *header, *payload;
	struct octets signature;
	struct jws jws;

	if (!second || strchr(second + 1, '.'))
		return wallet_fail(wallet, WALLET_FAILED, "%s has not three parts", what);
	jws.protected_text = wallet_copy(wallet, compact, (size_t)(first - compact));
	jws.payload_text = wallet_copy(wallet, first + 1, (size_t)(second - first - 1));
	jws.signature_text = second + 1;
	if (!base64url_load(wallet, jws.protected_text, &header) ||
	    !base64url_load(wallet, jws.payload_text, &payload) ||
	    !base64url_decode(wallet, jws.signature_text, &signature))
		return wallet_fail(wallet, WALLET_FAILED, "%s is not a JWT", what);
	if (!json_is_object(header) || !json_is_object(payload) || signature.n != 64)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s is not a JWT signed with ES256", what);
	jws.header = header;
	jws.payload = payload;
	*ret_jws = jws;
	return 0;
}

int
jws_verify(struct wallet *wallet, const char *what, const struct jws *jws, const char *typ,
    const json_t *jwk)
{
	json_t *flat, *key;
	int r;

	r = check_header(wallet, what, jws->header, typ);
	if (r < 0)
		return r;
	flat = wallet_json(
	    wallet, json_pack("{s:s, s:s, s:s}", "protected", jws->protected_text, "payload",
			jws->payload_text, "signature", jws->signature_text));
	key = wallet_json(wallet, json_deep_copy(jwk));
	json_object_set_new(key, "alg", json_string("ES256"));
	if (!jose_jws_ver(NULL, flat, NULL, key, false))
		return wallet_fail(wallet, WALLET_FAILED, "%s has a wrong signature", what);
	return 0;
}

static int
check_header(struct wallet *wallet, const char *what, const json_t *header, const char *typ)
{
	if (!text_is(header, "typ", typ))
		return wallet_fail(wallet, WALLET_FAILED, "%s has not the type %s", what, typ);
	if (!text_is(header, "alg", "ES256"))
		return wallet_fail(wallet, WALLET_FAILED, "%s is not signed with ES256", what);
	if (json_object_get(header, "crit"))
		return wallet_fail(wallet, WALLET_FAILED, "%s has extensions in crit", what);
	return 0;
}

static bool
text_is(const json_t *object, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value && strcmp(value, text) == 0;
}

int
jws_sign(struct wallet *wallet, json_t *header, const json_t *payload, EVP_PKEY *key,
    const char **ret_compact)
{
	json_t *jwk = key_private_jwk(wallet, key);
	json_t *jws, *sig;

	json_object_set_new(header, "alg", json_string("ES256"));
	jws = wallet_json(wallet, json_pack("{s:s}", "payload", base64url_dump(wallet, payload)));
	sig = wallet_json(wallet, json_pack("{s:O}", "protected", header));
	if (!jose_jws_sig(NULL, jws, sig, jwk))
		return wallet_fail(wallet, WALLET_FAILED, "signing failed");
	*ret_compact =
	    wallet_printf(wallet, "%s.%s.%s", json_string_value(json_object_get(jws, "protected")),
		json_string_value(json_object_get(jws, "payload")),
		json_string_value(json_object_get(jws, "signature")));
	return 0;
}
