/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypted answers of wallets, opened (OpenID4VP 1.0 section 8.3; RFC 7516, RFC 7518 section 4.6),
 * on libjose.
 *
 * libjose picks whatever the header names and does not see that an epk is off its curve, so every
 * member is checked here first; what reaches it is ECDH-ES on P-256 with AES-GCM and nothing else.
 */
#include "jose/jwe.h"

#include "core/task.h"
#include "jose/pkey.h"

#include <libjose/jwe.h>
#include <libjose/jwk.h>
#include <openssl/err.h>
#include <string.h>

#define PARTS     5
#define IV_BYTES  12
#define TAG_BYTES 16

struct parts {
	const char *at[PARTS]; /* header, encrypted key, iv, ciphertext, tag */
	size_t len[PARTS];
};

struct gcm {
	struct bytes key, iv, bound, ciphertext, tag;
};

static void
cipher_context_free_p(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}
#define auto_cipher_context __attribute__((cleanup(cipher_context_free_p))) EVP_CIPHER_CTX

static int parts_split(struct task *task, const char *compact, struct parts *ret_parts);
static int header_read(struct task *task, const struct parts *parts, json_t **ret_header);
static int header_check(struct task *task, const json_t *header);
static int parts_decode(struct task *task, const struct parts *parts, struct gcm *ret_gcm);
static int p256_check(struct task *task, const json_t *jwk);
static int key_agree(
    struct task *task, const json_t *header, const json_t *private_jwk, struct bytes *ret_key);
static int gcm_open(struct task *task, const struct gcm *gcm, struct bytes *ret_plain);

int
jwe_key_make(struct task *task, const char *kid, json_t **ret_private)
{
	json_t *jwk = json_pack("{s:s, s:s}", "kty", "EC", "crv", "P-256");

	if (!jose_jwk_gen(NULL, jwk)) {
		json_decref(jwk);
		return fail(task, BROKEN, "libjose cannot make a key");
	}
	json_set_text(jwk, "kid", kid);
	json_set_text(jwk, "use", "enc");
	json_set_text(jwk, "alg", "ECDH-ES");
	*ret_private = jwk;
	return 0;
}

json_t *
jwe_key_public(const json_t *private_jwk)
{
	static const char *const names[] = {"kty", "crv", "x", "y", "kid", "use", "alg"};
	json_t *jwk = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_set_text(jwk, names[i], json_get_text(private_jwk, names[i]));
	return jwk;
}

int
jwe_kid(struct task *task, const char *compact, const char **ret_kid)
{
	json_auto_t *header = NULL;
	struct parts parts;
	const char *kid;
	int r;

	if ((r = parts_split(task, compact, &parts)) < 0 ||
	    (r = header_read(task, &parts, &header)) < 0)
		return r;
	kid = json_get_text(header, "kid");
	if (kid == NULL)
		return fail(task, INVALID_REQUEST, "JWE: no kid");
	*ret_kid = task_dup(task, kid);
	return 0;
}

int
jwe_open(struct task *task, const char *compact, const json_t *private_jwk, struct bytes *ret_plain)
{
	json_auto_t *header = NULL;
	struct parts parts;
	struct gcm gcm;
	int r;

	if ((r = parts_split(task, compact, &parts)) < 0 ||
	    (r = parts_decode(task, &parts, &gcm)) < 0 ||
	    (r = header_read(task, &parts, &header)) < 0 || (r = header_check(task, header)) < 0 ||
	    (r = key_agree(task, header, private_jwk, &gcm.key)) < 0)
		return r;
	return gcm_open(task, &gcm, ret_plain);
}

static int
parts_split(struct task *task, const char *compact, struct parts *ret_parts)
{
	struct parts parts = {0};
	size_t n = 0;

	if (strnlen(compact, JWE_MAX_BYTES + 1) > JWE_MAX_BYTES)
		return fail(task, INVALID_REQUEST, "JWE: over %u bytes", JWE_MAX_BYTES);
	for (const char *at = compact;; at += parts.len[n - 1] + 1) {
		if (n == PARTS)
			return fail(task, INVALID_REQUEST, "JWE: not five parts");
		parts.at[n] = at;
		parts.len[n] = strcspn(at, ".");
		if (at[parts.len[n++]] == '\0')
			break;
	}
	if (n != PARTS)
		return fail(task, INVALID_REQUEST, "JWE: not five parts");
	*ret_parts = parts;
	return 0;
}

