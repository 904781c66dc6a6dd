/* SPDX-License-Identifier: Apache-2.0
 *
 * A compact JWS: what parses is canonical, what verifies was signed by the one key, and its times
 * are in their bounds.
 */
#include "fuzz.h"

#include "core/task.h"
#include "jose/verify.h"

/* RFC 7515 appendix A.3. */
#define KEY \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"

static struct jwk *key;

static void
key_make(struct task *task)
{
	json_auto_t *json = NULL;

	FUZZ_MUST(json_parse(task, KEY, strlen(KEY), &json) == 0);
	FUZZ_MUST(jwk_parse(task, json, &key) == 0);
}

static void
times_check(struct task *task, const json_t *claims)
{
	const struct jws_expect expect = {.needs_exp = true, .needs_iat = true};
	int64_t exp_s, iat_s;

	if (jws_check_times(task, claims, &expect) < 0) {
		FUZZ_MUST(task->fault.code == INVALID_TOKEN);
		fault_clear(task);
		return;
	}
	FUZZ_MUST(json_get_i64(claims, "exp", &exp_s) && exp_s <= INT64_C(1) << 53);
	FUZZ_MUST(json_get_i64(claims, "iat", &iat_s) && iat_s >= 0);
}

static void
canonical_check(struct task *task, const char *text, const struct jws *jws)
{
	const char *again =
	    task_printf(task, "%s.%s", jws->signed_part, b64u_encode(task, jws->signature));

	FUZZ_MUST(str_equal(text, again));
	FUZZ_MUST(json_is_object(jws->header) && json_is_object(jws->claims));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const enum alg algs[] = {
	    ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	struct jws_expect expect = {.algs = algs};
	auto_jws jws = {0};
	struct task task;
	const char *text;

	task_open(&task, NULL, NULL, 0);
	if (key == NULL)
		key_make(&task);
	expect.key = key;
	text = task_dup_n(&task, (const char *)at, len);
	if (jws_parse(&task, text, &jws) < 0) {
		FUZZ_MUST(task.fault.code == INVALID_TOKEN && jws.header == NULL);
	} else {
		canonical_check(&task, text, &jws);
		times_check(&task, jws.claims);
		if (jws_verify(&task, &jws, &expect) == 0)
			FUZZ_MUST(str_equal(json_get_text(jws.header, "alg"), "ES256"));
		else
			FUZZ_MUST(task.fault.code == INVALID_TOKEN);
	}
	task_close(&task);
	return 0;
}
