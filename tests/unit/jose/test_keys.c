/* SPDX-License-Identifier: Apache-2.0
 *
 * The gateway's own keys: made, loaded, refused, published.
 */
#include "unit/jose/forge.h"

#include "core/clock.h"
#include "jose/pkey.h"
#include "jose/sign.h"
#include "jose/verify.h"

#include <fcntl.h>
#include <sys/stat.h>

static const enum alg every[] = {ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA};
#define N_EVERY (sizeof(every) / sizeof(every[0]))

static int
load_one(struct task *task, const char *kid, enum alg alg)
{
	struct key_record record = {kid, alg, KEY_ACTIVE, 0, 0};
	struct keys *keys = NULL;
	int r = keys_load(task, forge_folder, &record, 1, &keys);

	assert_true((r == 0) == (keys != NULL));
	keys_free(keys);
	return r;
}

static int
load_one_again(struct task *task, const char *kid, enum alg alg)
{
	int r = load_one(task, kid, alg);

	fault_clear(task);
	return r;
}

static void
each_algorithm_signs_what_its_key_verifies(void **state)
{
	struct key_record records[N_EVERY];
	struct keys *keys;

	for (size_t i = 0; i < N_EVERY; i++) {
		records[i] = (struct key_record){NULL, every[i], KEY_ACTIVE, 0, 0};
		assert_int_equal(key_create(*state, forge_folder, every[i], &records[i].kid), 0);
	}
	assert_int_equal(keys_load(*state, forge_folder, records, N_EVERY, &keys), 0);
	for (size_t i = 0; i < N_EVERY; i++) {
		struct signer *signer = keys_signer(keys, every[i]);
		const enum alg algs[] = {every[i], ALG_NONE};
		struct jws_expect expect = {.algs = algs, .typ = "at+jwt"};
		struct sign_as as = {signer, "at+jwt", NULL};
		json_auto_t *claims = json_pack("{s:s}", "sub", "a");
		auto_jws jws = {0};
		const char *token;

		assert_string_equal(signer_kid(signer), records[i].kid);
		expect.key = keys_find(keys, records[i].kid);
		assert_non_null(expect.key);
		assert_int_equal(jws_sign(*state, &as, claims, &token), 0);
		assert_int_equal(jws_open(*state, token, &expect, &jws), 0);
		assert_true(json_equal(jws.claims, claims));
		assert_string_equal(json_get_text(jws.header, "kid"), records[i].kid);
	}
	keys_free(keys);
}

static void
headers_are_kept_apart(void **state)
{
	struct signer *signer = forge_signer(*state, ALG_ES256);
	json_auto_t *claims = json_object(), *x5c = json_pack("[s]", "AAAA");
	json_auto_t *other = json_pack("[s]", "BBBB");

	for (unsigned i = 0; i < 60; i++) {
		const char *typ = i % 3 == 0 ? NULL : task_printf(*state, "t%u+jwt", i % 20);
		const json_t *chain = i % 5 == 0 ? x5c : i % 5 == 1 ? other : NULL;
		struct sign_as as = {signer, typ, chain};
		auto_jws jws = {0};
		const char *token;

		assert_int_equal(jws_sign(*state, &as, claims, &token), 0);
		assert_int_equal(jws_parse(*state, token, &jws), 0);
		assert_string_equal(json_get_text(jws.header, "alg"), "ES256");
		if (typ == NULL)
			assert_null(json_object_get(jws.header, "typ"));
		else
			assert_string_equal(json_get_text(jws.header, "typ"), typ);
		if (chain == NULL)
			assert_string_equal(json_get_text(jws.header, "kid"), signer_kid(signer));
		else
			assert_null(json_object_get(jws.header, "kid"));
		assert_true(chain == NULL ? json_object_get(jws.header, "x5c") == NULL
					  : json_equal(json_object_get(jws.header, "x5c"), chain));
	}
	signer_free(signer);
}

