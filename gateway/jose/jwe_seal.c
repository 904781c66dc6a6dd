/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypts for another's key (RFC 7516, RFC 7518 sections 4 and 5), on libjose.  It has no
 * RSA-OAEP-256: that content key is wrapped by OpenSSL.
 */
#include "jose/jwe.h"

#include "core/random.h"
#include "core/task.h"
#include "jose/pkey.h"

#include <libjose/jwe.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define RSA_OAEP      "RSA-OAEP-256"
#define CEK_MAX       32
#define WRAPPED_MAX   1024 /* RSA of 8192 bits */
#define KEY_IS_AGREED "ECDH-ES"

static void
context_free_p(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}
#define auto_context __attribute__((cleanup(context_free_p))) EVP_PKEY_CTX

/* One message on its way: what libjose works on. */
struct sealing {
	const struct jwe_to *to;
	json_t *jwe, *cek;
	const char *wrapped; /* base64url of the encrypted key; "" where it is agreed */
};

static int key_check(struct task *task, const struct jwe_to *to);
static int seal(struct task *task, struct sealing *sealing, struct bytes plain);
static json_t *header_of(const struct jwe_to *to);
static size_t cek_bytes(const char *enc);
static void cek_make(struct task *task, struct sealing *sealing);
static int rsa_wrap(struct task *task, struct sealing *sealing);
static int oaep_sha256(EVP_PKEY_CTX *context);
static int agree(struct task *task, struct sealing *sealing);
static json_t *bare_key(const json_t *key);
static bool is_for_sealing(const json_t *key, const char *alg);

int
jwe_seal(struct task *task, const struct jwe_to *to, struct bytes plain, const char **ret_compact)
{
	json_auto_t *jwe = NULL, *cek = json_object();
	struct sealing sealing = {.to = to, .cek = cek, .wrapped = ""};
	int r;

	if (!str_has_word(JWE_ALGS, to->alg) || !str_has_word(JWE_ENCS, to->enc))
		return fail(task, INVALID_REQUEST, "JWE: alg or enc is not one of ours");
	r = key_check(task, to);
	if (r < 0)
		return r;
	jwe = json_pack("{s:o}", "protected", header_of(to));
	sealing.jwe = jwe;
	r = seal(task, &sealing, plain);
	if (r < 0)
		return r;
	*ret_compact = task_printf(task, "%s.%s.%s.%s.%s", json_get_text(jwe, "protected"),
	    sealing.wrapped, json_get_text(jwe, "iv"), json_get_text(jwe, "ciphertext"),
	    json_get_text(jwe, "tag"));
	return 0;
}

/* Of the right kind, on its curve: libjose does not look. */
static int
key_check(struct task *task, const struct jwe_to *to)
{
	const char *kty = str_equal(to->alg, RSA_OAEP) ? "RSA" : "EC";
	auto_pkey *pkey = NULL;

	if (jwk_is_secret(to->key))
		return fail(task, INVALID_REQUEST, "JWE: the key is private");
	if (!str_equal(json_get_text(to->key, "kty"), kty))
		return fail(task, INVALID_REQUEST, "JWE: the key is not for %s", to->alg);
	return pkey_of_json(task, to->key, &pkey);
}

static json_t *
header_of(const struct jwe_to *to)
{
	json_t *header = json_object();

	json_set_text(header, "alg", to->alg);
	json_set_text(header, "enc", to->enc);
	json_set_text(header, "cty", to->cty);
	json_set_text(header, "kid", json_get_text(to->key, "kid"));
	return header;
}

static int
seal(struct task *task, struct sealing *sealing, struct bytes plain)
{
	int r;

	if (str_equal(sealing->to->alg, RSA_OAEP))
		r = rsa_wrap(task, sealing);
	else
		r = agree(task, sealing);
	if (r < 0)
		return r;
	if (!jose_jwe_enc_cek(NULL, sealing->jwe, sealing->cek, plain.at, plain.len))
		return fail(task, BROKEN, "libjose cannot encrypt");
	return 0;
}

