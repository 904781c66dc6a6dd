/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures of RFC 7518 section 3 and RFC 8037 on OpenSSL.  ECDSA is r and s side by side there,
 * and DER in OpenSSL.  A context made once and used again saves a tenth of an ES256 signature.
 */
#include "jose/signature.h"

#include "core/task.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define ECDSA_DER_MAX_BYTES 112 /* two integers of 49 bytes, and their heads */

static bool context_set(EVP_PKEY_CTX *context, const struct alg_traits *traits);
static int eddsa_make(
    struct task *task, EVP_PKEY *pkey, struct bytes input, struct bytes *ret_signature);
static int ecdsa_of_der(
    struct task *task, struct bytes der, size_t half_bytes, struct bytes *ret_signature);
static size_t ecdsa_to_der(
    struct bytes signature, size_t half_bytes, uint8_t ret_der[ECDSA_DER_MAX_BYTES]);
static bool eddsa_holds(EVP_PKEY *pkey, struct bytes input, struct bytes signature);
static bool digest_holds(
    EVP_PKEY *pkey, const struct alg_traits *traits, struct bytes input, struct bytes signature);

static void
context_free_p(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}
#define auto_context __attribute__((cleanup(context_free_p))) EVP_PKEY_CTX

static void
md_context_free_p(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}
#define auto_md_context __attribute__((cleanup(md_context_free_p))) EVP_MD_CTX

EVP_PKEY_CTX *
signature_context_new(EVP_PKEY *pkey, enum alg alg)
{
	EVP_PKEY_CTX *context;

	if (alg == ALG_EDDSA)
		return NULL;
	context = EVP_PKEY_CTX_new(pkey, NULL);
	if (context != NULL && EVP_PKEY_sign_init(context) > 0 &&
	    context_set(context, alg_traits(alg)))
		return context;
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return NULL;
}

static bool
context_set(EVP_PKEY_CTX *context, const struct alg_traits *traits)
{
	const EVP_MD *hash = traits->hash();

	if (EVP_PKEY_CTX_set_signature_md(context, hash) <= 0)
		return false;
	if (!str_equal(traits->kty, "RSA"))
		return true;
	if (!traits->is_pss)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
	/* RFC 7518 section 3.5: MGF1 with the same hash, a salt of its size, neither more nor less.
	 */
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

int
signature_make(struct task *task, const struct signature_by *by, struct bytes input,
    struct bytes *ret_signature)
{
	const struct alg_traits *traits = alg_traits(by->alg);
	uint8_t digest[EVP_MAX_MD_SIZE];
	uint8_t *at;
	unsigned digest_bytes;
	size_t len;

	if (traits->hash == NULL)
		return eddsa_make(task, by->pkey, input, ret_signature);
	if (EVP_Digest(input.at, input.len, digest, &digest_bytes, traits->hash(), NULL) != 1)
		return fail(task, BROKEN, "OpenSSL cannot hash");
	len = (size_t)EVP_PKEY_get_size(by->pkey);
	at = task_alloc(task, len);
	if (EVP_PKEY_sign(by->context, at, &len, digest, digest_bytes) <= 0) {
		ERR_clear_error();
		return fail(task, BROKEN, "OpenSSL cannot sign");
	}
	if (traits->half_bytes > 0)
		return ecdsa_of_der(
		    task, (struct bytes){at, len}, traits->half_bytes, ret_signature);
	*ret_signature = (struct bytes){at, len};
	return 0;
}

static int
eddsa_make(struct task *task, EVP_PKEY *pkey, struct bytes input, struct bytes *ret_signature)
{
	auto_md_context *context = EVP_MD_CTX_new();
	uint8_t *at = task_alloc(task, 64);
	size_t len = 64;

	if (context == NULL || EVP_DigestSignInit(context, NULL, NULL, NULL, pkey) <= 0 ||
	    EVP_DigestSign(context, at, &len, input.at, input.len) <= 0) {
		ERR_clear_error();
		return fail(task, BROKEN, "OpenSSL cannot sign");
	}
	*ret_signature = (struct bytes){at, len};
	return 0;
}

static int
ecdsa_of_der(struct task *task, struct bytes der, size_t half_bytes, struct bytes *ret_signature)
{
	const uint8_t *at = der.at;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	uint8_t *halves = task_alloc(task, 2 * half_bytes);
	int half = (int)half_bytes;
	bool ok = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), halves, half) == half &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(pair), halves + half_bytes, half) == half;

	ECDSA_SIG_free(pair);
	if (!ok)
		return fail(task, BROKEN, "OpenSSL made an odd signature");
	*ret_signature = (struct bytes){halves, 2 * half_bytes};
	return 0;
}

bool
signature_holds(EVP_PKEY *pkey, enum alg alg, struct bytes input, struct bytes signature)
{
	const struct alg_traits *traits = alg_traits(alg);
	uint8_t der[ECDSA_DER_MAX_BYTES];
	bool holds;

	if (traits->half_bytes > 0) {
		size_t len = ecdsa_to_der(signature, traits->half_bytes, der);

		if (len == 0)
			return false;
		signature = (struct bytes){der, len};
	}
	holds = traits->hash == NULL ? eddsa_holds(pkey, input, signature)
				     : digest_holds(pkey, traits, input, signature);
	if (!holds)
		ERR_clear_error();
	return holds;
}

/* 0 where the signature is not of the one right size.  Ranges are OpenSSL's to check. */
static size_t
ecdsa_to_der(struct bytes signature, size_t half_bytes, uint8_t ret_der[ECDSA_DER_MAX_BYTES])
{
	ECDSA_SIG *pair;
	BIGNUM *r, *s;
	int len = 0;

	if (signature.len != 2 * half_bytes)
		return 0;
	pair = ECDSA_SIG_new();
	r = BN_bin2bn(signature.at, (int)half_bytes, NULL);
	s = BN_bin2bn(signature.at + half_bytes, (int)half_bytes, NULL);
	if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else {
		len = i2d_ECDSA_SIG(pair, &ret_der);
	}
	ECDSA_SIG_free(pair);
	return len < 0 ? 0 : (size_t)len;
}

static bool
eddsa_holds(EVP_PKEY *pkey, struct bytes input, struct bytes signature)
{
	auto_md_context *context = EVP_MD_CTX_new();

	return context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) > 0 &&
	       EVP_DigestVerify(context, signature.at, signature.len, input.at, input.len) == 1;
}

/* The context is not kept: a public key is shared by threads. */
static bool
digest_holds(
    EVP_PKEY *pkey, const struct alg_traits *traits, struct bytes input, struct bytes signature)
{
	auto_context *context = EVP_PKEY_CTX_new(pkey, NULL);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;

	return context != NULL && EVP_PKEY_verify_init(context) > 0 &&
	       context_set(context, traits) &&
	       EVP_Digest(input.at, input.len, digest, &len, traits->hash(), NULL) == 1 &&
	       EVP_PKEY_verify(context, signature.at, signature.len, digest, len) == 1;
}
