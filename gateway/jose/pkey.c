/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys as OpenSSL holds them, and as a JWK writes them (RFC 7518 section 6, RFC 8037 section 2).
 *
 * libjose is not used here: version 11 takes a point off the curve, a modulus of any size and
 * base64url of any padding, and knows no OKP.
 */
#include "jose/pkey.h"

#include "core/task.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192
#define RSA_E        65537u
#define EC_MAX_BYTES 48

static int ec_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey);
static int rsa_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey);
static int okp_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey);
static int member(struct task *task, const json_t *jwk, const char *name, struct bytes *ret_bytes);
static EVP_PKEY *build(const char *type, OSSL_PARAM *params);
static EVP_PKEY *build_rsa(struct bytes n, struct bytes e);
static void set_b64u(struct task *task, json_t *json, const char *name, const uint8_t *at, int len);
static json_t *ec_json(struct task *task, const EVP_PKEY *pkey);
static json_t *rsa_json(struct task *task, const EVP_PKEY *pkey);
static json_t *okp_json(struct task *task, const EVP_PKEY *pkey);

int
pkey_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey)
{
	const char *kty = json_get_text(jwk, "kty");

	if (str_equal(kty, "EC"))
		return ec_of_json(task, jwk, ret_pkey);
	if (str_equal(kty, "RSA"))
		return rsa_of_json(task, jwk, ret_pkey);
	if (str_equal(kty, "OKP"))
		return okp_of_json(task, jwk, ret_pkey);
	return fail(task, INVALID_REQUEST, "JWK: kty is not EC, RSA or OKP");
}

static int
ec_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey)
{
	const char *crv = json_get_text(jwk, "crv");
	size_t size = str_equal(crv, "P-256") ? 32 : str_equal(crv, "P-384") ? 48 : 0;
	uint8_t point[1 + 2 * EC_MAX_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
	char group[sizeof("P-256")];
	struct bytes x, y;
	int r;

	if (size == 0)
		return fail(task, INVALID_REQUEST, "JWK: crv is not P-256 or P-384");
	if ((r = member(task, jwk, "x", &x)) < 0 || (r = member(task, jwk, "y", &y)) < 0)
		return r;
	/* RFC 7518 section 6.2.1.2: the full size of a coordinate, leading zeros included. */
	if (x.len != size || y.len != size)
		return fail(task, INVALID_REQUEST, "JWK: a coordinate is not of the curve's size");
	memcpy(point + 1, x.at, size);
	memcpy(point + 1 + size, y.at, size);
	memcpy(group, crv, sizeof(group));

	/* OpenSSL refuses here a point that is not on the curve. */
	EVP_PKEY *pkey = build("EC",
	    (OSSL_PARAM[]){OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size),
		OSSL_PARAM_construct_end()});
	if (pkey == NULL)
		return fail(task, INVALID_REQUEST, "JWK: not a point of the curve");
	*ret_pkey = pkey;
	return 0;
}

static int
rsa_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey)
{
	static const uint8_t f4[] = {1, 0, 1};
	struct bytes n, e;
	int r;

	if ((r = member(task, jwk, "n", &n)) < 0 || (r = member(task, jwk, "e", &e)) < 0)
		return r;
	if (e.len != sizeof(f4) || memcmp(e.at, f4, sizeof(f4)) != 0)
		return fail(task, INVALID_REQUEST, "JWK: e is not 65537");
	/* RFC 7518 section 6.3.1.1: no leading zero octet.  With the top bit of the first octet
	 * set, the size in octets is the size in bits; other moduli are of sizes nobody should
	 * make. */
	if (n.len < RSA_MIN_BITS / 8 || n.len > RSA_MAX_BITS / 8 || (n.at[0] & 0x80) == 0)
		return fail(task, INVALID_REQUEST, "JWK: n is not of 2048 to 8192 bits");
	if ((n.at[n.len - 1] & 1) == 0)
		return fail(task, INVALID_REQUEST, "JWK: n is even");
	if (pkey_is_roca(n))
		return fail(task, INVALID_REQUEST, "JWK: n can be factored (CVE-2017-15361)");

	EVP_PKEY *pkey = build_rsa(n, e);
	if (pkey == NULL)
		return fail(task, INVALID_REQUEST, "JWK: not an RSA key");
	*ret_pkey = pkey;
	return 0;
}

