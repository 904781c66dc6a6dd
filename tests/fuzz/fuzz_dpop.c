/* SPDX-License-Identifier: Apache-2.0
 *
 * A DPoP proof: the input is header and claims, parted by a NUL byte, which are signed rightly with
 * the key of the corpus; or a whole proof.  What opens names this method and this address.
 */
#include "fuzz_signed.h"

#include "core/task.h"
#include "jose/dpop.h"
#include "jose/keys.h"

/* RFC 7515 appendix A.3. */
#define KEY \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"," \
	"\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}"
#define JKT_LENGTH 43

static struct signer *signer;

static void
signer_make(struct task *task)
{
	json_auto_t *json = json_loads(KEY, 0, NULL);

	FUZZ_MUST(signer_of_jwk(task, json, &signer) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const struct dpop_expect expect = {
	    .method = "POST", .base = "https://id.example", .path = "/token"};
	struct dpop_proof proof = {0};
	struct task task;
	int r;

	if (len > 16384)
		return 0;
	task_open(&task, NULL, NULL, 0);
	if (signer == NULL)
		signer_make(&task);
	r = dpop_open(&task, fuzz_signed(&task, signer, at, len), &expect, &proof);
	if (r < 0) {
		FUZZ_MUST(r == INVALID_DPOP_PROOF && task.fault.code == r && proof.jkt == NULL);
	} else {
		FUZZ_MUST(strlen(proof.jkt) == JKT_LENGTH && *proof.jti != '\0');
		FUZZ_MUST(proof.iat_s > 0);
	}
	task_close(&task);
	return 0;
}
