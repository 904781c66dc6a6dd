/* SPDX-License-Identifier: Apache-2.0
 *
 * Proofs serve once, and what a nonce is good for (cases D05, D09), with a real Redis.
 */
#include "unit/records/fixture.h"

#include "access/nonce.h"
#include "access/proof.h"
#include "core/clock.h"
#include "core/fiber.h"
#include "core/random.h"
#include "jose/keys.h"
#include "store/redis.h"

RECORDS_STAND

#define BASE "https://id.example"

static const char *
proof_new(struct task *task, const char *nonce)
{
	json_auto_t *jwk = NULL, *header = NULL, *claims = NULL;
	struct signer *signer;
	struct bytes signature;
	const char *input;

	expect_ok(task, signer_jwk_make(task, &jwk));
	expect_ok(task, signer_of_jwk(task, jwk, &signer));
	header = json_pack("{s:s, s:s, s:o}", "typ", "dpop+jwt", "alg", "ES256", "jwk",
	    jwk_json(signer_jwk(signer)));
	claims = json_pack("{s:s, s:s, s:s, s:I}", "jti", random_id(task, 16), "htm", "POST", "htu",
	    BASE "/token", "iat", (json_int_t)clock_now_s());
	json_set_text(claims, "nonce", nonce);
	input = task_printf(task, "%s.%s", b64u_encode(task, BYTES_OF(json_text(task, header))),
	    b64u_encode(task, BYTES_OF(json_text(task, claims))));
	expect_ok(task, signer_sign(task, signer, BYTES_OF(input), &signature));
	signer_free(signer);
	return task_printf(task, "%s.%s", input, b64u_encode(task, signature));
}

static int
check(struct task *task, const char *proof)
{
	const struct pair header = {"dpop", proof};
	const struct request request = {
	    .method = "POST", .path = "/token", .base = BASE, .headers = {&header, 1}};
	const char *jkt = NULL;
	int r = proof_check(task, &request, NULL, &jkt);

	assert_true((r == 0) == (jkt != NULL));
	fault_clear(task);
	return r;
}

/* The first second after Redis began is the epoch's own. */
static void
epoch_pass(struct task *task)
{
	struct redis_epoch epoch;

	expect_ok(task, redis_epoch(task, &epoch));
	while (clock_now_s() <= epoch.start_s)
		expect_ok(task, fiber_sleep(task, 50));
}

static char shared[2048];
static unsigned n_taken, n_refused;

static void
shared_make(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	epoch_pass(task);
	snprintf(shared, sizeof(shared), "%s", proof_new(task, NULL));
	n_taken = n_refused = 0;
}

static void
shared_check(struct stand *s, struct task *task, unsigned index)
{
	int r = check(task, shared);

	(void)s, (void)index;
	n_taken += r == 0;
	n_refused += r == INVALID_DPOP_PROOF;
}

static void
test_one_of_sixty_four(void **state)
{
	(void)state;
	stand_run(&stand,
	    &(struct stand_run){.fn = shared_make, .n = 1, .use_redis = true, .ttl_ms = 9000});
	stand_run(&stand, &(struct stand_run){.fn = shared_check, .n = 64, .use_redis = true});
	assert_int_equal(n_taken, 1);
	assert_int_equal(n_refused, 63);
}

static void
nonces(struct stand *s, struct task *task, unsigned index)
{
	const char *first, *second;

	(void)index;
	s->settings.tokens_dpop_nonce = true;
	assert_int_equal(check(task, proof_new(task, NULL)), USE_DPOP_NONCE);
	first = task->dpop_nonce;
	assert_int_equal(strlen(first), 32);
	task->dpop_nonce = NULL;
	/* of the epoch's first second as well: no mark of it can be lost */
	assert_int_equal(check(task, proof_new(task, first)), 0);
	assert_int_equal(check(task, proof_new(task, first)), 0);
	assert_null(task->dpop_nonce);
	clock_move(s, NONCE_LIFE_S / 2 + 5);
	assert_int_equal(check(task, proof_new(task, first)), 0);
	second = task->dpop_nonce;
	assert_string_not_equal(first, second);
	clock_move(s, NONCE_LIFE_S + 5);
	assert_int_equal(check(task, proof_new(task, first)), USE_DPOP_NONCE);
	assert_int_equal(check(task, proof_new(task, second)), 0);
	clock_move(s, 0);
	/* from a time that has not come yet */
	assert_int_equal(check(task, proof_new(task, second)), USE_DPOP_NONCE);
}
RECORDS_TEST(nonces)

static void
any_other_letter(struct stand *s, struct task *task, unsigned index)
{
	char *nonce;

	(void)s, (void)index;
	assert_int_equal(check(task, proof_new(task, "")), USE_DPOP_NONCE);
	nonce = task_dup(task, task->dpop_nonce);
	for (size_t i = 0; i < strlen(nonce); i++) {
		char right = nonce[i];

		nonce[i] = right == 'A' ? 'B' : 'A';
		assert_int_equal(nonce_check(task, nonce), USE_DPOP_NONCE);
		fault_clear(task);
		nonce[i] = right;
	}
	expect_ok(task, nonce_check(task, nonce));
}
RECORDS_TEST(any_other_letter)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(one_of_sixty_four),
	    RECORDS_UNIT(nonces),
	    RECORDS_UNIT(any_other_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
