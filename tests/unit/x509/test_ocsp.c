/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSP: each fault alone, beside the answer without it (cases X08); and the recorded answers of the
 * Web eID libraries, by their clock.
 */
#include "unit/jose/vectors.h"
#include "unit/x509/revocation.h"

#include "x509/leaf.h"
#include "x509/ocsp.h"

#define RESPONDER_EXTENSIONS \
	{ \
		{"keyUsage", "critical,digitalSignature"}, {"extendedKeyUsage", "OCSPSigning"}, \
	}

static EVP_PKEY *issuer_key, *other_key, *responder_key, *leaf_key;
static X509 *issuer, *other, *responder, *leaf, *second;
static const struct ocsp_terms terms = {.age_s = 120, .skew_s = 900};

static X509 *
issued(const char *subject, EVP_PKEY *key, const struct ca_wish *how)
{
	struct ca_wish wish = *how;

	wish.subject = subject;
	wish.key = key;
	wish.issuer = wish.issuer != NULL ? wish.issuer : issuer;
	wish.issuer_key = wish.issuer_key != NULL ? wish.issuer_key : issuer_key;
	return ca_issue(&wish);
}

static int
certificates_make(void **state)
{
	const struct ca_wish card = {.extensions = CA_LEAF_EXTENSIONS};

	(void)state;
	issuer_key = ca_key();
	other_key = ca_key();
	responder_key = ca_key();
	leaf_key = ca_key();
	issuer = ca_root("cards", issuer_key);
	other = ca_root("other cards", other_key);
	leaf = issued("leaf", leaf_key, &card);
	second = issued("second", leaf_key, &card);
	responder = issued(
	    "responder", responder_key, &(struct ca_wish){.extensions = RESPONDER_EXTENSIONS});
	return 0;
}

static int
certificates_free(void **state)
{
	X509 *certificates[] = {issuer, other, responder, leaf, second};
	EVP_PKEY *keys[] = {issuer_key, other_key, responder_key, leaf_key};

	(void)state;
	for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++)
		X509_free(certificates[i]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}

static struct ocsp_question
asked(struct task *task, bool has_nonce)
{
	struct certificate_name about = {
	    ca_der(task, issuer), leaf_serial(task, ca_der(task, leaf))};
	struct ocsp_question question;

	assert_int_equal(ocsp_ask(task, &about, has_nonce, &question), 0);
	return question;
}

/* The standing that an answer of the wish tells, or 0. */
static int
told_by(struct task *task, const struct ocsp_terms *by, struct answer_wish wish)
{
	struct ocsp_question question = asked(task, true);
	enum standing standing = 0;
	int r;

	wish.issuer = wish.issuer != NULL ? wish.issuer : issuer;
	wish.leaf = wish.leaf != NULL ? wish.leaf : leaf;
	wish.signer = wish.signer != NULL ? wish.signer : responder;
	wish.signer_key = wish.signer_key != NULL ? wish.signer_key : responder_key;
	wish.request = question.der;
	r = ocsp_read(task, &question, by, answer_make(task, &wish), &standing);
	assert_true(r == 0 || r == INVALID_REQUEST);
	fault_clear(task);
	return r == 0 ? (int)standing : 0;
}

static int
told(struct task *task, struct answer_wish wish)
{
	return told_by(task, &terms, wish);
}

static void
what_an_answer_says(void **state)
{
	assert_int_equal(told(*state, (struct answer_wish){0}), STANDING_GOOD);
	assert_int_equal(told(*state, (struct answer_wish){.next_s = 3600}), STANDING_GOOD);
	assert_int_equal(told(*state, (struct answer_wish){.status = V_OCSP_CERTSTATUS_REVOKED}),
	    STANDING_REVOKED);
	assert_int_equal(told(*state, (struct answer_wish){.status = V_OCSP_CERTSTATUS_REVOKED,
					  .reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD}),
	    STANDING_SUSPENDED);
	assert_int_equal(told(*state, (struct answer_wish){.status = V_OCSP_CERTSTATUS_UNKNOWN}),
	    STANDING_UNKNOWN);
}

