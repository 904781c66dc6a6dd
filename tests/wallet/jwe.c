/* SPDX-License-Identifier: Apache-2.0
 *
 * Compact JWE (RFC 7516) over libjose, for response mode direct_post.jwt.
 */
#include "jwe.h"

#include <jose/jose.h>
#include <stdlib.h>
#include <string.h>

static json_t *new_header(struct wallet *wallet, const json_t *jwk, const char *enc);
static const char *part(const json_t *jwe, const char *name);

int
jwe_encrypt(struct wallet *wallet, const json_t *payload, const json_t *jwk, const char *enc,
    const char **ret_compact)
{
	json_t *header = new_header(wallet, jwk, enc);
	json_t *jwe = wallet_json(wallet, json_pack("{s:O}", "protected", header));
	json_t *recipient = wallet_json(wallet, json_object());
	json_t *cek = wallet_json(wallet, json_object());
	char *plain = json_dumps(payload, JSON_COMPACT);
	bool is_done;

	if (!plain)
		abort();
	is_done = jose_jwe_enc_jwk(NULL, jwe, recipient, jwk, cek);
	/* libjose puts "epk" beside the protected header; compact form has only the protected one.
	 */
	is_done = is_done && json_object_update(header, json_object_get(recipient, "header")) == 0;
	is_done = is_done && jose_jwe_enc_cek(NULL, jwe, cek, plain, strlen(plain));
	free(plain);
	if (!is_done)
		return wallet_fail(wallet, WALLET_FAILED, "the verifier's key does not encrypt");
	*ret_compact = wallet_printf(wallet, "%s..%s.%s.%s", part(jwe, "protected"),
	    part(jwe, "iv"), part(jwe, "ciphertext"), part(jwe, "tag"));
	return 0;
}

static json_t *
new_header(struct wallet *wallet, const json_t *jwk, const char *enc)
{
	json_t *header = wallet_json(wallet, json_pack("{s:s, s:s}", "alg", "ECDH-ES", "enc", enc));
	json_t *kid = json_object_get(jwk, "kid");

	if (kid)
		json_object_set(header, "kid", kid);
	return header;
}

static const char *
part(const json_t *jwe, const char *name)
{
	return json_string_value(json_object_get(jwe, name));
}
