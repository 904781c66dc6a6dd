/* SPDX-License-Identifier: Apache-2.0
 *
 * Chains to an anchor (RFC 5280 section 6): wallets' issuers, status lists, cards.
 */
#include "core/clock.h"
#include "core/task.h"
#include "x509/anchors.h"

#include <assert.h>
#include <openssl/err.h>
#include <string.h>
#include <strings.h>

#define SECURITY_LEVEL 2 /* 112 bits: RSA of 2048 bits, no SHA-1 */

static int certs_decode(
    struct task *task, const struct bytes *certs, size_t n, STACK_OF(X509) * ret_certificates);
static int leaf_check(struct task *task, const struct trust *trust, X509 *leaf);
static int path_find(struct task *task, const struct trust *trust, STACK_OF(X509) * certificates,
    struct chain *ret_chain);
static int path_check(struct task *task, X509_STORE_CTX *context, struct chain *ret_chain);
static bool names_uri(const GENERAL_NAME *name, const char *uri);
static bool names_host(const GENERAL_NAME *name, const char *host);
static const char *host_of(struct task *task, const char *uri);
static int chain_order(struct task *task, const char *path, STACK_OF(X509) * certificates);

int
chain_verify(struct task *task, const struct trust *trust, const struct bytes *certs, size_t n,
    struct chain *ret_chain)
{
	auto_certificates *certificates = sk_X509_new_null();
	struct chain chain;
	X509 *leaf;
	int r;

	assert(certificates != NULL);
	r = certs_decode(task, certs, n, certificates);
	if (r < 0)
		return r;
	leaf = sk_X509_value(certificates, 0);
	if ((r = leaf_check(task, trust, leaf)) < 0 ||
	    (r = path_find(task, trust, certificates, &chain)) < 0)
		return r;
	chain.leaf_der = certificate_der(task, leaf);
	chain.leaf_spki_der = certificate_spki(task, leaf);
	chain.subject = certificate_subject(task, leaf);
	*ret_chain = chain;
	return 0;
}

static int
certs_decode(
    struct task *task, const struct bytes *certs, size_t n, STACK_OF(X509) * ret_certificates)
{
	if (n == 0 || n > CHAIN_MAX_CERTS)
		return fail(task, INVALID_REQUEST, "not 1 to %d certificates", CHAIN_MAX_CERTS);
	for (size_t i = 0; i < n; i++) {
		X509 *certificate = certificate_of_der(certs[i]);

		if (certificate == NULL || sk_X509_push(ret_certificates, certificate) == 0) {
			X509_free(certificate);
			return fail(task, INVALID_REQUEST, "not a certificate in DER");
		}
	}
	return 0;
}

static int
leaf_check(struct task *task, const struct trust *trust, X509 *leaf)
{
	uint32_t usage = X509_get_key_usage(leaf); /* all bits where the extension is absent */

	if ((X509_get_extension_flags(leaf) & EXFLAG_INVALID) != 0)
		return fail(task, INVALID_REQUEST, "the leaf's extensions are broken");
	if (trust_has(trust, leaf))
		return fail(task, INVALID_REQUEST, "the leaf is an anchor");
	/* RFC 5280 section 3.2 by name; a key that signed itself under two names is caught as well
	 * since no chain leads from it to an anchor. */
	if ((X509_get_extension_flags(leaf) & EXFLAG_SI) != 0)
		return fail(task, INVALID_REQUEST, "the leaf is self-signed");
	if ((X509_get_extension_flags(leaf) & EXFLAG_CA) != 0)
		return fail(task, INVALID_REQUEST, "the leaf is a CA");
	if ((usage & KU_DIGITAL_SIGNATURE) == 0)
		return fail(task, INVALID_REQUEST, "the leaf may not sign");
	return 0;
}

static int
path_find(struct task *task, const struct trust *trust, STACK_OF(X509) * certificates,
    struct chain *ret_chain)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int r;

	if (context == NULL || X509_STORE_CTX_init(context, trust->store,
				   sk_X509_value(certificates, 0), certificates) != 1) {
		X509_STORE_CTX_free(context);
		return fail(task, BROKEN, "OpenSSL cannot begin a chain");
	}
	r = path_check(task, context, ret_chain);
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return r;
}

