/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocation lists: each fault alone, beside the list without it.
 */
#include "unit/x509/revocation.h"

#include "x509/crl.h"

#define URL "http://crl.test/cards.crl"

static EVP_PKEY *issuer_key, *other_key;
static X509 *issuer, *other;
static char why[128];

static int
certificates_make(void **state)
{
	(void)state;
	issuer_key = ca_key();
	other_key = ca_key();
	issuer = ca_root("cards", issuer_key);
	other = ca_root("cards", other_key);
	return 0;
}

static int
certificates_free(void **state)
{
	(void)state;
	X509_free(issuer);
	X509_free(other);
	EVP_PKEY_free(issuer_key);
	EVP_PKEY_free(other_key);
	return 0;
}

static struct bytes
made(struct task *task, struct list_wish wish)
{
	wish.issuer = wish.issuer != NULL ? wish.issuer : issuer;
	wish.key = wish.key != NULL ? wish.key : issuer_key;
	wish.next_s = wish.next_s == 0 ? 3600 : wish.next_s < 0 ? 0 : wish.next_s;
	return list_make(task, &wish);
}

static bool
holds(struct task *task, struct list_wish wish)
{
	struct crl *crl = crl_read(made(task, wish), ca_der(task, issuer), URL, why);
	bool ok = crl != NULL;

	crl_free(crl);
	return ok;
}

static enum standing
look(const struct crl *crl, uint8_t high, uint8_t low)
{
	const uint8_t serial[] = {high, low};

	return high != 0 ? crl_look(crl, (struct bytes){serial, 2})
			 : crl_look(crl, (struct bytes){serial + 1, 1});
}

static void
what_a_list_says(void **state)
{
	struct list_wish wish = {.revoked = {0x7F, 0x0102, 5}, .reason = -1};
	struct crl *crl = crl_read(made(*state, wish), ca_der(*state, issuer), URL, why);
	const uint8_t long_serial[21] = {1};

	assert_non_null(crl);
	assert_int_equal(crl_n_entries(crl), 3);
	assert_int_equal(look(crl, 0, 0x7F), STANDING_REVOKED);
	assert_int_equal(look(crl, 0, 5), STANDING_REVOKED);
	assert_int_equal(look(crl, 1, 2), STANDING_REVOKED);
	assert_int_equal(look(crl, 0, 6), STANDING_GOOD);
	assert_int_equal(look(crl, 1, 3), STANDING_GOOD);
	assert_int_equal(look(crl, 1, 0x7F), STANDING_GOOD);
	assert_int_equal(crl_look(crl, (struct bytes){long_serial, 21}), STANDING_UNKNOWN);
	assert_true(crl_next_update_s(crl) - crl_this_update_s(crl) == 3600);
	crl_free(crl);
}

static void
an_empty_list_and_one_on_hold(void **state)
{
	struct crl *crl =
	    crl_read(made(*state, (struct list_wish){0}), ca_der(*state, issuer), URL, why);

	assert_non_null(crl);
	assert_int_equal(look(crl, 0, 5), STANDING_GOOD);
	crl_free(crl);
	crl = crl_read(
	    made(*state, (struct list_wish){.revoked = {5}, .reason = CRL_REASON_CERTIFICATE_HOLD}),
	    ca_der(*state, issuer), URL, why);
	assert_int_equal(look(crl, 0, 5), STANDING_SUSPENDED);
	crl_free(crl);
}

static void
whose_list_it_is(void **state)
{
	assert_true(holds(*state, (struct list_wish){0}));
	assert_false(holds(*state, (struct list_wish){.key = other_key}));
	assert_false(holds(*state, (struct list_wish){.hash = EVP_sha1()}));
	assert_true(holds(*state, (struct list_wish){.hash = EVP_sha512()}));
}

static void
an_authority_that_may_not_sign_lists(void **state)
{
	EVP_PKEY *key = ca_key();
	X509 *mute = ca_issue(&(struct ca_wish){.subject = "cards",
	    .key = key,
	    .extensions = {
		{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign"}}});
	struct bytes list = made(*state, (struct list_wish){.issuer = mute, .key = key});

	assert_null(crl_read(list, ca_der(*state, mute), URL, why));
	X509_free(mute);
	EVP_PKEY_free(key);
}

static void
times(void **state)
{
	assert_false(holds(*state, (struct list_wish){.next_s = -1}));
	assert_false(holds(*state, (struct list_wish){.this_s = 1000}));
	assert_true(holds(*state, (struct list_wish){.this_s = 800}));
	/* Whether one that is past its time still speaks is the caller's to say. */
	assert_true(holds(*state, (struct list_wish){.this_s = -7200, .next_s = 1}));
}

static void
what_it_is_about(void **state)
{
	static const char *const good[] = {
	    "critical,fullname:URI:" URL, "critical,onlyuser:TRUE", "fullname:URI:" URL};
	static const char *const bad[] = {"critical,fullname:URI:" URL "x", "critical,onlyCA:TRUE",
	    "critical,onlyAA:TRUE", "critical,indirectCRL:TRUE",
	    "critical,onlysomereasons:keyCompromise"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(holds(*state,
		    (struct list_wish){.extensions = {{"issuingDistributionPoint", good[i]}}}));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(holds(*state,
		    (struct list_wish){.extensions = {{"issuingDistributionPoint", bad[i]}}}));
	assert_true(holds(*state, (struct list_wish){.extensions = {{"crlNumber", "DER:020107"}}}));
	assert_false(
	    holds(*state, (struct list_wish){.extensions = {{"deltaCRL", "critical,DER:020107"}}}));
	assert_false(
	    holds(*state, (struct list_wish){.extensions = {{"1.2.3.4", "critical,DER:0500"}}}));
}

static void
what_is_no_list(void **state)
{
	struct bytes list = made(*state, (struct list_wish){.revoked = {5}, .reason = -1});
	struct bytes certificate = ca_der(*state, issuer);
	uint8_t *longer = task_alloc(*state, list.len + 1);

	for (size_t len = 0; len < list.len; len += 3)
		assert_null(crl_read((struct bytes){list.at, len}, certificate, URL, why));
	memcpy(longer, list.at, list.len);
	assert_null(crl_read((struct bytes){longer, list.len + 1}, certificate, URL, why));
	assert_null(crl_read(certificate, certificate, URL, why));
	assert_null(crl_read(list, list, URL, why));
	for (size_t i = 0; i < list.len; i += 5) {
		longer[i] ^= 1;
		assert_null(crl_read((struct bytes){longer, list.len}, certificate, URL, why));
		longer[i] ^= 1;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(what_a_list_says),
	    task_test(an_empty_list_and_one_on_hold),
	    task_test(whose_list_it_is),
	    task_test(an_authority_that_may_not_sign_lists),
	    task_test(times),
	    task_test(what_it_is_about),
	    task_test(what_is_no_list),
	};

	return cmocka_run_group_tests(tests, certificates_make, certificates_free);
}
