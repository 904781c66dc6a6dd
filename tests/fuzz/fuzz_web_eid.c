/* SPDX-License-Identifier: Apache-2.0
 *
 * A Web eID token as a stranger sends it: what parses has a certificate, a signature and an
 * algorithm; and no signature holds that nobody made.
 */
#include "fuzz.h"

#include "core/json.h"
#include "core/task.h"
#include "login/card/web_eid.h"
#include "x509/leaf.h"
#include "x509/trust.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct web_eid_token token = {0};
	struct bytes spki;
	struct task task;
	json_t *json;

	task_open(&task, NULL, NULL, 0);
	if (json_parse(&task, (const char *)at, len, &json) == 0) {
		json_keep(&task, json);
		if (web_eid_parse(&task, json, &token) == 0) {
			FUZZ_MUST(leaf_is_certificate(token.certificate_der));
			FUZZ_MUST(token.proof.signature.len > 0);
			FUZZ_MUST(card_key_knows(token.proof.algorithm));
			token.proof.origin = "https://issuer.test";
			token.proof.nonce = "a nonce of this run, which no token knows";
			FUZZ_MUST(chain_spki(&task, token.certificate_der, &spki));
			(void)card_key_check(&task, spki);
			FUZZ_MUST(!card_key_signed(spki, &token.proof));
		} else {
			FUZZ_MUST(task.fault.code == INVALID_REQUEST);
		}
	}
	task_close(&task);
	return 0;
}
