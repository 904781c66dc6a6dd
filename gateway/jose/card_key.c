/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of identity cards (see card_key.h).
 */
#include "jose/card_key.h"

#include "core/task.h"
#include "jose/pkey.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#define RSA_MIN_BITS   2048
#define RSA_MAX_BITS   8192
#define RSA_MIN_E_BITS 17
#define DER_MAX_BYTES  160 /* two numbers on P-521, and their heads */

enum scheme { EC_SCHEME = 1, RSA_SCHEME, PSS_SCHEME };
static const struct algorithm {
	const char *name;
	enum scheme scheme;
	const EVP_MD *(*hash)(void);
	const char *curve;
	size_t half_bytes;
} algorithms[] = {
    {"ES256", EC_SCHEME, EVP_sha256, "prime256v1", 32},
    {"ES384", EC_SCHEME, EVP_sha384, "secp384r1", 48},
    {"ES512", EC_SCHEME, EVP_sha512, "secp521r1", 66},
    {"RS256", RSA_SCHEME, EVP_sha256, NULL, 0},
    {"RS384", RSA_SCHEME, EVP_sha384, NULL, 0},
    {"RS512", RSA_SCHEME, EVP_sha512, NULL, 0},
    {"PS256", PSS_SCHEME, EVP_sha256, NULL, 0},
    {"PS384", PSS_SCHEME, EVP_sha384, NULL, 0},
    {"PS512", PSS_SCHEME, EVP_sha512, NULL, 0},
};

static const struct algorithm *algorithm_named(const char *name);
static EVP_PKEY *key_of(struct bytes spki_der);
static int rsa_check(struct task *task, const EVP_PKEY *key);
static bool has_weak_primes(const BIGNUM *modulus);
static bool curve_is(const EVP_PKEY *key, const char *curve);
static bool digest_make(const struct algorithm *algorithm, const struct card_proof *proof,
    uint8_t ret_digest[EVP_MAX_MD_SIZE], size_t *ret_len);
static bool signature_der(
    size_t half_bytes, struct bytes signature, uint8_t ret_der[DER_MAX_BYTES], size_t *ret_len);
static bool padding_set(EVP_PKEY_CTX *context, const struct algorithm *algorithm);

static void
context_free_p(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}
#define auto_context __attribute__((cleanup(context_free_p))) EVP_PKEY_CTX

static void
number_free_p(BIGNUM **number)
{
	BN_free(*number);
}
#define auto_number __attribute__((cleanup(number_free_p))) BIGNUM

int
card_key_check(struct task *task, struct bytes spki_der)
{
	auto_pkey *key = key_of(spki_der);

	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return rsa_check(task, key);
	for (size_t i = 0; key != NULL && algorithms[i].scheme == EC_SCHEME; i++)
		if (curve_is(key, algorithms[i].curve))
			return 0;
	return fail(task, INVALID_REQUEST, "the card's key is of no kind that is taken");
}

static EVP_PKEY *
key_of(struct bytes spki_der)
{
	const uint8_t *at = spki_der.at;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki_der.len);

	ERR_clear_error();
	return key;
}

static int
rsa_check(struct task *task, const EVP_PKEY *key)
{
	auto_number *modulus = NULL, *exponent = NULL;
	int bits = EVP_PKEY_get_bits(key);

	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return fail(task, INVALID_REQUEST, "the card's RSA key has %d bits", bits);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1)
		return fail(task, INVALID_REQUEST, "the card's RSA key cannot be read");
	if (BN_num_bits(exponent) < RSA_MIN_E_BITS || !BN_is_odd(exponent))
		return fail(task, INVALID_REQUEST, "the card's RSA key has an e below 65537");
	if (has_weak_primes(modulus))
		return fail(task, INVALID_REQUEST, "the card's RSA key has weak primes");
	return 0;
}

static bool
has_weak_primes(const BIGNUM *modulus)
{
	uint8_t bytes[RSA_MAX_BITS / 8];
	int len = BN_bn2bin(modulus, bytes);

	return pkey_is_roca((struct bytes){bytes, (size_t)len});
}

static bool
curve_is(const EVP_PKEY *key, const char *curve)
{
	char name[32];

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1 &&
	       strcmp(name, curve) == 0;
}

bool
card_key_knows(const char *algorithm)
{
	return algorithm_named(algorithm) != NULL;
}

static const struct algorithm *
algorithm_named(const char *name)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (str_equal(algorithms[i].name, name))
			return &algorithms[i];
	return NULL;
}

/* The key says the family and the curve; the token's algorithm must be one of its own. */
bool
card_key_signed(struct bytes spki_der, const struct card_proof *proof)
{
	const struct algorithm *algorithm = algorithm_named(proof->algorithm);
	auto_pkey *key = key_of(spki_der);
	auto_context *context = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	uint8_t digest[EVP_MAX_MD_SIZE], der[DER_MAX_BYTES];
	struct bytes signature = proof->signature;
	bool is_ec, holds;
	size_t len;

	if (algorithm == NULL || context == NULL)
		return false;
	is_ec = algorithm->scheme == EC_SCHEME;
	if (is_ec ? !curve_is(key, algorithm->curve) : EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		return false;
	if (is_ec) {
		if (!signature_der(algorithm->half_bytes, signature, der, &signature.len))
			return false;
		signature.at = der;
	}
	holds = digest_make(algorithm, proof, digest, &len) && EVP_PKEY_verify_init(context) > 0 &&
		padding_set(context, algorithm) &&
		EVP_PKEY_verify(context, signature.at, signature.len, digest, len) == 1;
	ERR_clear_error();
	return holds;
}

static bool
digest_make(const struct algorithm *algorithm, const struct card_proof *proof,
    uint8_t ret_digest[EVP_MAX_MD_SIZE], size_t *ret_len)
{
	const EVP_MD *hash = algorithm->hash();
	uint8_t both[2 * EVP_MAX_MD_SIZE];
	unsigned first, second, len;

	if (EVP_Digest(proof->origin, strlen(proof->origin), both, &first, hash, NULL) != 1 ||
	    EVP_Digest(proof->nonce, strlen(proof->nonce), both + first, &second, hash, NULL) !=
		1 ||
	    EVP_Digest(both, first + second, ret_digest, &len, hash, NULL) != 1)
		return false;
	*ret_len = len;
	return true;
}

static bool
signature_der(
    size_t half_bytes, struct bytes signature, uint8_t ret_der[DER_MAX_BYTES], size_t *ret_len)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = NULL, *s = NULL;
	int len = 0;

	if (pair != NULL && signature.len == 2 * half_bytes) {
		r = BN_bin2bn(signature.at, (int)half_bytes, NULL);
		s = BN_bin2bn(signature.at + half_bytes, (int)half_bytes, NULL);
	}
	if (r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
		len = i2d_ECDSA_SIG(pair, &ret_der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	*ret_len = len > 0 ? (size_t)len : 0;
	return len > 0;
}

/* PSS: MGF1 with the same hash and a salt of its size (RFC 7518 section 3.5). */
static bool
padding_set(EVP_PKEY_CTX *context, const struct algorithm *algorithm)
{
	const EVP_MD *hash = algorithm->hash();

	if (EVP_PKEY_CTX_set_signature_md(context, hash) <= 0)
		return false;
	if (algorithm->scheme == EC_SCHEME)
		return true;
	if (algorithm->scheme == RSA_SCHEME)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}
