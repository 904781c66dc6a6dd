/* SPDX-License-Identifier: Apache-2.0
 *
 * The key binding of a presentation (RFC 9901 section 4.3): the input is header and claims, parted
 * by a NUL byte, which are signed rightly with the holder's key, '#' in the claims standing for the
 * right sd_hash; or a whole KB-JWT.  What verifies is for this nonce and this audience.
 */
#include "fuzz.h"

#include "core/task.h"
#include "jose/digest.h"
#include "jose/keys.h"
#include "jose/sdjwt.h"

/* RFC 7515 appendix A.3: the issuer's and the holder's. */
#define PUBLIC \
	"\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define PRIVATE "{" PUBLIC ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}"
#define ALWAYS  "{\"vct\":\"v\",\"cnf\":{\"jwk\":{" PUBLIC "}}}"

#define CENTURY_S 3153600000

static struct signer *signer;
static char credential[4096]; /* ends with '~' */
static struct jwk *issuer_keys[1];

static void
issue(struct task *task)
{
	json_auto_t *key = json_loads(PRIVATE, 0, NULL), *always = json_loads(ALWAYS, 0, NULL);
	json_auto_t *disclosable = json_object();
	const char *sdjwt;

	FUZZ_MUST(signer_of_jwk(task, key, &signer) == 0);
	issuer_keys[0] = signer_jwk(signer);
	FUZZ_MUST(sdjwt_issue(task, &(struct sign_as){.signer = signer, .typ = "dc+sd-jwt"}, always,
		      disclosable, &sdjwt) == 0);
	FUZZ_MUST(strlen(sdjwt) < sizeof(credential));
	strcpy(credential, sdjwt);
}

static const char *
claims_of(struct task *task, const uint8_t *at, size_t len)
{
	const char *text = task_dup_n(task, (const char *)at, len), *hash = strchr(text, '#');

	if (hash == NULL)
		return text;
	return task_printf(
	    task, "%.*s%s%s", (int)(hash - text), text, digest_b64u(task, credential), hash + 1);
}

static const char *
kb_jwt_of(struct task *task, const uint8_t *at, size_t len)
{
	const uint8_t *nul = memchr(at, 0, len);
	struct bytes header = {at, nul == NULL ? 0 : (size_t)(nul - at)}, signature;
	const char *input, *claims;

	if (nul == NULL)
		return task_dup_n(task, (const char *)at, len);
	claims = claims_of(task, nul + 1, len - header.len - 1);
	input = task_printf(
	    task, "%s.%s", b64u_encode(task, header), b64u_encode(task, BYTES_OF(claims)));
	FUZZ_MUST(signer_sign(task, signer, BYTES_OF(input), &signature) == 0);
	return task_printf(task, "%s.%s", input, b64u_encode(task, signature));
}

/* What it says, read without the code under test. */
static void
must_bind(struct task *task, const char *kb_jwt)
{
	const char *claims = strchr(kb_jwt, '.') + 1;
	struct bytes payload;
	json_auto_t *json = NULL;

	FUZZ_MUST(b64u_decode(task, claims, strcspn(claims, "."), &payload));
	json = json_loadb((const char *)payload.at, payload.len, 0, NULL);
	FUZZ_MUST(strcmp(json_string_value(json_object_get(json, "nonce")), "n") == 0);
	FUZZ_MUST(strcmp(json_string_value(json_object_get(json, "aud")), "a") == 0);
	FUZZ_MUST(strcmp(json_string_value(json_object_get(json, "sd_hash")),
		      digest_b64u(task, credential)) == 0);
	FUZZ_MUST(json_is_integer(json_object_get(json, "iat")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const enum alg algs[] = {ALG_ES256, ALG_NONE};
	const struct jwks keys = {.keys = issuer_keys, .n_keys = 1};
	const struct sdjwt_expect expect = {.issuer_algs = algs,
	    .holder_algs = algs,
	    .issuer_keys = &keys,
	    .vct = "v",
	    .nonce = "n",
	    .audience = "a",
	    .holder_max_age_s = CENTURY_S};
	auto_sdjwt sdjwt = {0};
	const char *kb_jwt;
	struct task task;

	if (len > 16384)
		return 0;
	task_open(&task, NULL, NULL, 0);
	if (signer == NULL)
		issue(&task);
	kb_jwt = kb_jwt_of(&task, at, len);
	if (sdjwt_verify(&task, task_printf(&task, "%s%s", credential, kb_jwt), &expect, &sdjwt) <
	    0)
		FUZZ_MUST(task.fault.code == INVALID_REQUEST && sdjwt.claims == NULL);
	else
		must_bind(&task, strrchr(kb_jwt, '~') == NULL ? kb_jwt : strrchr(kb_jwt, '~') + 1);
	task_close(&task);
	return 0;
}
