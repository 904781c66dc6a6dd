/* SPDX-License-Identifier: Apache-2.0
 *
 * The examples of RFC 7520: all are valid, few are offered.
 */
#include "unit/jose/vectors.h"

#include "jose/jwe.h"
#include "jose/jws.h"
#include "jose/verify.h"

#include <dirent.h>

typedef bool example_fn(struct task *task, const json_t *example);

static void
folder_run(const char *name, example_fn *takes, struct tally expected)
{
	struct tally tally = {0};
	struct dirent *entry;
	char folder[4096];
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/jose-cookbook/%s", vectors_folder(), name);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct task task;
		json_auto_t *example = NULL;

		if (!str_ends(entry->d_name, ".json"))
			continue;
		task_open(&task, NULL, NULL, 0);
		example = vectors_json(
		    &task, task_printf(&task, "jose-cookbook/%s/%s", name, entry->d_name));
		if (takes(&task, example))
			tally.valid_taken++;
		else
			tally.not_offered++;
		task_close(&task);
	}
	closedir(dir);
	tally_assert(name, tally, expected);
}

static bool
signature_takes(struct task *task, const json_t *example)
{
	static const enum alg algs[] = {
	    ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	const json_t *input = json_object_get(example, "input");
	const char *compact = json_get_text(json_object_get(example, "output"), "compact");
	const char *expected = json_get_text(input, "payload");
	json_auto_t *public_key = json_deep_copy(json_object_get(input, "key"));
	struct jws_expect expect = {.algs = algs};
	auto_jwk *jwk = NULL;
	auto_jws jws = {0};
	struct bytes payload;

	for (const char *const *name = (const char *const[]){"d", "p", "q", "dp", "dq", "qi", NULL};
	     *name != NULL; name++)
		json_object_del(public_key, *name);
	if (compact == NULL || jwk_parse(task, public_key, &jwk) < 0 ||
	    jws_split(task, compact, JWS_MAX_BYTES, &jws, &payload) < 0)
		return false;
	expect.key = jwk;
	if (jws_verify(task, &jws, &expect) < 0)
		return false;
	assert_int_equal(payload.len, strlen(expected));
	assert_memory_equal(payload.at, expected, payload.len);
	return true;
}

static void
signatures(void **state)
{
	(void)state;
	/* offered: 4.1, RS256 */
	folder_run("jws", signature_takes, (struct tally){1, 0, 7});
}

static bool
encryption_takes(struct task *task, const json_t *example)
{
	const char *compact = json_get_text(json_object_get(example, "output"), "compact");
	const json_t *key = json_object_get(json_object_get(example, "input"), "key");
	struct bytes plain;

	return compact != NULL && key != NULL && jwe_open(task, compact, key, &plain) == 0;
}

static void
encryptions(void **state)
{
	(void)state;
	/* 5.5 is ECDH-ES, but with a CBC mode */
	folder_run("jwe", encryption_takes, (struct tally){0, 0, 13});
}

static bool
key_takes(struct task *task, const json_t *example)
{
	auto_jwk *jwk = NULL;

	return jwk_parse(task, example, &jwk) == 0;
}

static void
keys(void **state)
{
	(void)state;
	/* 3.3; the others are on P-521, private or symmetric */
	folder_run("jwk", key_takes, (struct tally){1, 0, 5});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signatures),
	    cmocka_unit_test(encryptions),
	    cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