static void
the_file_is_ours_alone(void **state)
{
	const char *kid, *path;
	struct stat st;

	umask(0);
	assert_int_equal(key_create(*state, forge_folder, ALG_ES256, &kid), 0);
	path = forge_path(*state, task_printf(*state, "%s.pem", kid));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(load_one_again(*state, kid, ALG_ES256), 0);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(load_one_again(*state, kid, ALG_ES256), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(load_one_again(*state, kid, ALG_ES256), MISCONFIGURED);
	assert_int_equal(chmod(path, 0604), 0);
	assert_int_equal(load_one_again(*state, kid, ALG_ES256), MISCONFIGURED);
	if (geteuid() == 0) {
		assert_int_equal(chmod(path, 0600), 0);
		assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
		assert_int_equal(load_one_again(*state, kid, ALG_ES256), MISCONFIGURED);
	}
}

static void
a_file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
wrong_files_are_named(void **state)
{
	struct task *task = *state;
	const char *kid, *other, *path;

	assert_int_equal(key_create(task, forge_folder, ALG_ES256, &kid), 0);
	assert_int_equal(key_create(task, forge_folder, ALG_ES256, &other), 0);
	path = forge_path(task, task_printf(task, "%s.pem", kid));
	assert_int_equal(load_one_again(task, kid, ALG_RS256), MISCONFIGURED);
	assert_int_equal(load_one_again(task, kid, ALG_ES384), MISCONFIGURED);

	assert_int_equal(rename(forge_path(task, task_printf(task, "%s.pem", other)), path), 0);
	assert_int_equal(load_one(task, kid, ALG_ES256), MISCONFIGURED);
	assert_non_null(strstr(task->fault.text, kid));
	fault_clear(task);
	a_file_write(path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	assert_int_equal(load_one(task, kid, ALG_ES256), MISCONFIGURED);
	assert_non_null(strstr(task->fault.text, kid));
	fault_clear(task);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(load_one_again(task, kid, ALG_ES256), MISCONFIGURED);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(load_one_again(task, kid, ALG_ES256), MISCONFIGURED);
}

/* A passphrase is not asked for at the terminal: the test would hang there. */
static void
an_encrypted_key_is_refused(void **state)
{
	a_file_write(forge_path(*state, "locked.pem"),
	    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-128-CBC,0D4C6E8D0C5B8F4B9A7A1B2C3D4E5F60\n\nAAAA\n"
	    "-----END EC PRIVATE KEY-----\n");
	struct signer *signer;

	assert_int_equal(
	    signer_load(*state, forge_path(*state, "locked.pem"), &signer), MISCONFIGURED);
}

static void
a_kid_is_not_a_path(void **state)
{
	struct task *task = *state;

	assert_int_equal(load_one(task, "../../etc/passwd", ALG_ES256), MISCONFIGURED);
	assert_non_null(strstr(task->fault.text, "thumbprint"));
	fault_clear(task);
	assert_int_equal(load_one_again(*state, "", ALG_ES256), MISCONFIGURED);
	assert_int_equal(load_one_again(*state, NULL, ALG_ES256), MISCONFIGURED);
}

static void
states_decide_who_signs_and_what_is_published(void **state)
{
	int64_t now_s = clock_now_s();
	struct key_record records[] = {
	    {NULL, ALG_ES256, KEY_STAGED, now_s, 0},
	    {NULL, ALG_ES256, KEY_ACTIVE, now_s, 0},
	    {NULL, ALG_ES256, KEY_RETIRED, now_s, now_s + 100},
	    {NULL, ALG_ES256, KEY_RETIRED, now_s, now_s - 100},
	};
	json_auto_t *jwks = NULL;
	const json_t *jwk;
	struct keys *keys;
	size_t i;

	for (i = 0; i < 4; i++)
		assert_int_equal(key_create(*state, forge_folder, ALG_ES256, &records[i].kid), 0);
	assert_int_equal(keys_load(*state, forge_folder, records, 4, &keys), 0);
	assert_string_equal(signer_kid(keys_signer(keys, ALG_ES256)), records[1].kid);
	assert_null(keys_signer(keys, ALG_RS256));
	jwks = keys_jwks(keys);
	assert_int_equal(json_array_size(json_object_get(jwks, "keys")), 3);
	json_array_foreach(json_object_get(jwks, "keys"), i, jwk) {
		assert_string_equal(json_get_text(jwk, "kid"), records[i].kid);
		assert_string_equal(json_get_text(jwk, "use"), "sig");
		assert_string_equal(json_get_text(jwk, "alg"), "ES256");
		assert_int_equal(json_object_size(jwk), 7);
		assert_null(json_object_get(jwk, "d"));
	}
	assert_non_null(keys_find(keys, records[2].kid));
	assert_null(keys_find(keys, records[3].kid));
	assert_null(keys_find(keys, "x"));
	assert_null(keys_find(keys, NULL));
	keys_free(keys);
	keys_free(NULL);
}

static void
a_key_file_is_never_written_over(void **state)
{
	struct task *task = *state;
	auto_pkey *first = NULL, *second = NULL, *kept = NULL;

	assert_int_equal(pkey_make(task, ALG_ES256, &first), 0);
	assert_int_equal(pkey_make(task, ALG_ES256, &second), 0);
	assert_int_equal(pkey_write(task, forge_folder, "same", first), 0);
	assert_int_equal(pkey_write(task, forge_folder, "same", second), MISCONFIGURED);
	assert_int_equal(pkey_read(task, forge_path(task, "same.pem"), &kept), 0);
	assert_int_equal(EVP_PKEY_eq(first, kept), 1);
}

static void
no_folder_no_key(void **state)
{
	const char *kid;

	assert_int_equal(
	    key_create(*state, forge_path(*state, "nowhere"), ALG_ES256, &kid), MISCONFIGURED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(each_algorithm_signs_what_its_key_verifies),
	    task_test(headers_are_kept_apart),
	    task_test(the_file_is_ours_alone),
	    task_test(wrong_files_are_named),
	    task_test(an_encrypted_key_is_refused),
	    task_test(a_kid_is_not_a_path),
	    task_test(states_decide_who_signs_and_what_is_published),
	    task_test(a_key_file_is_never_written_over),
	    task_test(no_folder_no_key),
	};

	return cmocka_run_group_tests(tests, forge_folder_make, forge_folder_remove);
}
