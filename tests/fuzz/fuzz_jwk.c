/* SPDX-License-Identifier: Apache-2.0
 *
 * A JWK and a JWK Set: what is taken is public, and comes out and in again the same.
 */
#include "fuzz.h"

#include "core/task.h"
#include "jose/jwk.h"

static void
key_check(struct task *task, const struct jwk *jwk)
{
	static const uint8_t zeros[1024];
	json_auto_t *json = jwk_json(jwk);
	auto_jwk *again = NULL;

	FUZZ_MUST(!jwk_is_secret(json));
	FUZZ_MUST(jwk_parse(task, json, &again) == 0);
	FUZZ_MUST(strlen(jwk_thumbprint(task, jwk)) == 43);
	FUZZ_MUST(str_equal(jwk_thumbprint(task, jwk), jwk_thumbprint(task, again)));
	for (enum alg alg = ALG_ES256; alg <= ALG_EDDSA; alg++)
		for (size_t len = 0; len <= sizeof(zeros); len += 32)
			FUZZ_MUST(
			    !jwk_verifies(jwk, alg, BYTES_OF("x"), (struct bytes){zeros, len}));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	json_auto_t *json = NULL;
	auto_jwk *jwk = NULL;
	struct jwks jwks;
	struct task task;

	task_open(&task, NULL, NULL, 0);
	if (json_parse(&task, (const char *)at, len, &json) == 0) {
		if (jwk_parse(&task, json, &jwk) == 0)
			key_check(&task, jwk);
		else
			FUZZ_MUST(jwk == NULL && task.fault.code == INVALID_REQUEST);
		fault_clear(&task);
		if (jwks_parse(&task, json, &jwks) == 0) {
			FUZZ_MUST(jwks.n_keys + jwks.n_left_out <= JWKS_MAX_KEYS);
			for (size_t i = 0; i < jwks.n_keys; i++)
				key_check(&task, jwks.keys[i]);
			jwks_close(&jwks);
		}
	}
	task_close(&task);
	return 0;
}
