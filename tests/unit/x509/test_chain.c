/* SPDX-License-Identifier: Apache-2.0
 *
 * Chains: each fault alone, beside the chain without it.
 */
#include "unit/ca.h"

#include "x509/trust.h"

static char path[64];
static EVP_PKEY *root_key, *middle_key, *leaf_key;
static X509 *root, *middle, *leaf;
static struct trust *trust;

static struct trust *
trust_of(X509 *const *certificates)
{
	struct trust *made;
	struct task task;

	task_open(&task, NULL, NULL, 0);
	ca_write(path, certificates);
	assert_int_equal(trust_load(&task, path, &made), 0);
	task_close(&task);
	unlink(path);
	return made;
}

static X509 *
middle_make(const char *subject)
{
	return ca_issue(&(struct ca_wish){.subject = subject,
	    .issuer = root,
	    .issuer_key = root_key,
	    .key = middle_key,
	    .extensions = CA_ROOT_EXTENSIONS});
}

static int
certificates_make(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/dvara-chain-%d.pem", (int)getpid());
	root_key = ca_key();
	middle_key = ca_key();
	leaf_key = ca_key();
	root = ca_root("root", root_key);
	middle = middle_make("middle");
	leaf = ca_issue(&(struct ca_wish){.subject = "leaf, ភ្នំពេញ",
	    .issuer = middle,
	    .issuer_key = middle_key,
	    .key = leaf_key,
	    .extensions = {{"keyUsage", "critical,digitalSignature"},
		{"subjectAltName", "URI:https://issuer.test/a,DNS:Issuer.test,DNS:*.wild.test"}}});
	trust = trust_of((X509 *const[]){root, NULL});
	return 0;
}

static int
certificates_free(void **state)
{
	(void)state;
	trust_free(trust);
	X509_free(root);
	X509_free(middle);
	X509_free(leaf);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(middle_key);
	EVP_PKEY_free(leaf_key);
	return 0;
}

static bool
holds(struct task *task, const struct trust *anchors, X509 *const *certificates)
{
	struct bytes certs[16];
	struct chain chain;
	size_t n = 0;
	int r;

	for (; certificates[n] != NULL; n++)
		certs[n] = ca_der(task, certificates[n]);
	r = chain_verify(task, anchors, certs, n, &chain);
	assert_true(r == 0 || r == INVALID_REQUEST);
	fault_clear(task);
	return r == 0;
}

/* A leaf of the wish, under middle unless the wish says otherwise; freed after the look. */
static bool
wish_holds(struct task *task, struct ca_wish wish)
{
	X509 *made;
	bool ok;

	wish.subject = wish.subject == NULL ? "leaf" : wish.subject;
	wish.issuer = wish.issuer == NULL ? middle : wish.issuer;
	wish.issuer_key = wish.issuer_key == NULL ? middle_key : wish.issuer_key;
	wish.key = wish.key == NULL ? leaf_key : wish.key;
	made = ca_issue(&wish);
	ok = holds(task, trust, (X509 *const[]){made, middle, NULL});
	X509_free(made);
	return ok;
}

static void
what_a_chain_says(void **state)
{
	struct bytes certs[] = {ca_der(*state, leaf), ca_der(*state, middle)};
	struct chain chain;
	uint8_t digest[32];
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(root_key, &spki);

	assert_int_equal(chain_verify(*state, trust, certs, 2, &chain), 0);
	assert_int_equal(chain.leaf_der.len, certs[0].len);
	assert_memory_equal(chain.leaf_der.at, certs[0].at, certs[0].len);
	assert_string_equal(chain.subject, "CN=leaf\\, ភ្នំពេញ");
	EVP_Digest(spki, (size_t)len, digest, NULL, EVP_sha256(), NULL);
	assert_string_equal(
	    chain.anchor_id, b64u_encode(*state, (struct bytes){digest, sizeof(digest)}));
	OPENSSL_free(spki);
	spki = NULL;
	len = i2d_PUBKEY(leaf_key, &spki);
	assert_int_equal(chain.leaf_spki_der.len, len);
	assert_memory_equal(chain.leaf_spki_der.at, spki, chain.leaf_spki_der.len);
	OPENSSL_free(spki);
}

static void
an_intermediate_may_be_an_anchor(void **state)
{
	struct trust *partial = trust_of((X509 *const[]){middle, NULL});

	assert_true(holds(*state, partial, (X509 *const[]){leaf, NULL}));
	assert_true(holds(*state, partial, (X509 *const[]){leaf, middle, NULL}));
	assert_true(holds(*state, partial, (X509 *const[]){leaf, middle, root, NULL}));
	trust_free(partial);
}