static int
parts_decode(struct task *task, const struct parts *parts, struct gcm *ret_gcm)
{
	struct gcm gcm = {.bound = {(const uint8_t *)parts->at[0], parts->len[0]}};

	/* RFC 7518 section 4.6: agreed directly, so no key is carried. */
	if (parts->len[1] != 0)
		return fail(task, INVALID_REQUEST, "JWE: carries an encrypted key");
	if (!b64u_decode(task, parts->at[2], parts->len[2], &gcm.iv) || gcm.iv.len != IV_BYTES ||
	    !b64u_decode(task, parts->at[4], parts->len[4], &gcm.tag) || gcm.tag.len != TAG_BYTES ||
	    !b64u_decode(task, parts->at[3], parts->len[3], &gcm.ciphertext))
		return fail(task, INVALID_REQUEST, "JWE: iv, ciphertext or tag is not of its form");
	*ret_gcm = gcm;
	return 0;
}

static int
header_read(struct task *task, const struct parts *parts, json_t **ret_header)
{
	struct bytes bytes;

	if (!b64u_decode(task, parts->at[0], parts->len[0], &bytes))
		return fail(task, INVALID_REQUEST, "JWE: the header is not base64url");
	return json_parse_object(task, (const char *)bytes.at, bytes.len, ret_header);
}

static int
header_check(struct task *task, const json_t *header)
{
	const char *enc = json_get_text(header, "enc");
	const json_t *epk = json_object_get(header, "epk");

	if (!str_equal(json_get_text(header, "alg"), "ECDH-ES"))
		return fail(task, INVALID_REQUEST, "JWE: alg is not ECDH-ES");
	if (!str_equal(enc, "A128GCM") && !str_equal(enc, "A256GCM"))
		return fail(task, INVALID_REQUEST, "JWE: enc is not A128GCM or A256GCM");
	if (json_object_get(header, "zip") != NULL || json_object_get(header, "crit") != NULL)
		return fail(task, INVALID_REQUEST, "JWE: zip or crit");
	if (jwk_is_secret(epk))
		return fail(task, INVALID_REQUEST, "JWE: epk is private");
	return p256_check(task, epk);
}

/* On the curve, by OpenSSL: a point off it would give our private key away, bit by bit. */
static int
p256_check(struct task *task, const json_t *jwk)
{
	auto_pkey *pkey = NULL;

	if (!str_equal(json_get_text(jwk, "crv"), "P-256"))
		return fail(task, INVALID_REQUEST, "JWE: key is not on P-256");
	return pkey_of_json(task, jwk, &pkey);
}

/* ECDH and the key derivation (RFC 7518 section 4.6.2). */
static int
key_agree(struct task *task, const json_t *header, const json_t *private_jwk, struct bytes *ret_key)
{
	json_auto_t *jwe = json_pack("{s:O}", "protected", header);
	json_auto_t *cek = jose_jwe_dec_jwk(NULL, jwe, NULL, private_jwk);
	const char *text = json_get_text(cek, "k");
	size_t size = str_equal(json_get_text(header, "enc"), "A128GCM") ? 16 : 32;

	if (text == NULL || !b64u_decode(task, text, strlen(text), ret_key) || ret_key->len != size)
		return fail(task, INVALID_REQUEST, "JWE: no key is agreed with this key");
	return 0;
}

/* By OpenSSL: libjose hands it one byte at a time, 3 ms for the longest message. */
static int
gcm_open(struct task *task, const struct gcm *gcm, struct bytes *ret_plain)
{
	auto_cipher_context *context = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *cipher = gcm->key.len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
	uint8_t *plain = task_alloc(task, gcm->ciphertext.len + 1);
	uint8_t tag[TAG_BYTES];
	int len = 0, rest = 0;

	memcpy(tag, gcm->tag.at, sizeof(tag));
	if (context == NULL ||
	    EVP_DecryptInit_ex2(context, cipher, gcm->key.at, gcm->iv.at, NULL) <= 0 ||
	    EVP_DecryptUpdate(context, NULL, &len, gcm->bound.at, (int)gcm->bound.len) <= 0 ||
	    EVP_DecryptUpdate(context, plain, &len, gcm->ciphertext.at, (int)gcm->ciphertext.len) <=
		0 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) <= 0 ||
	    EVP_DecryptFinal_ex(context, plain + len, &rest) <= 0) {
		explicit_bzero(plain, gcm->ciphertext.len);
		ERR_clear_error();
		return fail(task, INVALID_REQUEST, "JWE: does not open with this key");
	}
	*ret_plain = (struct bytes){plain, (size_t)len};
	return 0;
}