static int
path_check(struct task *task, X509_STORE_CTX *context, struct chain *ret_chain)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
	STACK_OF(X509) * path;

	X509_VERIFY_PARAM_set_time(param, (time_t)clock_now_s());
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX_CERTS);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	/* An anchor need not be a root; trust in one is trust in what is below it. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	if (X509_verify_cert(context) != 1)
		return fail(task, INVALID_REQUEST, "certificate chain: %s at depth %d",
		    X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)),
		    X509_STORE_CTX_get_error_depth(context));
	path = X509_STORE_CTX_get0_chain(context);
	if (sk_X509_num(path) < 2)
		return fail(task, INVALID_REQUEST, "certificate chain: ends at the leaf");
	ret_chain->issuer_der = certificate_der(task, sk_X509_value(path, 1));
	ret_chain->anchor_id = certificate_id(task, sk_X509_value(path, sk_X509_num(path) - 1));
	return 0;
}

bool
chain_names(struct task *task, const struct chain *chain, const char *uri)
{
	auto_certificate *leaf = certificate_of_der(chain->leaf_der);
	const char *host = host_of(task, uri);
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		found = names_uri(name, uri) || (host != NULL && names_host(name, host));
	}
	GENERAL_NAMES_free(names);
	return found;
}

static bool
names_uri(const GENERAL_NAME *name, const char *uri)
{
	const ASN1_STRING *text = name->type == GEN_URI ? name->d.uniformResourceIdentifier : NULL;

	return text != NULL && (size_t)ASN1_STRING_length(text) == strlen(uri) &&
	       memcmp(ASN1_STRING_get0_data(text), uri, strlen(uri)) == 0;
}

static bool
names_host(const GENERAL_NAME *name, const char *host)
{
	const ASN1_STRING *text = name->type == GEN_DNS ? name->d.dNSName : NULL;

	return text != NULL && (size_t)ASN1_STRING_length(text) == strlen(host) &&
	       strncasecmp((const char *)ASN1_STRING_get0_data(text), host, strlen(host)) == 0;
}

/* The host of an https URI, or NULL. */
static const char *
host_of(struct task *task, const char *uri)
{
	static const char scheme[] = "https://";
	const char *host = uri + sizeof(scheme) - 1;

	if (!str_starts(uri, scheme) || host[strcspn(host, "@/?#")] == '@')
		return NULL;
	return task_dup_n(task, host, strcspn(host, ":/?#"));
}

bool
chain_spki(struct task *task, struct bytes certificate_der, struct bytes *ret_spki_der)
{
	auto_certificate *certificate = certificate_of_der(certificate_der);

	if (certificate == NULL)
		return false;
	*ret_spki_der = certificate_spki(task, certificate);
	return true;
}

int
chain_load(struct task *task, const char *path, struct bytes *ret_certs, size_t max, size_t *ret_n)
{
	auto_certificates *certificates = NULL;
	size_t n;
	int r;

	r = certificates_read(task, path, CHAIN_MAX_CERTS + 1, &certificates);
	if (r < 0)
		return r;
	r = chain_order(task, path, certificates);
	if (r < 0)
		return r;
	n = (size_t)sk_X509_num(certificates);
	/* OpenID4VC HAIP 1.0: the anchor is not sent. */
	if (n > 1 && certificate_is_self_signed(sk_X509_value(certificates, (int)n - 1)))
		n--;
	if (n > max)
		return fail(task, MISCONFIGURED, "certificate file %s: over %zu", path, max);
	for (size_t i = 0; i < n; i++)
		ret_certs[i] = certificate_der(task, sk_X509_value(certificates, (int)i));
	*ret_n = n;
	return 0;
}

static int
chain_order(struct task *task, const char *path, STACK_OF(X509) * certificates)
{
	if (certificate_is_self_signed(sk_X509_value(certificates, 0)))
		return fail(
		    task, MISCONFIGURED, "certificate file %s: the leaf is self-signed", path);
	for (int i = 0; i + 1 < sk_X509_num(certificates); i++) {
		X509 *subject = sk_X509_value(certificates, i);
		X509 *issuer = sk_X509_value(certificates, i + 1);

		if (X509_check_issued(issuer, subject) != X509_V_OK)
			return fail(task, MISCONFIGURED,
			    "certificate file %s: certificate %d did not issue the one before it",
			    path, i + 2);
	}
	return 0;
}
