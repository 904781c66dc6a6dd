/* SPDX-License-Identifier: Apache-2.0
 *
 * What loops share: public keys and anchors.  Worth its time under ThreadSanitizer.
 */
#include "unit/jose/issuer.h"

#include "jose/verify.h"

#include <pthread.h>

#define THREADS 4
#define TURNS   20

static const char *token;
static struct jwk *shared;

static void
turn(void)
{
	static const enum alg algs[] = {ALG_ES256, ALG_NONE};
	struct jwk *held = jwk_hold(shared);
	struct jws_expect expect = {.algs = algs, .key = held};
	json_auto_t *json = jwk_json(held);
	auto_jwk *certified = NULL;
	struct chain chain;
	auto_jws jws = {0};
	struct task task;

	task_open(&task, NULL, NULL, 0);
	assert_string_equal(json_get_text(json, "kid"), jwk_kid(held));
	assert_int_equal(jws_open(&task, token, &expect, &jws), 0);
	assert_int_equal(jws_key_of_chain(&task, &jws, issuer_trust, &chain, &certified), 0);
	assert_string_equal(jwk_thumbprint(&task, held), jwk_thumbprint(&task, certified));
	assert_non_null(trust_key_ids(&task, issuer_trust)[0]);
	task_close(&task);
	jwk_drop(held);
}

static void *
thread_run(void *unused)
{
	for (unsigned i = 0; i < TURNS; i++)
		turn();
	return unused;
}

static void
keys_and_anchors_are_shared(void **state)
{
	struct sign_as as = {issuer, NULL, issuer_x5c};
	json_auto_t *claims = json_pack("{s:s}", "sub", "a"), *json = NULL;
	pthread_t threads[THREADS];

	assert_int_equal(jws_sign(*state, &as, claims, &token), 0);
	/* fresh, so that the threads are the first to use it */
	json = jwk_json(signer_jwk(issuer));
	assert_int_equal(jwk_parse(*state, json, &shared), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, thread_run, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	jwk_drop(shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {task_test(keys_and_anchors_are_shared)};

	return cmocka_run_group_tests(tests, issuer_make, issuer_free);
}
