/* SPDX-License-Identifier: Apache-2.0
 *
 * Cards judged: files of authorities, right and wrong; and the public test tokens of Web eID, each
 * by its own clock.
 */
#include "unit/jose/vectors.h"
#include "unit/ca.h"

#include "login/card/inspect.h"
#include "login/card/web_eid.h"
#include "x509/trust.h"

#include <sys/stat.h>

static char folder[64];

static int
folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/dvara-cards-%d", (int)getpid());
	return mkdir(folder, 0700);
}

static void
folder_clear(struct task *task)
{
	int code = system(task_printf(task, "rm -f %s/*", folder));

	assert_int_equal(code, 0);
}

static int
folder_free(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
file_write(struct task *task, const char *name, const char *text)
{
	FILE *file = fopen(task_printf(task, "%s/%s", folder, name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define HIGH "\"acr\": \"urn:dvara:loa:high\""
#define CERT "\"certificates_file\": \"ca.pem\""

static bool
is_taken(struct task *task, const char *members)
{
	struct authorities authorities;
	int r;

	file_write(task, "one.json", task_printf(task, "{%s}", members));
	r = authorities_read(task, folder, &authorities);
	if (r == 0)
		authorities_free(&authorities);
	else
		assert_int_equal(r, MISCONFIGURED);
	fault_clear(task);
	return r == 0;
}

static void
files_of_authorities(void **state)
{
	static const char *const good[] = {"", ", \"revocation\": \"none\"",
	    ", \"revocation\": [\"crl\"]", ", \"revocation\": [\"crl\", \"ocsp\"]",
	    ", \"ocsp\": {\"url\": \"http://a.test/\", \"nonce\": false, \"age_s\": 600}",
	    ", \"crl\": {\"stale_s\": 3600, \"refresh_s\": 60}",
	    ", \"policies\": {\"allow\": [\"1.2.3\"], \"refuse\": []}",
	    ", \"person\": {\"key\": \"P-{value}\", \"prefix\": \"PNO\", \"hash\": true}"};
	static const char *const bad[] = {", \"revocation\": \"ocsp\"", ", \"revocation\": []",
	    ", \"revocation\": [\"ocsp\", \"ocsp\"]", ", \"revocation\": [\"none\"]",
	    ", \"revocation\": [\"ocsp\", \"crl\", \"ocsp\"]", ", \"more\": 1",
	    ", \"ocsp\": {\"url\": \"ldap://a\"}", ", \"ocsp\": []", ", \"crl\": {\"stale_s\": -1}",
	    ", \"crl\": {\"stale_s\": 99999999}", ", \"policies\": {\"allow\": \"1.2\"}",
	    ", \"policies\": {\"allow\": [\"name\"]}", ", \"person\": {\"key\": \"P\"}",
	    ", \"person\": {\"rdn\": \"CN\"}"};
	EVP_PKEY *key = ca_key();
	X509 *ca = ca_root("cards", key);

	ca_write(task_printf(*state, "%s/ca.pem", folder), (X509 *const[]){ca, NULL});
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(is_taken(*state, task_printf(*state, CERT ", " HIGH "%s", good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (is_taken(*state, task_printf(*state, CERT ", " HIGH "%s", bad[i])))
			fail_msg("taken: %s", bad[i]);
	assert_false(is_taken(*state, HIGH));
	assert_false(is_taken(*state, CERT));
	assert_false(is_taken(*state, CERT ", \"acr\": \"high\""));
	assert_false(is_taken(*state, "\"certificates_file\": \"none.pem\", " HIGH));
	folder_clear(*state);
	assert_false(is_taken(*state, CERT ", " HIGH));
	folder_clear(*state);
	X509_free(ca);
	EVP_PKEY_free(key);
}

/* What a session keeps of a card finds it again, as long as its authority is configured. */
static void
a_reference_and_back(void **state)
{
	static const char reference[] = "one %s 00a1ff http://a.test/ocsp -";
	struct rooms rooms = {0};
	struct task *task = *state;
	struct card card = {0};
	struct revocation_asked asked;
	struct bytes der;
	struct chain chain;
	EVP_PKEY *key = ca_key();
	X509 *ca = ca_root("cards", key), *leaf;

	leaf = ca_issue(&(struct ca_wish){.subject = "leaf",
	    .issuer = ca,
	    .issuer_key = key,
	    .key = key,
	    .extensions = CA_LEAF_EXTENSIONS});
	der = ca_der(task, leaf);
	ca_write(task_printf(task, "%s/ca.pem", folder), (X509 *const[]){ca, NULL});
	file_write(task, "one.json", "{" CERT ", " HIGH "}");
	assert_int_equal(authorities_read(task, folder, &card.authorities), 0);
	rooms.card = &card;
	task->rooms = &rooms;
	assert_int_equal(chain_verify(task, card.authorities.at[0].trust, &der, 1, &chain), 0);
	assert_true(inspect_recall(task, task_printf(task, reference, chain.anchor_id), &asked));
	assert_int_equal(asked.name.serial.len, 3);
	assert_memory_equal(asked.name.serial.at, "\x00\xa1\xff", 3);
	assert_string_equal(asked.ocsp_url, "http://a.test/ocsp");
	assert_null(asked.crl_url);
	assert_ptr_equal(asked.authority, &card.authorities.at[0]);
	assert_false(inspect_recall(task, task_printf(task, reference, "another"), &asked));
	assert_false(inspect_recall(task, "two x 00 - -", &asked));
	assert_false(inspect_recall(task, "one", &asked));
	assert_false(inspect_recall(task, "", &asked));
	task->rooms = NULL;
	authorities_free(&card.authorities);
	folder_clear(task);
	X509_free(leaf);
	X509_free(ca);
	EVP_PKEY_free(key);
}

/* A certificate of the set as PEM; most are DER there. */
static void
anchor_put(struct task *task, const char *name, size_t i)
{
	FILE *file = fopen(task_printf(task, "%s/web-eid/%s", vectors_folder(), name), "r");
	uint8_t bytes[4096];
	const uint8_t *at = bytes;
	X509 *certificate;
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	certificate = d2i_X509(NULL, &at, (long)len);
	if (certificate == NULL) {
		rewind(file);
		certificate = PEM_read_X509(file, NULL, NULL, NULL);
	}
	fclose(file);
	assert_non_null(certificate);
	ca_write(task_printf(task, "%s/%zu.pem", folder, i), (X509 *const[]){certificate, NULL});
	X509_free(certificate);
}

static void
anchors_put(struct task *task, const json_t *vector)
{
	const json_t *files = json_object_get(vector, "trusted_ca_files"), *file;
	const json_t *refused = json_object_get(vector, "disallowed_policy_oids");
	size_t i;

	json_array_foreach(files, i, file) {
		json_t *terms =
		    json_keep(task, json_pack("{s:o, s:s, s:s}", "certificates_file",
					json_string(task_printf(task, "%zu.pem", i)), "acr",
					"urn:dvara:loa:high", "revocation", "none"));

		if (refused != NULL)
			json_object_set_new(
			    terms, "policies", json_pack("{s:O}", "refuse", refused));
		anchor_put(task, json_string_value(file), i);
		file_write(task, task_printf(task, "%zu.json", i), json_text(task, terms));
	}
}

/* The token's text with the replacement of the vector; NULL: it leaves no JSON. */
static json_t *
token_of(struct task *task, const json_t *set, const json_t *vector)
{
	const json_t *replace = json_object_get(vector, "replace");
	const char *text =
	    json_get_text(json_object_get(set, "tokens"), json_get_text(vector, "token"));
	const char *find = json_get_text(replace, "find"), *with, *at;
	json_t *token = NULL;

	if (find != NULL) {
		with = json_get_text(replace, "with");
		if (with == NULL)
			with = json_get_text(json_object_get(set, "certificates"),
			    json_get_text(replace, "with_certificate"));
		at = strstr(text, find);
		assert_non_null(at);
		text =
		    task_printf(task, "%.*s%s%s", (int)(at - text), text, with, at + strlen(find));
	}
	if (json_parse_object(task, text, strlen(text), &token) < 0) {
		fault_clear(task);
		return NULL;
	}
	return json_keep(task, token);
}

static void
clock_set(const char *iso)
{
	static char path[64];
	struct tm tm = {0};
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/dvara-card-clock-%d", (int)getpid());
	unlink(path);
	if (iso == NULL)
		return;
	assert_non_null(strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &tm));
	file = fopen(path, "w");
	fprintf(file, "%lld", (long long)(timegm(&tm) - time(NULL)));
	fclose(file);
	setenv("DVARA_TEST_CLOCK", path, 1);
}

static int
judge(struct task *task, const json_t *vector, const json_t *json)
{
	struct web_eid_token token;
	struct inspected inspected;
	int r;

	r = web_eid_parse(task, json, &token);
	if (r < 0)
		return r;
	token.proof.origin = json_get_text(vector, "origin");
	token.proof.nonce = json_get_text(vector, "nonce");
	if (json_get_text(vector, "scope") != NULL) {
		assert_true(chain_spki(task, token.certificate_der, &inspected.spki_der));
	} else {
		r = inspect_certificate(task, token.certificate_der, &inspected);
		if (r < 0)
			return r;
	}
	return card_key_signed(inspected.spki_der, &token.proof) ? 0 : INVALID_CARD;
}

static void
vector_check(struct task *task, const json_t *set, const json_t *vector)
{
	const char *id = json_get_text(vector, "id");
	const json_t *json = token_of(task, set, vector);
	bool is_valid = str_equal(json_get_text(vector, "result"), "valid");
	struct rooms rooms = {0};
	struct card card = {0};
	int r;

	anchors_put(task, vector);
	if (json_array_size(json_object_get(vector, "trusted_ca_files")) > 0)
		assert_int_equal(authorities_read(task, folder, &card.authorities), 0);
	rooms.card = &card;
	task->rooms = &rooms;
	clock_set(json_get_text(vector, "clock"));
	r = json != NULL ? judge(task, vector, json) : INVALID_REQUEST;
	if ((r == 0) != is_valid)
		fail_msg("%s: %d: %s", id, r, task->fault.text);
	fault_clear(task);
	clock_set(NULL);
	task->rooms = NULL;
	authorities_free(&card.authorities);
	folder_clear(task);
}

static void
vectors_of_web_eid(void **state)
{
	json_t *set = json_keep(*state, vectors_json(*state, "web-eid/tokens.json"));
	const json_t *vectors = json_object_get(set, "cases"), *vector;
	int n_valid = 0;
	size_t i;

	json_array_foreach(vectors, i, vector) {
		/* What it says of revocation needs a responder: tests/flow/test_card.py. */
		if (str_equal(json_get_text(vector, "id"), "certificate-revoked"))
			continue;
		vector_check(*state, set, vector);
		n_valid += str_equal(json_get_text(vector, "result"), "valid");
	}
	assert_int_equal(json_array_size(vectors), 30);
	assert_true(n_valid >= 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(files_of_authorities),
	    task_test(a_reference_and_back),
	    task_test(vectors_of_web_eid),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_free);
}
