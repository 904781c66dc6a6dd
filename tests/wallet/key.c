/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of the holder, one per copy of a credential (OpenID4VCI 1.0 section 13.4: never the same
 * twice).
 */
#include "key.h"

#include <jose/jose.h>
#include <jose/openssl.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* RFC 7914 suggests N = 2^14, r = 8, p = 1 for a login that a person waits for. */
enum { SCRYPT_N = 1 << 14, SCRYPT_R = 8, SCRYPT_P = 1 };

static void drop_key(void *key);
static int write_pem(struct wallet *wallet, BIO *out, EVP_PKEY *key);
static X509_SIG *encrypt_key(struct wallet *wallet, PKCS8_PRIV_KEY_INFO *plain);
static int give_pin(char *buffer, int n_buffer, int is_writing, void *cookie);

EVP_PKEY *
key_new(struct wallet *wallet)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (!key)
		abort();
	wallet_own(wallet, key, drop_key);
	return key;
}

static void
drop_key(void *key)
{
	EVP_PKEY_free(key);
}

json_t *
key_private_jwk(struct wallet *wallet, EVP_PKEY *key)
{
	return wallet_json(wallet, jose_openssl_jwk_from_EVP_PKEY(NULL, key));
}

json_t *
key_public_jwk(struct wallet *wallet, EVP_PKEY *key)
{
	json_t *jwk = key_private_jwk(wallet, key);

	return wallet_json(
	    wallet, json_pack("{s:O, s:O, s:O, s:O}", "kty", json_object_get(jwk, "kty"), "crv",
			json_object_get(jwk, "crv"), "x", json_object_get(jwk, "x"), "y",
			json_object_get(jwk, "y")));
}

const char *
key_thumbprint(struct wallet *wallet, const json_t *jwk)
{
	const char *kty = json_string_value(json_object_get(jwk, "kty"));
	const char *crv = json_string_value(json_object_get(jwk, "crv"));
	json_t *thumbprint;

	if (!kty || strcmp(kty, "EC") != 0 || !crv || strcmp(crv, "P-256") != 0)
		return NULL;
	thumbprint = jose_jwk_thp(NULL, jwk, "S256");
	return thumbprint ? json_string_value(wallet_json(wallet, thumbprint)) : NULL;
}

int
key_to_text(struct wallet *wallet, EVP_PKEY *key, const char **ret_pem)
{
	BIO *out = BIO_new(BIO_s_secmem());
	const char *pem;
	long n_pem;
	int r;

	r = write_pem(wallet, out, key);
	n_pem = BIO_get_mem_data(out, &pem);
	if (r == 0)
		*ret_pem = wallet_copy(wallet, pem, (size_t)n_pem);
	BIO_free(out);
	return r;
}

static int
write_pem(struct wallet *wallet, BIO *out, EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_SIG *sealed = plain && wallet->pin ? encrypt_key(wallet, plain) : NULL;
	bool is_written = false;

	if (sealed)
		is_written = PEM_write_bio_PKCS8(out, sealed) == 1;
	else if (plain && !wallet->pin)
		is_written = PEM_write_bio_PKCS8_PRIV_KEY_INFO(out, plain) == 1;
	X509_SIG_free(sealed);
	PKCS8_PRIV_KEY_INFO_free(plain);
	if (!is_written)
		return wallet_fail(wallet, WALLET_FAILED, "the private key cannot be written");
	return 0;
}

static X509_SIG *
encrypt_key(struct wallet *wallet, PKCS8_PRIV_KEY_INFO *plain)
{
	X509_ALGOR *algorithm =
	    PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
	X509_SIG *sealed;

	if (!algorithm)
		return NULL;
	sealed = PKCS8_set0_pbe(wallet->pin, (int)strlen(wallet->pin), plain, algorithm);
	if (!sealed)
		X509_ALGOR_free(algorithm);
	return sealed;
}

struct pin_request {
	struct wallet *wallet;
	bool is_asked;
};

int
key_from_text(struct wallet *wallet, const char *pem, EVP_PKEY **ret_key)
{
	struct pin_request request = {.wallet = wallet};
	BIO *in = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key;

	key = PEM_read_bio_PrivateKey(in, NULL, give_pin, &request);
	BIO_free(in);
	if (!key && request.is_asked && !wallet->pin)
		return wallet_fail(
		    wallet, WALLET_FAILED, "the key is under a PIN: give --pin-file");
	if (!key && request.is_asked)
		return wallet_fail(wallet, WALLET_FAILED, "the PIN does not open the key");
	if (!key)
		return wallet_fail(wallet, WALLET_FAILED, "a copy holds no private key");
	wallet_own(wallet, key, drop_key);
	*ret_key = key;
	return 0;
}

static int
give_pin(char *buffer, int n_buffer, int is_writing, void *cookie)
{
	struct pin_request *request = cookie;
	const char *pin = request->wallet->pin;

	(void)is_writing;
	request->is_asked = true;
	if (!pin || strlen(pin) > (size_t)n_buffer)
		return -1;
	memcpy(buffer, pin, strlen(pin));
	return (int)strlen(pin);
}
