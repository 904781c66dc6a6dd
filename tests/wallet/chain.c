/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates of issuers and verifiers, checked by OpenSSL against the wallet's own anchors.
 */
#include "chain.h"

#include "base64url.h"
#include "file.h"

#include <jose/jose.h>
#include <jose/openssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CERTIFICATES = 6, MAX_DER_BYTES = 16 * 1024 };

static int add_certificate(
    struct wallet *wallet, const char *what, const json_t *item, struct chain *chain);
static X509 *decode_certificate(const char *text);
static int load_anchors(struct wallet *wallet, STACK_OF(X509) * *ret_anchors);
static int check_haip(
    struct wallet *wallet, const char *what, const struct chain *chain, STACK_OF(X509) * anchors);
static int verify_path(
    struct wallet *wallet, const char *what, const struct chain *chain, STACK_OF(X509) * anchors);

static void
drop_certificates(void *certificates)
{
	sk_X509_pop_free(certificates, X509_free);
}

static STACK_OF(X509) * new_certificates(struct wallet *wallet)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();

	if (!certificates)
		abort();
	wallet_own(wallet, certificates, drop_certificates);
	return certificates;
}

int
chain_read(struct wallet *wallet, const char *what, const json_t *header, struct chain *ret_chain)
{
	const json_t *list = json_object_get(header, "x5c");
	struct chain chain = {.certificates = new_certificates(wallet)};
	json_t *item;
	size_t i;
	int r;

	if (json_array_size(list) < 1 || json_array_size(list) > MAX_CERTIFICATES)
		return wallet_fail(wallet, WALLET_FAILED, "%s has no certificates in x5c", what);
	json_array_foreach(list, i, item) {
		r = add_certificate(wallet, what, item, &chain);
		if (r < 0)
			return r;
	}
	chain.leaf = sk_X509_value(chain.certificates, 0);
	*ret_chain = chain;
	return 0;
}

static int
add_certificate(struct wallet *wallet, const char *what, const json_t *item, struct chain *chain)
{
	const char *text = json_string_value(item);
	X509 *certificate = text ? decode_certificate(text) : NULL;

	if (!certificate)
		return wallet_fail(wallet, WALLET_FAILED, "%s has a bad certificate in x5c", what);
	if (!sk_X509_push(chain->certificates, certificate))
		abort();
	return 0;
}

/* Standard base64 with padding (RFC 7515 section 4.1.6), nothing behind the certificate. */
static X509 *
decode_certificate(const char *text)
{
	unsigned char der[MAX_DER_BYTES];
	const unsigned char *end = der;
	size_t n_text = strlen(text);
	X509 *certificate;
	int n_der;

	if (n_text == 0 || n_text > MAX_DER_BYTES || strpbrk(text, " \t\r\n"))
		return NULL;
	n_der = EVP_DecodeBlock(der, (const unsigned char *)text, (int)n_text);
	if (n_der <= 0)
		return NULL;
	n_der -= (text[n_text - 1] == '=') + (n_text > 1 && text[n_text - 2] == '=');
	certificate = d2i_X509(NULL, &end, n_der);
	if (certificate && end == der + n_der)
		return certificate;
	X509_free(certificate);
	return NULL;
}

int
chain_check_anchors(struct wallet *wallet)
{
	STACK_OF(X509) * anchors;

	return load_anchors(wallet, &anchors);
}

static int
load_anchors(struct wallet *wallet, STACK_OF(X509) * *ret_anchors)
{
	STACK_OF(X509) *anchors = new_certificates(wallet);
	const char *pem;
	X509 *anchor;
	BIO *in;

	if (file_read(wallet, wallet->trust_file, &pem) < 0)
		return WALLET_FAILED;
	in = BIO_new_mem_buf(pem, -1);
	while ((anchor = PEM_read_bio_X509(in, NULL, NULL, NULL)))
		sk_X509_push(anchors, anchor);
	BIO_free(in);
	ERR_clear_error();
	if (sk_X509_num(anchors) == 0)
		return wallet_fail(wallet, WALLET_FAILED,
		    "%s has no certificates: nobody is trusted", wallet->trust_file);
	*ret_anchors = anchors;
	return 0;
}