static void
who_may_answer(void **state)
{
	X509 *plain =
	    issued("plain", other_key, &(struct ca_wish){.extensions = CA_LEAF_EXTENSIONS});
	X509 *strange = issued("strange", other_key,
	    &(struct ca_wish){
		.issuer = other, .issuer_key = other_key, .extensions = RESPONDER_EXTENSIONS});
	X509 *old = issued("old", other_key,
	    &(struct ca_wish){.from_s = -7200, .to_s = -60, .extensions = RESPONDER_EXTENSIONS});

	assert_int_equal(
	    told(*state, (struct answer_wish){.signer = issuer, .signer_key = issuer_key}),
	    STANDING_GOOD);
	assert_int_equal(told(*state, (struct answer_wish){.signer = issuer,
					  .signer_key = issuer_key,
					  .leaves_out_signer = true}),
	    STANDING_GOOD);
	assert_int_equal(told(*state, (struct answer_wish){.leaves_out_signer = true}), 0);
	assert_int_equal(
	    told(*state, (struct answer_wish){.signer = plain, .signer_key = other_key}), 0);
	assert_int_equal(
	    told(*state, (struct answer_wish){.signer = strange, .signer_key = other_key}), 0);
	assert_int_equal(
	    told(*state, (struct answer_wish){.signer = old, .signer_key = other_key}), 0);
	assert_int_equal(
	    told(*state, (struct answer_wish){.signer = other, .signer_key = other_key}), 0);
	assert_int_equal(
	    told(*state, (struct answer_wish){.signer = leaf, .signer_key = leaf_key}), 0);
	X509_free(plain);
	X509_free(strange);
	X509_free(old);
}

/* The one that the configuration names answers for an authority that did not issue it, and then
 * nobody else does. */
static void
a_responder_by_name(void **state)
{
	struct ocsp_terms by = terms;
	struct trust *named;
	X509 *strange = issued("strange", other_key,
	    &(struct ca_wish){
		.issuer = other, .issuer_key = other_key, .extensions = RESPONDER_EXTENSIONS});
	X509 *const list[] = {strange, NULL};
	char path[64];

	snprintf(path, sizeof(path), "/tmp/dvara-ocsp-%d.pem", (int)getpid());
	ca_write(path, list);
	assert_int_equal(trust_load(*state, path, &named), 0);
	unlink(path);
	by.responders = named;
	assert_int_equal(
	    told_by(*state, &by, (struct answer_wish){.signer = strange, .signer_key = other_key}),
	    STANDING_GOOD);
	assert_int_equal(told_by(*state, &by, (struct answer_wish){0}), 0);
	assert_int_equal(
	    told_by(*state, &by, (struct answer_wish){.signer = issuer, .signer_key = issuer_key}),
	    0);
	trust_free(named);
	X509_free(strange);
}

static void
x08_what_an_answer_must_be(void **state)
{
	assert_int_equal(told(*state, (struct answer_wish){.leaf = second}), 0);
	assert_int_equal(told(*state, (struct answer_wish){.issuer = other}), 0);
	assert_int_equal(told(*state, (struct answer_wish){.second = second}), 0);
	assert_int_equal(told(*state, (struct answer_wish){.second_signer = other}), 0);
	assert_int_equal(told(*state, (struct answer_wish){.leaves_out_nonce = true}), 0);
	assert_int_equal(told(*state, (struct answer_wish){.hash = EVP_sha1()}), 0);
	assert_int_equal(told(*state, (struct answer_wish){.hash = EVP_sha384()}), STANDING_GOOD);
}

static void
x08_ages(void **state)
{
	assert_int_equal(told(*state, (struct answer_wish){.this_s = -100}), STANDING_GOOD);
	assert_int_equal(told(*state, (struct answer_wish){.this_s = -140}), 0);
	assert_int_equal(told(*state, (struct answer_wish){.this_s = 800}), STANDING_GOOD);
	assert_int_equal(told(*state, (struct answer_wish){.this_s = 1000}), 0);
	assert_int_equal(
	    told(*state, (struct answer_wish){.this_s = -100, .next_s = -50}), STANDING_GOOD);
	assert_int_equal(told(*state, (struct answer_wish){.this_s = -100, .next_s = -1000}), 0);
}

static void
x08_another_nonce(void **state)
{
	struct ocsp_question first = asked(*state, true), again = asked(*state, true);
	struct answer_wish wish = {.issuer = issuer,
	    .leaf = leaf,
	    .signer = responder,
	    .signer_key = responder_key,
	    .request = first.der};
	struct bytes answer = answer_make(*state, &wish);
	enum standing standing = 0;

	assert_int_equal(ocsp_read(*state, &first, &terms, answer, &standing), 0);
	assert_int_equal(standing, STANDING_GOOD);
	assert_int_equal(ocsp_read(*state, &again, &terms, answer, &standing), INVALID_REQUEST);
	fault_clear(*state);
	again = asked(*state, false);
	assert_int_equal(ocsp_read(*state, &again, &terms, answer, &standing), 0);
}

static void
every_byte_of_an_answer_counts(void **state)
{
	struct ocsp_question question = asked(*state, true);
	struct answer_wish wish = {.issuer = issuer,
	    .leaf = leaf,
	    .signer = responder,
	    .signer_key = responder_key,
	    .request = question.der};
	struct bytes answer = answer_make(*state, &wish);
	uint8_t *bytes = (uint8_t *)(uintptr_t)answer.at;
	enum standing standing;

	for (size_t i = 0; i < answer.len; i += 7) {
		bytes[i] ^= 1;
		if (ocsp_read(*state, &question, &terms, answer, &standing) == 0)
			assert_int_equal(standing, STANDING_GOOD);
		else
			fault_clear(*state);
		bytes[i] ^= 1;
	}
	for (size_t len = 0; len < answer.len; len += 5) {
		assert_int_equal(
		    ocsp_read(*state, &question, &terms, (struct bytes){answer.at, len}, &standing),
		    INVALID_REQUEST);
		fault_clear(*state);
	}
	assert_int_equal(ocsp_read(*state, &question, &terms, answer, &standing), 0);
}

