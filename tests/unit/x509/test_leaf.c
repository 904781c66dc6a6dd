/* SPDX-License-Identifier: Apache-2.0
 *
 * What one certificate says of itself: purpose, policies, subject, places to ask.
 */
#include "unit/ca.h"

#include "x509/leaf.h"
#include "x509/trust.h"

static EVP_PKEY *key;
static X509 *issuer;

static int
issuer_make(void **state)
{
	(void)state;
	key = ca_key();
	issuer = ca_root("cards", key);
	return 0;
}

static int
issuer_free(void **state)
{
	(void)state;
	X509_free(issuer);
	EVP_PKEY_free(key);
	return 0;
}

static struct bytes
card(struct task *task, struct ca_wish wish)
{
	struct bytes der;
	X509 *made;

	wish.subject = "card";
	wish.issuer = issuer;
	wish.issuer_key = wish.key = key;
	made = ca_issue(&wish);
	der = ca_der(task, made);
	X509_free(made);
	return der;
}

static bool
may(struct task *task, const char *usage, const char *extended)
{
	struct ca_wish wish = {0};
	size_t n = 0;

	if (usage != NULL) {
		wish.extensions[n][0] = "keyUsage";
		wish.extensions[n++][1] = usage;
	}
	if (extended != NULL) {
		wish.extensions[n][0] = "extendedKeyUsage";
		wish.extensions[n++][1] = extended;
	}
	return leaf_may_authenticate(card(task, wish));
}

static void
purposes(void **state)
{
	assert_true(may(*state, "digitalSignature", NULL));
	assert_true(may(*state, "critical,digitalSignature,keyAgreement", "clientAuth"));
	assert_true(may(*state, "digitalSignature", "emailProtection,clientAuth"));
	assert_false(may(*state, "digitalSignature", "emailProtection"));
	assert_false(may(*state, "digitalSignature", "serverAuth"));
	assert_false(may(*state, "nonRepudiation", NULL));
	assert_false(may(*state, "nonRepudiation", "clientAuth"));
	assert_false(may(*state, NULL, "clientAuth"));
	assert_false(may(*state, NULL, NULL));
	assert_false(leaf_may_authenticate(BYTES_OF("no certificate")));
}

static void
policies(void **state)
{
	static const char *const first[] = {"1.2.3.4", NULL}, *const second[] = {"1.2.3.5", NULL};
	static const char *const both[] = {"1.9", "1.2.3.5", NULL}, *const none[] = {NULL};
	struct bytes der = card(*state,
	    (struct ca_wish){
		.extensions = {{"certificatePolicies", "DER:300F300506032A0304300606042A030501"}}});

	assert_true(leaf_has_policy(der, first));
	assert_false(leaf_has_policy(der, second));
	assert_false(leaf_has_policy(der, both));
	assert_false(leaf_has_policy(der, none));
	assert_false(leaf_has_policy(card(*state, (struct ca_wish){0}), first));
	assert_false(leaf_has_policy(BYTES_OF(""), first));
}

static void
places(void **state)
{
	struct bytes der = card(*state,
	    (struct ca_wish){
		.extensions = {{"authorityInfoAccess",
				   "caIssuers;URI:http://a.test/ca,OCSP;URI:http://ocsp.test/a?b"},
		    {"crlDistributionPoints", "URI:ldap://crl.test/x,URI:https://crl.test/y"}}});
	struct bytes odd = card(*state,
	    (struct ca_wish){.extensions = {{"authorityInfoAccess", "OCSP;URI:file:///etc/passwd"},
				 {"crlDistributionPoints", "URI:http://crl.test/a b"}}});

	assert_string_equal(leaf_ocsp_url(*state, der), "http://ocsp.test/a?b");
	assert_string_equal(leaf_crl_url(*state, der), "https://crl.test/y");
	assert_null(leaf_ocsp_url(*state, odd));
	assert_null(leaf_crl_url(*state, odd));
	assert_null(leaf_ocsp_url(*state, card(*state, (struct ca_wish){0})));
	assert_null(leaf_crl_url(*state, BYTES_OF("x")));
}