static void
the_path_must_end_at_an_anchor(void **state)
{
	EVP_PKEY *key = ca_key();
	X509 *other = ca_root("root", key);
	struct trust *others = trust_of((X509 *const[]){other, NULL});

	assert_true(holds(*state, trust, (X509 *const[]){leaf, middle, NULL}));
	assert_true(holds(*state, trust, (X509 *const[]){leaf, middle, root, NULL}));
	assert_false(holds(*state, trust, (X509 *const[]){leaf, NULL}));
	assert_false(holds(*state, trust, (X509 *const[]){leaf, root, NULL}));
	assert_false(holds(*state, others, (X509 *const[]){leaf, middle, NULL}));
	assert_false(holds(*state, others, (X509 *const[]){leaf, middle, root, NULL}));
	assert_false(holds(*state, trust, (X509 *const[]){NULL}));
	trust_free(others);
	X509_free(other);
	EVP_PKEY_free(key);
}

static void
the_leaf_is_no_anchor(void **state)
{
	struct trust *leaves = trust_of((X509 *const[]){leaf, root, NULL});
	X509 *lonely = ca_issue(&(struct ca_wish){.subject = "lonely", .key = leaf_key});
	struct trust *lonelies = trust_of((X509 *const[]){lonely, NULL});

	assert_false(holds(*state, leaves, (X509 *const[]){leaf, middle, NULL}));
	assert_false(holds(*state, trust, (X509 *const[]){lonely, NULL}));
	assert_false(holds(*state, lonelies, (X509 *const[]){lonely, NULL}));
	assert_false(holds(*state, trust, (X509 *const[]){root, NULL}));
	assert_false(holds(*state, trust, (X509 *const[]){middle, NULL}));
	trust_free(leaves);
	trust_free(lonelies);
	X509_free(lonely);
}

/* By its names: under an intermediate of the same name as itself, signed by that one's key. */
static void
a_self_issued_leaf_is_refused(void **state)
{
	assert_false(wish_holds(*state, (struct ca_wish){.subject = "middle"}));
	assert_true(wish_holds(*state, (struct ca_wish){.subject = "middle2"}));
}

static void
what_a_leaf_may_be(void **state)
{
	assert_true(wish_holds(*state, (struct ca_wish){0}));
	assert_true(
	    wish_holds(*state, (struct ca_wish){.extensions = {{"basicConstraints", "CA:FALSE"}}}));
	assert_true(wish_holds(*state,
	    (struct ca_wish){.extensions = {{"keyUsage", "digitalSignature,keyAgreement"}}}));
	assert_false(
	    wish_holds(*state, (struct ca_wish){.extensions = {{"keyUsage", "keyAgreement"}}}));
	assert_false(wish_holds(
	    *state, (struct ca_wish){.extensions = {{"basicConstraints", "critical,CA:TRUE"},
					 {"keyUsage", "digitalSignature,keyCertSign"}}}));
	/* an extension that must be understood and is not */
	assert_false(
	    wish_holds(*state, (struct ca_wish){.extensions = {{"1.2.3.4", "critical,DER:0500"}}}));
}

static void
validity_is_by_our_clock(void **state)
{
	assert_true(wish_holds(*state, (struct ca_wish){.from_s = -100, .to_s = 100}));
	assert_false(wish_holds(*state, (struct ca_wish){.from_s = -200, .to_s = -100}));
	assert_false(wish_holds(*state, (struct ca_wish){.from_s = 100, .to_s = 200}));
}

static void
the_clock_of_tests_moves_it(void **state)
{
	char clock[80];
	FILE *file;

	snprintf(clock, sizeof(clock), "%s.clock", path);
	assert_int_equal(setenv("DVARA_TEST_CLOCK", clock, 1), 0);
	file = fopen(clock, "w");
	fputs("7200", file);
	fclose(file);
	assert_false(holds(*state, trust, (X509 *const[]){leaf, middle, NULL}));
	unlink(clock);
	unsetenv("DVARA_TEST_CLOCK");
	assert_true(holds(*state, trust, (X509 *const[]){leaf, middle, NULL}));
}

static void
an_intermediate_that_expired(void **state)
{
	X509 *old = ca_issue(&(struct ca_wish){.subject = "middle",
	    .issuer = root,
	    .issuer_key = root_key,
	    .key = middle_key,
	    .from_s = -200,
	    .to_s = -100,
	    .extensions = CA_ROOT_EXTENSIONS});

	assert_false(holds(*state, trust, (X509 *const[]){leaf, old, NULL}));
	assert_true(holds(*state, trust, (X509 *const[]){leaf, old, middle, NULL}) ||
		    holds(*state, trust, (X509 *const[]){leaf, middle, old, NULL}));
	X509_free(old);
}

static void
an_anchor_that_expired(void **state)
{
	X509 *old = ca_issue(&(struct ca_wish){.subject = "root",
	    .key = root_key,
	    .from_s = -200,
	    .to_s = -100,
	    .extensions = CA_ROOT_EXTENSIONS});
	struct trust *olds = trust_of((X509 *const[]){old, NULL});

	assert_false(holds(*state, olds, (X509 *const[]){leaf, middle, NULL}));
	trust_free(olds);
	X509_free(old);
}

