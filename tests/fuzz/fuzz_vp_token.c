/* SPDX-License-Identifier: Apache-2.0
 *
 * What a wallet's answer holds once it is decrypted (OpenID4VP 1.0 section 8.1): the whole input.
 * What is taken names this request's state and is one presentation of the one credential asked for.
 */
#include "fuzz.h"

#include "core/task.h"
#include "login/wallet/verifier.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const struct presentation presentation = {.state = "s"};
	json_t *answer = NULL;
	const char *text;
	struct task task;

	if (len > 65536)
		return 0;
	task_open(&task, NULL, NULL, 0);
	if (answer_read(&task, &presentation, (struct bytes){at, len}, &answer) < 0) {
		FUZZ_MUST(task.fault.code == INVALID_REQUEST && answer == NULL);
		task_close(&task);
		return 0;
	}
	FUZZ_MUST(strcmp(json_get_text(answer, "state"), "s") == 0);
	text = answer_presentation(answer);
	if (text != NULL) {
		const json_t *token = json_object_get(answer, "vp_token");
		const json_t *list = json_object_get(token, CREDENTIAL_ID);

		FUZZ_MUST(json_object_size(token) == 1 && json_array_size(list) == 1);
		FUZZ_MUST(strlen(text) == json_string_length(json_array_get(list, 0)));
	}
	task_close(&task);
	return 0;
}