/* A subject of these parts, each {name, value of len bytes}. */
struct part {
	const char *name, *value;
	int len;
};
static struct bytes
named(struct task *task, const struct part *parts)
{
	X509 *made = X509_new();
	struct bytes der;

	X509_set_version(made, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made), 0x80);
	for (; parts->name != NULL; parts++)
		assert_int_equal(
		    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), parts->name,
			V_ASN1_UTF8STRING, (const unsigned char *)parts->value, parts->len, -1, 0),
		    1);
	X509_set_issuer_name(made, X509_get_subject_name(issuer));
	ASN1_TIME_set(X509_getm_notBefore(made), 0);
	ASN1_TIME_set(X509_getm_notAfter(made), 1);
	X509_set_pubkey(made, key);
	X509_sign(made, key, EVP_sha256());
	der = ca_der(task, made);
	X509_free(made);
	return der;
}

static void
parts_of_a_subject(void **state)
{
	struct bytes der = named(
	    *state, (const struct part[]){{"serialNumber", "PNOKH-1", -1}, {"GN", "សុភា", -1}, {0}});
	struct bytes twice = named(*state,
	    (const struct part[]){{"serialNumber", "1", -1}, {"serialNumber", "2", -1}, {0}});
	struct bytes nul = named(*state, (const struct part[]){{"serialNumber", "1\0002", 3}, {0}});
	struct bytes line = named(*state, (const struct part[]){{"serialNumber", "1\n2", 3}, {0}});

	assert_string_equal(leaf_subject(*state, der, "serialNumber"), "PNOKH-1");
	assert_string_equal(leaf_subject(*state, der, "2.5.4.5"), "PNOKH-1");
	assert_string_equal(leaf_subject(*state, der, "2.5.4.42"), "សុភា");
	assert_null(leaf_subject(*state, der, "CN"));
	assert_null(leaf_subject(*state, der, "no such thing"));
	assert_null(leaf_subject(*state, twice, "serialNumber"));
	assert_null(leaf_subject(*state, nul, "serialNumber"));
	assert_null(leaf_subject(*state, line, "serialNumber"));
	assert_null(leaf_subject(*state, BYTES_OF(""), "CN"));
	assert_int_equal(leaf_serial(*state, der).len, 1);
	assert_int_equal(leaf_serial(*state, der).at[0], 0x80);
	assert_int_equal(leaf_serial(*state, BYTES_OF("x")).len, 0);
}

static void
one_certificate_and_nothing_else(void **state)
{
	struct bytes der = card(*state, (struct ca_wish){0});
	uint8_t *longer = task_alloc(*state, der.len + 1);

	memcpy(longer, der.at, der.len);
	assert_true(leaf_is_certificate(der));
	assert_false(leaf_is_certificate((struct bytes){longer, der.len + 1}));
	assert_false(leaf_is_certificate((struct bytes){der.at, der.len - 1}));
	assert_false(leaf_is_certificate(BYTES_OF("-----BEGIN CERTIFICATE-----")));
}

static void
whose_it_is(void **state)
{
	EVP_PKEY *other_key = ca_key();
	X509 *other = ca_root("cards", other_key);
	struct bytes der = card(*state, (struct ca_wish){0}), found;
	struct trust *trust, *strange;
	struct chain chain;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/dvara-leaf-%d.pem", (int)getpid());
	ca_write(path, (X509 *const[]){issuer, NULL});
	assert_int_equal(trust_load(*state, path, &trust), 0);
	ca_write(path, (X509 *const[]){other, NULL});
	assert_int_equal(trust_load(*state, path, &strange), 0);
	unlink(path);
	assert_true(trust_issued(trust, der));
	assert_false(trust_issued(strange, der));
	assert_false(trust_issued(trust, ca_der(*state, other)));
	assert_false(trust_issued(trust, BYTES_OF("x")));
	assert_int_equal(chain_verify(*state, trust, &der, 1, &chain), 0);
	assert_memory_equal(chain.issuer_der.at, ca_der(*state, issuer).at, chain.issuer_der.len);
	assert_true(trust_anchor(*state, trust, chain.anchor_id, &found));
	assert_memory_equal(found.at, chain.issuer_der.at, found.len);
	assert_false(trust_anchor(*state, strange, chain.anchor_id, &found));
	trust_free(trust);
	trust_free(strange);
	X509_free(other);
	EVP_PKEY_free(other_key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(purposes),
	    task_test(policies),
	    task_test(places),
	    task_test(parts_of_a_subject),
	    task_test(one_certificate_and_nothing_else),
	    task_test(whose_it_is),
	};

	return cmocka_run_group_tests(tests, issuer_make, issuer_free);
}