int
chain_verify(struct wallet *wallet, const char *what, const struct chain *chain)
{
	STACK_OF(X509) * anchors;
	int r;

	r = load_anchors(wallet, &anchors);
	if (r < 0)
		return r;
	r = check_haip(wallet, what, chain, anchors);
	if (r < 0)
		return r;
	return verify_path(wallet, what, chain, anchors);
}

static int
check_haip(
    struct wallet *wallet, const char *what, const struct chain *chain, STACK_OF(X509) * anchors)
{
	int is_self_signed = X509_self_signed(chain->leaf, 0);

	if (is_self_signed < 0)
		return wallet_fail(wallet, WALLET_FAILED, "%s: its certificate is malformed", what);
	if (is_self_signed)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s: its certificate is self-signed", what);
	for (int i = 0; i < sk_X509_num(chain->certificates); i++)
		for (int j = 0; j < sk_X509_num(anchors); j++)
			if (X509_cmp(sk_X509_value(chain->certificates, i),
				sk_X509_value(anchors, j)) == 0)
				return wallet_fail(
				    wallet, WALLET_FAILED, "%s: x5c holds the trust anchor", what);
	if (!(X509_get_key_usage(chain->leaf) & KU_DIGITAL_SIGNATURE))
		return wallet_fail(wallet, WALLET_FAILED, "%s: its certificate may not sign", what);
	if (X509_check_ca(chain->leaf) != 0)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s: its certificate is an authority's", what);
	return 0;
}

static int
verify_path(
    struct wallet *wallet, const char *what, const struct chain *chain, STACK_OF(X509) * anchors)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *rules;
	int r = 0;

	if (!context || X509_STORE_CTX_init(context, NULL, chain->leaf, chain->certificates) != 1)
		abort();
	X509_STORE_CTX_set0_trusted_stack(context, anchors);
	rules = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(rules, (time_t)wallet_now_s());
	X509_VERIFY_PARAM_set_auth_level(rules, 2);
	if (X509_verify_cert(context) != 1)
		r = wallet_fail(wallet, WALLET_FAILED, "%s: its certificate is not trusted: %s",
		    what, X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return r;
}

int
chain_jwk(struct wallet *wallet, const char *what, const struct chain *chain, json_t **ret_jwk)
{
	EVP_PKEY *key = X509_get0_pubkey(chain->leaf);
	char group[32] = "";
	json_t *jwk;

	if (key && EVP_PKEY_is_a(key, "EC"))
		EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
	if (strcmp(group, "prime256v1") != 0)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s: its certificate has no P-256 key", what);
	jwk = jose_openssl_jwk_from_EVP_PKEY(NULL, key);
	if (!jwk)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s: its certificate has no P-256 key", what);
	*ret_jwk = wallet_json(wallet, jwk);
	return 0;
}

const char *
chain_subject(struct wallet *wallet, const struct chain *chain)
{
	BIO *out = BIO_new(BIO_s_mem());
	const char *text, *subject;
	long n_text;

	if (!out)
		abort();
	X509_NAME_print_ex(out, X509_get_subject_name(chain->leaf), 0, XN_FLAG_RFC2253);
	n_text = BIO_get_mem_data(out, &text);
	subject = wallet_copy(wallet, text, (size_t)n_text);
	BIO_free(out);
	return subject;
}

const char *
chain_hash(struct wallet *wallet, const struct chain *chain)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n_digest = 0;

	if (X509_digest(chain->leaf, EVP_sha256(), digest, &n_digest) != 1)
		abort();
	return base64url_encode(wallet, digest, n_digest);
}

bool
chain_has_name(const struct chain *chain, const char *dns_name)
{
	return X509_check_host(chain->leaf, dns_name, strlen(dns_name),
		   X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS, NULL) == 1;
}

bool
chain_has_authority(struct wallet *wallet, const struct chain *chain, const char *key_id)
{
	for (int i = 0; i < sk_X509_num(chain->certificates); i++) {
		const ASN1_OCTET_STRING *id =
		    X509_get0_authority_key_id(sk_X509_value(chain->certificates, i));
		const char *text;

		if (!id)
			continue;
		text = base64url_encode(
		    wallet, ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id));
		if (strcmp(text, key_id) == 0)
			return true;
	}
	return false;
}
