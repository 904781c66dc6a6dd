/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetched sets of keys: who may fetch, when, and how many are kept.
 */
#include "unit/unit.h"

#include "access/jwks_cache.h"
#include "core/task.h"

static struct rooms rooms;

static void
put(struct task *task, const char *uri, const char *kid)
{
	json_auto_t *json = json_pack("{s:[{s:s, s:s, s:s, s:s, s:s}]}", "keys", "kty", "EC", "crv",
	    "P-256", "x", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y",
	    "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "kid", kid);
	struct jwks jwks;

	assert_int_equal(jwks_parse(task, json, &jwks), 0);
	jwks_cache_put(uri, &jwks);
	jwks_close(&jwks);
}

static void
test_turns(void **state)
{
	const char *uri = "https://turns.test/jwks";
	struct jwks_answer answer = {0};
	struct task task;

	(void)state;
	task_open(&task, NULL, &rooms, 10000);
	assert_int_equal(jwks_cache_ask(&task, uri, "a", &answer), JWKS_FETCH);
	assert_int_equal(jwks_cache_ask(&task, uri, "a", &answer), JWKS_WAIT);
	put(&task, uri, "a");
	assert_int_equal(jwks_cache_ask(&task, uri, "a", &answer), JWKS_USE);
	assert_int_equal(answer.jwks->n_keys, 1);
	assert_int_equal(jwks_cache_ask(&task, uri, NULL, &answer), JWKS_USE);
	/* One look for a kid that is not there; who needs none of it is not kept waiting. */
	assert_int_equal(jwks_cache_ask(&task, uri, "b", &answer), JWKS_FETCH);
	assert_int_equal(jwks_cache_ask(&task, uri, "b", &answer), JWKS_WAIT);
	assert_int_equal(jwks_cache_ask(&task, uri, "a", &answer), JWKS_USE);
	put(&task, uri, "b");
	assert_int_equal(jwks_cache_ask(&task, uri, "b", &answer), JWKS_USE);
	assert_string_equal(jwk_kid(answer.jwks->keys[0]), "b");
	assert_int_equal(jwks_cache_ask(&task, uri, "c", &answer), JWKS_USE);
	assert_int_equal(answer.jwks->n_keys, 1);
	task_close(&task);
}

static void
test_failure(void **state)
{
	const char *uri = "https://failure.test/jwks";
	struct jwks_answer answer = {0};
	struct task task;

	(void)state;
	task_open(&task, NULL, &rooms, 10000);
	assert_int_equal(jwks_cache_ask(&task, uri, "a", &answer), JWKS_FETCH);
	assert_false(jwks_cache_failed(&task, uri, BUSY, &answer));
	assert_int_equal(jwks_cache_ask(&task, uri, "a", &answer), JWKS_FAILED);
	assert_int_equal(answer.code, BUSY);
	put(&task, uri, "a");
	assert_int_equal(jwks_cache_ask(&task, uri, "b", &answer), JWKS_FETCH);
	assert_true(jwks_cache_failed(&task, uri, BUSY, &answer));
	assert_int_equal(answer.jwks->n_keys, 1);
	assert_int_equal(jwks_cache_ask(&task, uri, "b", &answer), JWKS_USE);
	task_close(&task);
}

/* Far more addresses than are kept: the one being fetched is never forgotten. */
static void
test_bound(void **state)
{
	const char *fetched = "https://fetched.test/jwks";
	struct jwks_answer answer = {0};
	struct task task;

	(void)state;
	task_open(&task, NULL, &rooms, 10000);
	assert_int_equal(jwks_cache_ask(&task, fetched, NULL, &answer), JWKS_FETCH);
	for (int i = 0; i < 3000; i++) {
		char uri[64];

		snprintf(uri, sizeof(uri), "https://%d.test/jwks", i);
		assert_int_equal(jwks_cache_ask(&task, uri, NULL, &answer), JWKS_FETCH);
		put(&task, uri, "a");
	}
	assert_int_equal(jwks_cache_ask(&task, fetched, NULL, &answer), JWKS_WAIT);
	assert_int_equal(jwks_cache_ask(&task, "https://2999.test/jwks", NULL, &answer), JWKS_USE);
	task_close(&task);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turns),
	    cmocka_unit_test(test_failure),
	    cmocka_unit_test(test_bound),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
