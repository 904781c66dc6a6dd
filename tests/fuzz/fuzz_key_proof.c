/* SPDX-License-Identifier: Apache-2.0
 *
 * A proof of a wallet's key (OpenID4VCI 1.0 appendix F.1): the input is header and claims, parted
 * by a NUL byte, which are signed rightly with the key of the corpus; or a whole proof.  What opens
 * names this issuer, this wallet or none, a nonce, and the key that signed.
 */
#include "fuzz_signed.h"

#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"

/* RFC 7515 appendix A.3. */
#define KEY \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"," \
	"\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}"

static struct signer *signer;
static struct settings settings = {
    .gateway_issuer = "https://id.example",
    .issue_certificate_file = "issuer.pem",
    .wallet_vct = "urn:dvara:pid:1",
    .wallet_subject_claim = "personal_number",
};
static struct rooms rooms = {.settings = &settings};

static void
begin(struct task *task)
{
	json_auto_t *json = json_loads(KEY, 0, NULL);

	FUZZ_MUST(signer_of_jwk(task, json, &signer) == 0);
	FUZZ_MUST(credential_types_open(task, &rooms.credential_types) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const struct grant grant = {.client_id = "phone", .scope = "pid"};
	struct holders holders = {.n = 0};
	const char *nonce = NULL;
	struct task task;
	json_t *proofs;

	if (len > 16384)
		return 0;
	task_open(&task, NULL, &rooms, 0);
	if (signer == NULL)
		begin(&task);
	proofs = json_keep(&task, json_object());
	json_object_set_new(
	    proofs, "jwt", json_pack("[o?]", json_string(fuzz_signed(&task, signer, at, len))));
	if (issuer_proofs_open(&task, &grant, proofs, &holders, &nonce) < 0) {
		FUZZ_MUST(task.fault.code == INVALID_PROOF && holders.n == 0 && nonce == NULL);
	} else {
		FUZZ_MUST(holders.n == 1 && holders.keys[0] != NULL && *nonce != '\0');
	}
	task_close(&task);
	return 0;
}