static int
rsa_wrap(struct task *task, struct sealing *sealing)
{
	auto_pkey *pkey = NULL;
	auto_context *context = NULL;
	uint8_t wrapped[WRAPPED_MAX];
	size_t len = sizeof(wrapped);
	struct bytes cek;
	int r;

	cek_make(task, sealing);
	r = pkey_of_json(task, sealing->to->key, &pkey);
	if (r < 0)
		return r;
	if (!b64u_decode(task, json_get_text(sealing->cek, "k"),
		json_string_length(json_object_get(sealing->cek, "k")), &cek))
		return fail(task, BROKEN, "the content key is none");
	context = EVP_PKEY_CTX_new(pkey, NULL);
	if (context == NULL || EVP_PKEY_encrypt_init(context) <= 0 || oaep_sha256(context) <= 0 ||
	    EVP_PKEY_encrypt(context, wrapped, &len, cek.at, cek.len) <= 0) {
		ERR_clear_error();
		return fail(task, BROKEN, "OpenSSL cannot wrap a key");
	}
	sealing->wrapped = b64u_encode(task, (struct bytes){wrapped, len});
	return 0;
}

/* RFC 7518 section 4.3: SHA-256 for the label and for the mask. */
static int
oaep_sha256(EVP_PKEY_CTX *context)
{
	if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) <= 0)
		return 0;
	return EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256());
}

static void
cek_make(struct task *task, struct sealing *sealing)
{
	uint8_t bytes[CEK_MAX];
	size_t len = cek_bytes(sealing->to->enc);

	random_bytes(bytes, len);
	json_set_text(sealing->cek, "kty", "oct");
	json_set_text(sealing->cek, "k", b64u_encode(task, (struct bytes){bytes, len}));
	explicit_bzero(bytes, sizeof(bytes));
}

/* RFC 7518 section 5: A128CBC-HS256 has two keys of 16 bytes. */
static size_t
cek_bytes(const char *enc)
{
	return str_equal(enc, "A128GCM") ? 16 : 32;
}

/* libjose leaves epk in a header of the recipient, which the compact form has not: so the key is
 * agreed first, epk moved under protection, and only then the content encrypted. */
static int
agree(struct task *task, struct sealing *sealing)
{
	json_auto_t *recipient = json_object(), *key = bare_key(sealing->to->key);
	json_t *header = json_object_get(sealing->jwe, "protected");
	const char *wrapped;

	if (!str_equal(sealing->to->alg, KEY_IS_AGREED))
		cek_make(task, sealing);
	if (!jose_jwe_enc_jwk(NULL, sealing->jwe, recipient, key, sealing->cek))
		return fail(task, BROKEN, "libjose cannot agree on a key");
	json_object_update(header, json_object_get(recipient, "header"));
	json_object_update(header, json_object_get(sealing->jwe, "header"));
	json_object_del(sealing->jwe, "header");
	if (json_object_get(header, "epk") == NULL)
		return fail(task, BROKEN, "libjose made no key of its own");
	wrapped = json_get_text(recipient, "encrypted_key");
	if (wrapped == NULL)
		wrapped = json_get_text(sealing->jwe, "encrypted_key");
	if (wrapped != NULL)
		sealing->wrapped = task_dup(task, wrapped);
	return 0;
}

/* What else stands in a key (alg, use, key_ops) would make libjose choose or refuse. */
static json_t *
bare_key(const json_t *key)
{
	static const char *const names[] = {"kty", "crv", "x", "y"};
	json_t *bare = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_set_text(bare, names[i], json_get_text(key, names[i]));
	return bare;
}

json_t *
jwe_key_of(const struct jwks *jwks, const char *alg)
{
	json_t *found = NULL;

	for (size_t i = 0; i < jwks->n_keys; i++) {
		json_t *key = jwk_json(jwks->keys[i]);
		bool says_so = json_object_get(key, "use") != NULL;

		if (is_for_sealing(key, alg) && (found == NULL || says_so)) {
			json_decref(found);
			found = json_incref(key);
		}
		json_decref(key);
		if (found != NULL && says_so && json_object_get(found, "use") != NULL)
			break;
	}
	return found;
}

static bool
is_for_sealing(const json_t *key, const char *alg)
{
	const char *own = json_get_text(key, "alg"), *use = json_get_text(key, "use");
	const char *kty = str_equal(alg, RSA_OAEP) ? "RSA" : "EC";

	return str_equal(json_get_text(key, "kty"), kty) && (own == NULL || str_equal(own, alg)) &&
	       (use == NULL || str_equal(use, "enc"));
}
