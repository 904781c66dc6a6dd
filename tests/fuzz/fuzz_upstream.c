/* SPDX-License-Identifier: Apache-2.0
 *
 * An upstream's ID token: the input is header and claims, parted by a NUL byte, which are signed
 * rightly with the key of the corpus; or a whole token; or, after 'M', a metadata document.  Times
 * are set right where there are any: what is looked for lies behind them.
 */
#include "fuzz_signed.h"

#include "core/clock.h"
#include "core/task.h"
#include "login/upstream/provider.h"

/* RFC 7515 appendix A.3. */
#define KEY \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"," \
	"\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}"
#define ISSUER "https://up.example"

static struct signer *signer;
static struct jwk *key;

static void
key_make(struct task *task)
{
	json_auto_t *json = json_loads(KEY, 0, NULL);

	FUZZ_MUST(signer_of_jwk(task, json, &signer) == 0);
	key = jwk_hold(signer_jwk(signer));
}

static void
times_set(json_t *claims)
{
	if (json_object_get(claims, "exp") != NULL)
		json_object_set_new(claims, "exp", json_integer(clock_now_s() + 60));
	if (json_object_get(claims, "iat") != NULL)
		json_object_set_new(claims, "iat", json_integer(clock_now_s()));
}

static void
token_try(struct task *task, const uint8_t *at, size_t len)
{
	json_auto_t *levels = json_pack("{s:s}", "a", "urn:dvara:loa:low");
	struct upstream upstream = {
	    .issuer = ISSUER, .client_id = "we", .id_token_alg = ALG_ES256, .acr = levels};
	const struct jwks keys = {.keys = &key, .n_keys = 1};
	const struct id_token_expect expect = {.keys = &keys, .nonce = "n", .access_token = "a"};
	const char *const *word;
	auto_jws jws = {0};
	size_t n = 0;
	int r;

	r = id_token_open(task, &upstream, fuzz_signed(task, signer, at, len), &jws);
	if (r == 0) {
		times_set(jws.claims);
		r = id_token_check(task, &upstream, &jws, &expect);
	}
	FUZZ_MUST(r == 0 || (r == INVALID_TOKEN && task->fault.code == r));
	if (r < 0)
		return;
	FUZZ_MUST(str_equal(json_get_text(jws.claims, "nonce"), "n"));
	FUZZ_MUST(json_has_text(json_object_get(jws.claims, "aud"), "we"));
	FUZZ_MUST(!str_is_empty(json_get_text(jws.claims, "sub")));
	for (word = upstream_amr(task, jws.claims); *word != NULL; word++)
		n++;
	FUZZ_MUST(n >= 1 && n <= 9);
	FUZZ_MUST(upstream_acr(&upstream, jws.claims) == NULL ||
		  str_equal(json_get_text(jws.claims, "acr"), "a"));
}

static void
metadata_try(struct task *task, const uint8_t *at, size_t len)
{
	json_t *json;
	int r = metadata_read(task, ISSUER, (struct bytes){at, len}, &json);

	FUZZ_MUST(r == 0 || r == UPSTREAM_BROKEN);
	if (r < 0)
		return;
	FUZZ_MUST(str_starts(json_get_text(json, "authorization_endpoint"), "https://"));
	FUZZ_MUST(str_starts(json_get_text(json, "jwks_uri"), "https://"));
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct task task;

	if (len > 16384)
		return 0;
	task_open(&task, NULL, NULL, 0);
	if (signer == NULL)
		key_make(&task);
	if (len > 0 && at[0] == 'M')
		metadata_try(&task, at + 1, len - 1);
	else
		token_try(&task, at, len);
	task_close(&task);
	return 0;
}