/* Who issues must be a CA, may sign certificates, and not more of them than its path allows. */
static void
what_an_issuer_may_be(void **state)
{
	static const char *const bad[][4] = {
	    {"basicConstraints", "CA:FALSE", "keyUsage", "keyCertSign"},
	    {"basicConstraints", "critical,CA:TRUE", "keyUsage", "digitalSignature"},
	    {"keyUsage", "keyCertSign", NULL, NULL},
	    {NULL, NULL, NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ca_wish wish = {.subject = "middle",
		    .issuer = root,
		    .issuer_key = root_key,
		    .key = middle_key,
		    .extensions = {{bad[i][0], bad[i][1]}, {bad[i][2], bad[i][3]}}};
		X509 *odd = ca_issue(&wish);

		assert_false(holds(*state, trust, (X509 *const[]){leaf, odd, NULL}));
		X509_free(odd);
	}
}

static void
a_path_length_is_kept(void **state)
{
	EVP_PKEY *key = ca_key();
	X509 *narrow = ca_issue(&(struct ca_wish){.subject = "narrow",
	    .issuer = root,
	    .issuer_key = root_key,
	    .key = key,
	    .extensions = {
		{"basicConstraints", "critical,CA:TRUE,pathlen:0"}, {"keyUsage", "keyCertSign"}}});
	X509 *below = ca_issue(&(struct ca_wish){.subject = "middle",
	    .issuer = narrow,
	    .issuer_key = key,
	    .key = middle_key,
	    .extensions = CA_ROOT_EXTENSIONS});

	assert_false(holds(*state, trust, (X509 *const[]){leaf, below, narrow, NULL}));
	X509_free(below);
	X509_free(narrow);
	EVP_PKEY_free(key);
}

static void
weak_keys_and_hashes(void **state)
{
	EVP_PKEY *rsa1024 = EVP_RSA_gen(1024), *rsa2048 = EVP_RSA_gen(2048);
	EVP_PKEY *p192 = EVP_EC_gen("P-192");

	assert_true(wish_holds(*state, (struct ca_wish){.key = rsa2048}));
	assert_false(wish_holds(*state, (struct ca_wish){.key = rsa1024}));
	assert_false(wish_holds(*state, (struct ca_wish){.key = p192}));
	assert_true(wish_holds(*state, (struct ca_wish){.hash = "SHA384"}));
	assert_false(wish_holds(*state, (struct ca_wish){.hash = "SHA1"}));
	EVP_PKEY_free(rsa1024);
	EVP_PKEY_free(rsa2048);
	EVP_PKEY_free(p192);
}

static void
broken_certificates(void **state)
{
	struct bytes whole = ca_der(*state, leaf), certs[9] = {whole, ca_der(*state, middle)};
	uint8_t *longer = task_alloc(*state, whole.len + 1);
	uint8_t *signature = (uint8_t *)task_dup_n(*state, (const char *)whole.at, whole.len);
	struct chain chain;

	memcpy(longer, whole.at, whole.len);
	signature[whole.len - 1] ^= 1;
	const struct bytes odd[] = {{longer, whole.len + 1}, {whole.at, whole.len - 1},
	    {whole.at, 0}, {signature, whole.len}, BYTES_OF("certificate")};

	assert_int_equal(chain_verify(*state, trust, certs, 2, &chain), 0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		certs[0] = odd[i];
		assert_int_equal(chain_verify(*state, trust, certs, 2, &chain), INVALID_REQUEST);
	}
	certs[0] = whole;
	for (size_t i = 1; i < 9; i++)
		certs[i] = ca_der(*state, middle);
	assert_int_equal(chain_verify(*state, trust, certs, 9, &chain), INVALID_REQUEST);
}

static void
names_of_a_leaf(void **state)
{
	const struct chain chain = {.leaf_der = ca_der(*state, leaf)};
	static const char *const good[] = {
	    "https://issuer.test/a", "https://issuer.test", "https://issuer.test:8443/b?c"};
	static const char *const bad[] = {"", "issuer.test", "http://issuer.test",
	    "HTTPS://issuer.test", "https://issuer.test@evil.test/",
	    "https://issuer.test:x@evil.test/", "https://issuer.test.evil.test", "https://",
	    "https://a.wild.test", "https://evil.test/https://issuer.test", "leaf"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(chain_names(*state, &chain, good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(chain_names(*state, &chain, bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(what_a_chain_says),
	    task_test(an_intermediate_may_be_an_anchor),
	    task_test(the_path_must_end_at_an_anchor),
	    task_test(the_leaf_is_no_anchor),
	    task_test(a_self_issued_leaf_is_refused),
	    task_test(what_a_leaf_may_be),
	    task_test(validity_is_by_our_clock),
	    task_test(the_clock_of_tests_moves_it),
	    task_test(an_intermediate_that_expired),
	    task_test(an_anchor_that_expired),
	    task_test(what_an_issuer_may_be),
	    task_test(a_path_length_is_kept),
	    task_test(weak_keys_and_hashes),
	    task_test(broken_certificates),
	    task_test(names_of_a_leaf),
	};

	return cmocka_run_group_tests(tests, certificates_make, certificates_free);
}