static struct bytes
vector_file(struct task *task, const char *name)
{
	FILE *file = fopen(task_printf(task, "%s/web-eid/%s", vectors_folder(), name), "r");
	uint8_t *at = task_alloc(task, 8192);
	size_t len;

	assert_non_null(file);
	len = fread(at, 1, 8192, file);
	fclose(file);
	return (struct bytes){at, len};
}

static void
clock_set(const char *iso)
{
	static char path[64];
	struct tm tm = {0};
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/dvara-ocsp-clock-%d", (int)getpid());
	unlink(path);
	if (iso == NULL)
		return;
	assert_int_equal(sscanf(iso, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			     &tm.tm_hour, &tm.tm_min, &tm.tm_sec),
	    6);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	file = fopen(path, "w");
	fprintf(file, "%lld", (long long)(timegm(&tm) - time(NULL)));
	fclose(file);
	setenv("DVARA_TEST_CLOCK", path, 1);
}

static struct bytes
vector_answer(struct task *task, const json_t *vector)
{
	const char *ascii = json_get_text(vector, "response_ascii");
	const json_t *patch = json_object_get(vector, "patch");
	struct bytes answer;
	int64_t offset;

	if (ascii != NULL)
		return BYTES_OF(ascii);
	answer = vector_file(task, json_get_text(vector, "response_file"));
	if (json_get_i64(patch, "offset", &offset))
		((uint8_t *)(uintptr_t)answer.at)[offset] =
		    vectors_hex(task, json_get_text(patch, "hex")).at[0];
	return answer;
}

static int
vector_read(struct task *task, const json_t *vector, const struct ocsp_question *question)
{
	const char *responder_file = json_get_text(vector, "designated_responder_file");
	struct ocsp_terms by = terms;
	struct trust *named = NULL;
	enum standing standing = 0;
	char path[64];
	int r;

	if (responder_file != NULL) {
		struct bytes der = vector_file(task, responder_file);
		const uint8_t *at = der.at;
		X509 *certificate = d2i_X509(NULL, &at, (long)der.len);

		snprintf(path, sizeof(path), "/tmp/dvara-ocsp-%d.pem", (int)getpid());
		ca_write(path, (X509 *const[]){certificate, NULL});
		assert_int_equal(trust_load(task, path, &named), 0);
		unlink(path);
		X509_free(certificate);
	}
	by.responders = named;
	r = ocsp_read(task, question, &by, vector_answer(task, vector), &standing);
	trust_free(named);
	fault_clear(task);
	return r == 0 ? (int)standing : r;
}

/* All thirteen are refused; the one whose responder is named is refused for what it says. */
static void
vectors_of_web_eid(void **state)
{
	json_t *set = json_keep(*state, vectors_json(*state, "web-eid/tokens.json"));
	const json_t *cases = json_object_get(json_object_get(set, "ocsp"), "cases"), *vector;
	struct ocsp_question question = {0};
	struct bytes card;
	size_t i;

	{
		const char *text = json_get_text(json_object_get(set, "certificates"), "ee_2018");
		assert_true(b64_decode(*state, text, strlen(text), &card));
	}
	assert_int_equal(
	    ocsp_ask(*state,
		&(struct certificate_name){
		    vector_file(*state, "TEST_of_ESTEID2018.cer"), leaf_serial(*state, card)},
		true, &question),
	    0);
	assert_int_equal(json_array_size(cases), 13);
	json_array_foreach(cases, i, vector) {
		const char *id = json_get_text(vector, "id");
		bool is_about_nonce = str_equal(id, "ocsp-nonce-differs");
		struct ocsp_question without = question;
		int told_now;

		without.nonce.len = 0;
		clock_set(json_get_text(vector, "clock"));
		told_now = vector_read(*state, vector, is_about_nonce ? &question : &without);
		if (str_equal(id, "ocsp-unknown"))
			assert_int_equal(told_now, STANDING_UNKNOWN);
		else if (told_now != INVALID_REQUEST && told_now != STANDING_REVOKED)
			fail_msg("%s: %d", id, told_now);
	}
	clock_set(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(what_an_answer_says),
	    task_test(who_may_answer),
	    task_test(a_responder_by_name),
	    task_test(x08_what_an_answer_must_be),
	    task_test(x08_ages),
	    task_test(x08_another_nonce),
	    task_test(every_byte_of_an_answer_counts),
	    task_test(vectors_of_web_eid),
	};

	return cmocka_run_group_tests(tests, certificates_make, certificates_free);
}