static int
okp_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey)
{
	struct bytes x;
	int r;

	if (!str_equal(json_get_text(jwk, "crv"), "Ed25519"))
		return fail(task, INVALID_REQUEST, "JWK: crv is not Ed25519");
	r = member(task, jwk, "x", &x);
	if (r < 0)
		return r;

	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.at, x.len);
	ERR_clear_error();
	if (pkey == NULL)
		return fail(task, INVALID_REQUEST, "JWK: not an Ed25519 key");
	*ret_pkey = pkey;
	return 0;
}

static int
member(struct task *task, const json_t *jwk, const char *name, struct bytes *ret_bytes)
{
	const char *text = json_get_text(jwk, name);

	if (text == NULL || !b64u_decode(task, text, strlen(text), ret_bytes) ||
	    ret_bytes->len == 0)
		return fail(task, INVALID_REQUEST, "JWK: %s is not base64url", name);
	return 0;
}

static EVP_PKEY *
build(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (context != NULL && EVP_PKEY_fromdata_init(context) > 0 &&
	    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return pkey;
}

static EVP_PKEY *
build_rsa(struct bytes n, struct bytes e)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *big_n = BN_bin2bn(n.at, (int)n.len, NULL);
	BIGNUM *big_e = BN_bin2bn(e.at, (int)e.len, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, big_n) &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, big_e))
		params = OSSL_PARAM_BLD_to_param(builder);
	if (params != NULL)
		pkey = build("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	BN_free(big_n);
	BN_free(big_e);
	return pkey;
}

json_t *
pkey_json(struct task *task, const EVP_PKEY *pkey)
{
	json_t *json = NULL;

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_EC: json = ec_json(task, pkey); break;
	case EVP_PKEY_RSA: json = rsa_json(task, pkey); break;
	case EVP_PKEY_ED25519: json = okp_json(task, pkey); break;
	default: break;
	}
	ERR_clear_error();
	return json;
}

static json_t *
ec_json(struct task *task, const EVP_PKEY *pkey)
{
	uint8_t octets[EC_MAX_BYTES];
	BIGNUM *x = NULL, *y = NULL;
	json_t *json = NULL;
	int bits = EVP_PKEY_get_bits(pkey), size = bits / 8;
	char group[32];

	if (!EVP_PKEY_get_utf8_string_param(
		pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) ||
	    (!str_equal(group, "prime256v1") && !str_equal(group, "secp384r1")))
		return NULL;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y)) {
		json = json_object();
		json_set_text(json, "kty", "EC");
		json_set_text(json, "crv", bits == 256 ? "P-256" : "P-384");
		set_b64u(task, json, "x", octets, BN_bn2binpad(x, octets, size));
		set_b64u(task, json, "y", octets, BN_bn2binpad(y, octets, size));
	}
	BN_free(x);
	BN_free(y);
	return json;
}

static json_t *
rsa_json(struct task *task, const EVP_PKEY *pkey)
{
	uint8_t octets[RSA_MAX_BITS / 8];
	BIGNUM *n = NULL, *e = NULL;
	json_t *json = NULL;

	if (EVP_PKEY_get_bits(pkey) > RSA_MAX_BITS)
		return NULL;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) && BN_is_word(e, RSA_E)) {
		json = json_object();
		json_set_text(json, "kty", "RSA");
		set_b64u(task, json, "n", octets, BN_bn2bin(n, octets));
		set_b64u(task, json, "e", octets, BN_bn2bin(e, octets));
	}
	BN_free(n);
	BN_free(e);
	return json;
}

static json_t *
okp_json(struct task *task, const EVP_PKEY *pkey)
{
	uint8_t octets[32];
	size_t len = sizeof(octets);
	json_t *json;

	if (EVP_PKEY_get_raw_public_key(pkey, octets, &len) <= 0)
		return NULL;
	json = json_object();
	json_set_text(json, "kty", "OKP");
	json_set_text(json, "crv", "Ed25519");
	set_b64u(task, json, "x", octets, (int)len);
	return json;
}

static void
set_b64u(struct task *task, json_t *json, const char *name, const uint8_t *at, int len)
{
	json_set_text(json, name, b64u_encode(task, (struct bytes){at, len < 0 ? 0 : (size_t)len}));
}
